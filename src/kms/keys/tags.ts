/**
 * The tags of a KMS key: what a set of them may be, and how it changes.
 *
 * At most 50, each key once, case counts, and `aws:` is AWS's own. Lengths are checked by the API model
 * (aws/constraints.ts). Messages are AWS's. Source: AWS KMS API reference, TagResource and UntagResource.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

export interface Tag {
  readonly TagKey: string
  readonly TagValue: string
}

const TAGS_MAX = 50
const RESERVED = /^aws:/i

/**
 * `tags`, and those of `given` in place of what had their keys.
 * @throws SealtrailError `TagException`
 */
export function withTags(tags: readonly Tag[], given: readonly Tag[]): Tag[] {
  const keys = given.map(({ TagKey }) => TagKey)
  if (new Set(keys).size < keys.length) throw refused('Duplicate tag keys')
  const values = new Map([...tags, ...given].map(({ TagKey, TagValue }) => [TagKey, TagValue]))
  if (values.size > TAGS_MAX) throw refused('Too many tags')
  refuseReserved(keys)
  return [...values].map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}

/**
 * `tags` but for those with one of `keys`; keys that no tag has do not matter.
 * @throws SealtrailError `TagException`
 */
export function withoutTags(tags: readonly Tag[], keys: readonly string[]): Tag[] {
  refuseReserved(keys)
  const taken = new Set(keys)
  return tags.filter(({ TagKey }) => !taken.has(TagKey))
}

function refuseReserved(keys: readonly string[]): void {
  if (keys.some((key) => RESERVED.test(key))) {
    throw refused('Tags beginning with aws: are reserved')
  }
}

function refused(message: string): SealtrailError {
  return new SealtrailError('TagException', message)
}
