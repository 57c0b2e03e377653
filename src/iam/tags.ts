/**
 * Tags of users, roles and managed policies: keys are alike whatever their case, and keep it.
 *
 * Source: IAM user guide, "Tags for IAM resources".
 *
 * @module
 */
import type { Tag } from '../service/policies.js'
import { invalidInput } from './lookup.js'
import { limitExceeded, TAGS_MAX } from './principals/quotas.js'

const RESERVED = /^aws:/i

/** @throws SealtrailError `InvalidInputException`, `LimitExceededException` */
export function withTags(tags: readonly Tag[], more: readonly Tag[]): Tag[] {
  const keys = new Set(more.map(({ Key }) => Key.toLowerCase()))
  if (keys.size !== more.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (more.some(({ Key }) => RESERVED.test(Key))) {
    throw invalidInput('Tag keys that begin with aws: are reserved for AWS.')
  }
  const added = more.map(({ Key, Value }) => ({ Key, Value }))
  const all = [...tags.filter(({ Key }) => !keys.has(Key.toLowerCase())), ...added]
  if (all.length > TAGS_MAX)
    throw limitExceeded('The number of tags has reached the maximum limit.')
  return all
}

export function withoutTags(tags: readonly Tag[], gone: readonly string[]): Tag[] {
  const keys = new Set(gone.map((key) => key.toLowerCase()))
  return tags.filter(({ Key }) => !keys.has(Key.toLowerCase()))
}
