/**
 * Whether a caller may do something with a bucket or an object of it: where the call, the bucket and its policy meet.
 *
 *     own account     his own policies or the bucket's
 *     other account   his own policies and the bucket's
 *     a service       the bucket's
 *
 * Who may not is told why as long as the bucket is of his account, and `Access Denied` otherwise. Who may is decided in
 * policy/. Sources: Amazon S3 user guide, "How Amazon S3 authorizes a request"; IAM user guide, "Troubleshoot access
 * denied error messages".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import type { AccessRequest } from '../../service/deciding/may.js'
import type { AnyTag } from '../../service/tags.js'
import { type Bucket, bucketArn, objectArn, regionHeader } from '../buckets/bucket.js'
import { accessDenied } from '../refusals.js'
import { type ObjectFacts, s3Fact } from './facts.js'
import { policyFor } from './policy.js'

/** Of what concerns no bucket that is there. @throws SealtrailError `AccessDeniedException` */
export function mayInAccount(
  call: Call,
  action: string,
  arn: string,
  requestTags?: readonly AnyTag[],
): void {
  const asked = { call, bucket: undefined, object: undefined }
  call.may({
    ...{ action, arn, what: quoted(arn), requestTags },
    owner: call.caller.account,
    fact: (key) => s3Fact(asked, key),
  })
}

/** @throws SealtrailError `AccessDeniedException` */
export function mayBucket(call: Call, bucket: Bucket, action: string): void {
  call.may(requestOf(call, bucket, action, bucketArn(bucket)))
  tellOwner(call, bucket)
}

/** @throws SealtrailError `AccessDeniedException` */
export function mayObject(
  call: Call,
  bucket: Bucket,
  key: string,
  action: string,
  facts?: ObjectFacts,
): void {
  call.may(requestOf(call, bucket, action, objectArn(bucket, key), facts))
  tellOwner(call, bucket)
}

/** Whose a bucket is, its ARN does not say; whoever may use it may know. */
function tellOwner(call: Call, bucket: Bucket): void {
  if (bucket.account !== call.caller.account) call.tellsOwner(bucketArn(bucket))
}

/** How {@link mayObject} would refuse; undefined when it would not. */
export function denialOfObject(
  call: Call,
  bucket: Bucket,
  key: string,
  action: string,
  facts?: ObjectFacts,
): SealtrailError | undefined {
  return call.denial(requestOf(call, bucket, action, objectArn(bucket, key), facts))
}

/**
 * What whoever asked for an object that is not there is told: only who may list the bucket hears that.
 * @param version the version that was asked for; an id is named, for `NoSuchVersion`.
 */
export function absentObject(
  call: Call,
  bucket: Bucket,
  key: string,
  version?: string | undefined,
): SealtrailError {
  const action = version === undefined ? 's3:ListBucket' : 's3:ListBucketVersions'
  const denial = call.denial(requestOf(call, bucket, action, bucketArn(bucket)))
  if (denial !== undefined) return denial
  if (version === undefined) {
    return new SealtrailError('NoSuchKey', 'The specified key does not exist.', { Key: key })
  }
  const says = 'The specified version does not exist.'
  return new SealtrailError('NoSuchVersion', says, { Key: key, VersionId: version })
}

function requestOf(
  call: Call,
  bucket: Bucket,
  action: string,
  arn: string,
  object?: ObjectFacts,
): AccessRequest {
  const { account, identity } = call.caller
  const isService = identity.type === 'AWSService'
  const detail = regionHeader(bucket)
  const isOwn = account === bucket.account && !isService
  const asked = { call, bucket, object }
  return {
    action,
    owner: bucket.account,
    arn,
    policy: policyFor(bucket, account, isService),
    what: quoted(arn),
    detail,
    fact: (key) => s3Fact(asked, key),
    refusal: isOwn ? undefined : () => accessDenied(detail),
  }
}

function quoted(arn: string): string {
  return `resource: "${arn}"`
}
