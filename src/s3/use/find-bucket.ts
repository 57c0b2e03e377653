/**
 * The way to a bucket: which one a call names, whether it is here, and whether the caller may.
 *
 *     name → there? → in this region? → of the expected owner? → may
 *
 * One process serves all regions, and a call is meant for the one that it is signed for; a bucket of another one is where
 * AWS would send the caller. The record names the bucket from when it was found. Source: Amazon S3 API reference, "Error
 * responses"; user guide, "Verifying bucket ownership with bucket owner condition", "Making requests", redirects.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import type { Change } from '../../store/change.js'
import { type Bucket, type BucketConfig, bucketArn, regionHeader } from '../buckets/bucket.js'
import { checkName } from '../buckets/name.js'
import { putBucket } from '../buckets/rows.js'
import type { S3Parts } from '../parts.js'
import { accessDenied, noSuchBucket } from '../refusals.js'
import { mayBucket } from './may.js'

/** How every input of S3 names a bucket. */
export interface NamesBucket {
  readonly Bucket: string
  readonly ExpectedBucketOwner?: string | undefined
}

const ACCOUNT = /^\d{12}$/

/**
 * The bucket that `input` names, which the caller may use for `action`.
 * @throws SealtrailError `NoSuchBucket`, `PermanentRedirect`, `AccessDeniedException`
 */
export async function bucketFor(
  parts: S3Parts,
  call: Call,
  input: NamesBucket,
  action: string,
): Promise<Bucket> {
  const bucket = await bucketNamed(parts, call, input)
  mayBucket(call, bucket, action)
  return bucket
}

/**
 * The same, before anybody was asked: whoever gets it asks mayBucket or mayObject before he says anything of it.
 * @throws SealtrailError `NoSuchBucket`, `PermanentRedirect`, `AccessDeniedException` for another owner than expected.
 */
export async function bucketNamed(
  { buckets }: S3Parts,
  call: Call,
  input: NamesBucket,
): Promise<Bucket> {
  checkName(input.Bucket)
  return found(call, input, await buckets.find(input.Bucket))
}

/**
 * As {@link bucketNamed}, in whatever region: for the source of a copy, and for who wants to know where it is.
 * @throws SealtrailError `NoSuchBucket`, `AccessDeniedException` for another owner than expected.
 */
export async function bucketAnywhere(
  { buckets }: S3Parts,
  call: Call,
  input: NamesBucket,
): Promise<Bucket> {
  checkName(input.Bucket)
  return foundAnywhere(call, input, await buckets.find(input.Bucket))
}

/**
 * Replaces what is set on the bucket that `input` names by what `change` makes of it; the record, the change, and what
 * is given `beside` it are one commit.
 * @throws SealtrailError as {@link bucketFor}, and what `change` throws.
 */
export async function changeBucket(
  parts: S3Parts,
  call: Call,
  input: NamesBucket,
  action: string,
  change: (bucket: Bucket) => BucketConfig,
  beside: readonly Change[] = [],
): Promise<void> {
  checkName(input.Bucket)
  await parts.buckets.change(input.Bucket, async (there) => {
    const bucket = found(call, input, there)
    mayBucket(call, bucket, action)
    const config = change(bucket)
    return { next: await commitConfig(parts, call, bucket, config, beside), answer: undefined }
  })
}

/** For whoever holds the bucket, and was told that the caller may. */
export async function commitConfig(
  { root }: S3Parts,
  call: Call,
  bucket: Bucket,
  config: BucketConfig,
  beside: readonly Change[] = [],
): Promise<Bucket> {
  const next = { ...bucket, config }
  await call.succeed([putBucket(root, next), ...beside])
  return next
}

/** What was looked up under the name in `input`, where the caller looks for it. */
export function found(call: Call, input: NamesBucket, there: Bucket | undefined): Bucket {
  const bucket = named(call, input, there)
  if (bucket.region !== call.region) throw elsewhere(bucket)
  checkOwner(input.ExpectedBucketOwner, bucket)
  return bucket
}

function foundAnywhere(call: Call, input: NamesBucket, there: Bucket | undefined): Bucket {
  const bucket = named(call, input, there)
  checkOwner(input.ExpectedBucketOwner, bucket)
  return bucket
}

function named(call: Call, input: NamesBucket, there: Bucket | undefined): Bucket {
  if (there === undefined) throw noSuchBucket(input.Bucket)
  call.usesOnce(bucketResource(there))
  return there
}

export function bucketResource(bucket: Bucket) {
  return { accountId: bucket.account, type: 'AWS::S3::Bucket', arn: bucketArn(bucket) }
}

/** @throws SealtrailError `AccessDeniedException`, `InvalidBucketOwnerAWSAccountID` */
function checkOwner(expected: string | undefined, bucket: Bucket): void {
  if (expected === undefined || expected === bucket.account) return
  if (ACCOUNT.test(expected)) throw accessDenied(regionHeader(bucket))
  const says = 'The value of the expected bucket owner parameter must be an AWS Account ID'
  throw new SealtrailError('InvalidBucketOwnerAWSAccountID', says)
}

function elsewhere(bucket: Bucket): SealtrailError {
  const { name, region } = bucket
  const says =
    'The bucket you are attempting to access must be addressed using the specified endpoint. ' +
    'Please send all future requests to this endpoint.'
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const Endpoint = `${name}.s3.${region}.${suffix}`
  const detail = { Endpoint, Bucket: name, ...regionHeader(bucket) }
  return new SealtrailError('PermanentRedirect', says, detail)
}
