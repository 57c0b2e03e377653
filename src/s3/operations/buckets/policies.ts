/**
 * GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus.
 *
 * Whoever may do something with the policy must be of the owner's account, whatever the policy says; and the root user of
 * that account always may, so that nobody locks a bucket for good. Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import { principalIdsIn, shownText } from '../../../policy/grammar/identified.js'
import type { Call } from '../../../service/calls/call.js'
import { type Bucket, regionHeader } from '../../buckets/bucket.js'
import { checkName } from '../../buckets/name.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { accessDenied, methodNotAllowed } from '../../refusals.js'
import { bucketFor, bucketNamed, commitConfig, found } from '../../use/find-bucket.js'
import { mayBucket } from '../../use/may.js'
import { policyOfBucket, publicAccessOf } from '../../use/policy.js'
import { checkedPolicy } from './check-policy.js'

export async function getBucketPolicy(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketPolicy'>,
): Promise<object> {
  const bucket = await bucketNamed(parts, call, input)
  mayAsOwner(call, bucket, 's3:GetBucketPolicy')
  const { policy, policyPrincipals = [] } = bucket.config
  if (policy === undefined) throw noPolicy(bucket)
  await call.succeed()
  return { Policy: shownText(policy, policyPrincipals, parts.principals) }
}

export async function putBucketPolicy(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketPolicy'>,
): Promise<void> {
  await changePolicy(parts, call, input, 's3:PutBucketPolicy', (bucket) => {
    const checked = checkedPolicy(bucket, input.Policy, parts.principals)
    const policyPrincipals = principalIdsIn(checked, parts.principals)
    const config = { ...bucket.config, policy: input.Policy, policyPrincipals }
    const next = { ...bucket, config }
    if (publicAccessOf(bucket).blockPublicPolicy && policyOfBucket(next)?.isPublic === true) {
      throw accessDenied(regionHeader(bucket))
    }
    return next
  })
}

export async function deleteBucketPolicy(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucketPolicy'>,
): Promise<void> {
  await changePolicy(parts, call, input, 's3:DeleteBucketPolicy', (bucket) => {
    const { policy: _, policyPrincipals: __, ...config } = bucket.config
    return { ...bucket, config }
  })
}

export async function getBucketPolicyStatus(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketPolicyStatus'>,
): Promise<object> {
  const bucket = await bucketFor(parts, call, input, 's3:GetBucketPolicyStatus')
  const policy = policyOfBucket(bucket)
  if (policy === undefined) throw noPolicy(bucket)
  await call.succeed()
  return { PolicyStatus: { IsPublic: policy.isPublic } }
}

async function changePolicy(
  parts: S3Parts,
  call: Call,
  input: { readonly Bucket: string; readonly ExpectedBucketOwner?: string | undefined },
  action: string,
  change: (bucket: Bucket) => Bucket,
): Promise<void> {
  checkName(input.Bucket)
  await parts.buckets.change(input.Bucket, async (there) => {
    const bucket = found(call, input, there)
    mayAsOwner(call, bucket, action)
    const { config } = change(bucket)
    return { next: await commitConfig(parts, call, bucket, config), answer: undefined }
  })
}

/** @throws SealtrailError `AccessDeniedException`, `MethodNotAllowed` */
function mayAsOwner(call: Call, bucket: Bucket, action: string): void {
  const { account, identity } = call.caller
  const isOwn = account === bucket.account
  if (isOwn && identity.type === 'Root') {
    call.needsNoPermission()
    return
  }
  mayBucket(call, bucket, action)
  if (!isOwn || identity.type === 'AWSService') throw methodNotAllowed()
}

function noPolicy({ name }: Bucket): SealtrailError {
  const says = 'The bucket policy does not exist'
  return new SealtrailError('NoSuchBucketPolicy', says, { BucketName: name })
}
