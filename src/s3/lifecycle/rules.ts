/**
 * The lifecycle rules of a bucket that are switched on, as the walk over its objects asks them.
 *
 * Transitions are none of them: we keep one storage class. What rules may be is checked when they are put. Source:
 * Amazon S3 user guide, "Lifecycle configuration elements".
 *
 * @module
 */
import type { Tag } from '../../service/policies.js'
import type { BucketConfig } from '../buckets/bucket.js'
import { type LifecycleRule, lifecycleOf } from '../buckets/lifecycle.js'
import type { ObjectVersion } from '../objects/version.js'

export interface Rule {
  readonly id: string
  readonly prefix: string
  readonly tags: readonly Tag[]
  /** Plain bytes, and no fewer than one more. */
  readonly moreThan: number
  readonly lessThan: number
  readonly expiration: LifecycleRule['Expiration']
  readonly noncurrent: LifecycleRule['NoncurrentVersionExpiration']
  readonly abortDays: number | undefined
}

const made = new WeakMap<BucketConfig, readonly Rule[]>()

/** Made once for each configuration. */
export function rulesOf(config: BucketConfig): readonly Rule[] {
  if (config.lifecycle === undefined) return []
  let rules = made.get(config)
  if (rules === undefined) {
    rules = lifecycleOf(config)!.rules.flatMap(ruleOf)
    made.set(config, rules)
  }
  return rules
}

function ruleOf(rule: LifecycleRule): Rule[] {
  if (rule.Status !== 'Enabled') return []
  const { Filter = {}, AbortIncompleteMultipartUpload: abort } = rule
  const { And, Tag } = Filter
  const size = And ?? Filter
  return [
    {
      id: rule.ID ?? '',
      prefix: rule.Prefix ?? Filter.Prefix ?? And?.Prefix ?? '',
      tags: Tag === undefined ? (And?.Tags ?? []) : [Tag],
      moreThan: size.ObjectSizeGreaterThan ?? -1,
      lessThan: size.ObjectSizeLessThan ?? Number.POSITIVE_INFINITY,
      expiration: rule.Expiration,
      noncurrent: rule.NoncurrentVersionExpiration,
      abortDays: abort?.DaysAfterInitiation,
    },
  ]
}

/** Whether the rule is about `version`. A delete marker has no size that could be asked, and no tags. */
export function isAbout(
  { prefix, tags, moreThan, lessThan }: Rule,
  { key, bytes, isMarker, facts }: Pick<ObjectVersion, 'key' | 'bytes' | 'isMarker' | 'facts'>,
): boolean {
  if (!key.startsWith(prefix)) return false
  if (!isMarker && !(bytes > moreThan && bytes < lessThan)) return false
  return tags.every(({ Key, Value }) =>
    facts.tags?.some((tag) => tag.Key === Key && tag.Value === Value),
  )
}

/** What all keys begin with that any of the rules is about. */
export function sharedPrefix(rules: readonly Rule[]): string {
  const [first = '', ...others] = rules.map(({ prefix }) => [...prefix])
  let length = first.length
  for (const other of others) {
    let same = 0
    while (same < length && first[same] === other[same]) same++
    length = same
  }
  return [...first].slice(0, length).join('')
}
