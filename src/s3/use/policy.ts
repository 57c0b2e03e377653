/**
 * The policy of a bucket, as decisions see it: parsed once, and without its permissions where it is public and may not be.
 *
 * Source: Amazon S3 user guide, "Blocking public access to your Amazon S3 storage", RestrictPublicBuckets.
 *
 * @module
 */

import { type Policy, parsePolicy } from '../../policy/policy.js'
import { isPublic } from '../../policy/public.js'
import type { Bucket, BucketConfig, PublicAccessBlock } from '../buckets/bucket.js'

interface BucketPolicy {
  readonly policy: Policy
  readonly isPublic: boolean
  /** Its denials only. */
  readonly restricted: Policy
}

const policies = new WeakMap<BucketConfig, BucketPolicy>()

const ALL_ON: PublicAccessBlock = {
  ...{ blockPublicAcls: true, ignorePublicAcls: true },
  ...{ blockPublicPolicy: true, restrictPublicBuckets: true },
}
const ALL_OFF: PublicAccessBlock = {
  ...{ blockPublicAcls: false, ignorePublicAcls: false },
  ...{ blockPublicPolicy: false, restrictPublicBuckets: false },
}

/** What counts, whether it was said or not. */
export function publicAccessOf({ config }: Bucket): PublicAccessBlock {
  return config.publicAccess === null ? ALL_OFF : (config.publicAccess ?? ALL_ON)
}

/** Undefined: it has none. */
export function policyOfBucket({ config }: Bucket): BucketPolicy | undefined {
  if (config.policy === undefined) return undefined
  let made = policies.get(config)
  if (made === undefined) {
    const { policy: text, policyPrincipals } = config
    const policy = parsePolicy(text, 'bucket', 'bucket policy', policyPrincipals)
    made = { policy, isPublic: isPublic(policy), restricted: { ...policy, allowing: () => [] } }
    policies.set(config, made)
  }
  return made
}

/** For a caller of `account`, or a service. */
export function policyFor(bucket: Bucket, account: string, isService: boolean): Policy | undefined {
  const made = policyOfBucket(bucket)
  if (made?.isPublic !== true || isService || account === bucket.account) return made?.policy
  return publicAccessOf(bucket).restrictPublicBuckets ? made.restricted : made.policy
}
