/**
 * DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation.
 *
 * Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import { partitionOf } from '../../../aws/arn.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { canonicalUserOf } from '../../../service/canonical-user.js'
import { type Bucket, bucketArn } from '../../buckets/bucket.js'
import { checkName } from '../../buckets/name.js'
import { dropBucket, readBucketsOf } from '../../buckets/rows.js'
import type { InputOf } from '../../model.js'
import { hasOpenUploads } from '../../multipart/rows.js'
import { hasVersions } from '../../objects/rows.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument } from '../../refusals.js'
import { bucketAnywhere, bucketFor, found } from '../../use/find-bucket.js'
import { mayBucket, mayInAccount } from '../../use/may.js'

const LIST_MAX = 10_000
const TOKEN_START = 'bucket:'

/** Only an empty one: no version, no marker, no upload under way. */
export async function deleteBucket(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucket'>,
): Promise<void> {
  const { buckets, store } = parts
  checkName(input.Bucket)
  await buckets.change(input.Bucket, async (there) => {
    const bucket = found(call, input, there)
    mayBucket(call, bucket, 's3:DeleteBucket')
    await buckets.writes.drop(bucket.name, async () => {
      const isUsed =
        (await hasVersions(store, bucket.id)) || (await hasOpenUploads(store, bucket.id))
      if (isUsed) throw notEmpty(bucket)
      await call.succeed([dropBucket(bucket)])
    })
    return { next: undefined, answer: undefined }
  })
}

function notEmpty({ name, config }: Bucket): SealtrailError {
  const more =
    config.versioning === undefined ? '' : '. You must delete all versions in the bucket.'
  const says = `The bucket you tried to delete is not empty${more}`
  return new SealtrailError('BucketNotEmpty', says, { BucketName: name })
}

export async function headBucket(
  parts: S3Parts,
  call: Call,
  input: InputOf<'HeadBucket'>,
): Promise<object> {
  const bucket = await bucketFor(parts, call, input, 's3:ListBucket')
  await call.succeed()
  return { BucketRegion: bucket.region, BucketArn: bucketArn(bucket), AccessPointAlias: false }
}

export async function listBuckets(
  { store, root }: S3Parts,
  call: Call,
  input: InputOf<'ListBuckets'>,
): Promise<object> {
  const { caller, region } = call
  const { MaxBuckets, Prefix = '', BucketRegion, ContinuationToken } = input
  mayInAccount(call, 's3:ListAllMyBuckets', `arn:${partitionOf(region)}:s3:::*`)
  if (MaxBuckets !== undefined && (MaxBuckets < 1 || MaxBuckets > LIST_MAX)) {
    const says = `Argument max-buckets must be an integer between 1 and ${LIST_MAX}`
    throw invalidArgument(says, 'max-buckets', String(MaxBuckets))
  }
  if (BucketRegion !== undefined && BucketRegion !== region) {
    const says = `Argument value ${BucketRegion} is not a valid AWS Region of this endpoint`
    throw invalidArgument(says, 'bucket-region', BucketRegion)
  }
  const limit = MaxBuckets ?? LIST_MAX
  const after = ContinuationToken === undefined ? '' : nameIn(ContinuationToken)
  const wanted = { after, prefix: Prefix, region: BucketRegion, limit: limit + 1 }
  const rows = await readBucketsOf(store, root, caller.account, wanted)
  const page = rows.slice(0, limit)
  // As AWS: whoever asks for all without more ado is told as much as ever.
  const isLong = Object.values(input).some((member) => member !== undefined)
  await call.succeed()
  return {
    Owner: { ID: canonicalUserOf(caller.account) },
    Buckets: page.map((bucket) => listed(bucket, isLong)),
    ...(input.Prefix === undefined ? {} : { Prefix: input.Prefix }),
    ...(rows.length > limit ? { ContinuationToken: tokenOf(page.at(-1)!) } : {}),
  }
}

function listed(bucket: Bucket, isLong: boolean): object {
  const { name, createdAt, region } = bucket
  const entry = { Name: name, CreationDate: new Date(createdAt) }
  return isLong ? { ...entry, BucketRegion: region, BucketArn: bucketArn(bucket) } : entry
}

function tokenOf({ name }: Pick<Bucket, 'name'>): string {
  return Buffer.from(TOKEN_START + name).toString('base64url')
}

/** @throws SealtrailError `InvalidArgument` for a token that is not ours. */
function nameIn(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  const name = text.slice(TOKEN_START.length)
  if (text.startsWith(TOKEN_START) && tokenOf({ name }) === token) return name
  const says = 'The continuation token provided is incorrect'
  throw invalidArgument(says, 'continuation-token')
}

/** Asked for from anywhere: it is how a client finds out where to ask. */
export async function getBucketLocation(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketLocation'>,
): Promise<object> {
  const bucket = await bucketAnywhere(parts, call, input)
  mayBucket(call, bucket, 's3:GetBucketLocation')
  await call.succeed()
  return bucket.region === 'us-east-1' ? {} : { LocationConstraint: bucket.region }
}
