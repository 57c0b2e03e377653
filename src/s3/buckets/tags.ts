/**
 * What tags may be, of buckets and of objects.
 *
 * Sources: Amazon S3 API reference, PutBucketTagging and PutObjectTagging; S3's answers as public projects record them.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Tag } from '../../service/policies.js'

const BUCKET_TAGS_MAX = 50
const KEY_MAX = 128
const VALUE_MAX = 256
/** Letters, white space, digits, and these. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

export interface TagRules {
  readonly tagsMax: number
  readonly tooMany: () => SealtrailError
  /** What is said of a key that begins with `aws:`. */
  readonly ofSystem: string
}

const OF_BUCKETS: TagRules = {
  tagsMax: BUCKET_TAGS_MAX,
  tooMany: () =>
    new SealtrailError('InvalidTag', `Bucket tag count cannot be greater than ${BUCKET_TAGS_MAX}`),
  ofSystem: 'System tags cannot be added/updated by requester',
}

/** @throws SealtrailError `InvalidTag`, and what the rules say of too many. */
export function checkTags(tags: readonly Tag[], rules = OF_BUCKETS): void {
  if (tags.length > rules.tagsMax) throw rules.tooMany()
  const keys = new Set<string>()
  for (const { Key, Value } of tags) {
    if (keys.has(Key)) {
      throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey: Key })
    }
    keys.add(Key)
    if (Key === '' || Key.length > KEY_MAX || !TEXT.test(Key)) {
      throw invalidTag('The TagKey you have provided is invalid', { TagKey: Key })
    }
    if (/^aws:/i.test(Key)) throw invalidTag(rules.ofSystem, { TagKey: Key })
    if (Value.length > VALUE_MAX || !TEXT.test(Value)) {
      throw invalidTag('The TagValue you have provided is invalid', {
        TagKey: Key,
        TagValue: Value,
      })
    }
  }
}

function invalidTag(says: string, detail: SealtrailError['detail']): SealtrailError {
  return new SealtrailError('InvalidTag', says, detail)
}
