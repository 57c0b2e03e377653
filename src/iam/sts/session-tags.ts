/**
 * Tags of a session: passed by who makes it, and inherited from the session that he is.
 *
 *     a transitive tag goes on into every session of a chain, and none of them can give it another value
 *
 * How many there may be and how long is in the API model. Source: IAM user guide, "Pass session tags in AWS STS".
 *
 * @module
 */
import type { Tag } from '../../service/policies.js'
import { invalid } from './refusals.js'

export interface SessionTags {
  readonly tags: readonly Tag[]
  readonly transitiveKeys: readonly string[]
}

const TAGS_MAX = 50

/** @throws SealtrailError `ValidationException` */
export function sessionTags(
  passed: readonly Tag[],
  passedKeys: readonly string[],
  inherited: readonly Tag[],
): SessionTags {
  const keys = passed.map(({ Key }) => Key.toLowerCase())
  if (new Set(keys).size !== keys.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (keys.some((key) => key.startsWith('aws:'))) {
    throw invalid('Tag keys that begin with aws: are reserved for AWS.')
  }
  if (!passedKeys.every((key) => keys.includes(key.toLowerCase()))) {
    const says = 'The specified transitive tag key must be included in the requested tags.'
    throw invalid(says)
  }
  if (inherited.some(({ Key }) => keys.includes(Key.toLowerCase()))) {
    const says =
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
    throw invalid(says)
  }
  const tags = [...inherited, ...passed.map(({ Key, Value }) => ({ Key, Value }))]
  if (tags.length > TAGS_MAX) throw invalid(`A session has at most ${TAGS_MAX} tags.`)
  const wanted = new Set(passedKeys.map((key) => key.toLowerCase()))
  const transitive = passed.filter(({ Key }) => wanted.has(Key.toLowerCase()))
  return { tags, transitiveKeys: [...inherited, ...transitive].map(({ Key }) => Key) }
}
