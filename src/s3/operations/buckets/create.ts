/**
 * CreateBucket.
 *
 *     may → name, place, ACLs, tags → is the name free? → row, with versioning where objects are to be locked
 *
 * Who makes a bucket again that is his is told so; in us-east-1, that all is well. Source: Amazon S3 API reference,
 * CreateBucket.
 *
 * @module
 */
import { partitionOf } from '../../../aws/arn.js'
import { randomId } from '../../../bytes/random.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { type Bucket, bucketArn } from '../../buckets/bucket.js'
import { checkNewName } from '../../buckets/name.js'
import { countBucketsOf, putBucket } from '../../buckets/rows.js'
import { checkTags } from '../../buckets/tags.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { notImplemented } from '../../refusals.js'
import { mayInAccount } from '../../use/may.js'
import { grantsIn } from './acls.js'

type Input = InputOf<'CreateBucket'>

const OLDEST_REGION = 'us-east-1'
/** The quota of an account, unless AWS was asked for more. */
const BUCKETS_MAX = 10_000

export async function createBucket(parts: S3Parts, call: Call, input: Input): Promise<object> {
  const { store, root, buckets } = parts
  const { account, region } = call.caller
  mayCreate(call, input)
  const isOfAccount = input.BucketNamespace === 'account-regional'
  checkNewName(input.Bucket, call.caller, isOfAccount)
  const place = regionOf(input, region)
  checkAcls(input)
  const tags = input.CreateBucketConfiguration?.Tags ?? []
  checkTags(tags)
  return await buckets.change(input.Bucket, async (there) => {
    if (there !== undefined) {
      checkOwn(call, there)
      await call.succeed()
      return { next: there, answer: answerOf(there) }
    }
    if ((await countBucketsOf(store, account, BUCKETS_MAX)) === BUCKETS_MAX) throw tooMany()
    const isLocked = input.ObjectLockEnabledForBucket === true
    const bucket: Bucket = {
      name: input.Bucket,
      account,
      region: place,
      createdAt: call.time,
      id: randomId().replaceAll('-', '').slice(0, 16),
      config: {
        ...(isLocked && { versioning: 'Enabled', objectLock: {} }),
        ...(input.ObjectOwnership && { ownership: input.ObjectOwnership }),
        ...(tags.length > 0 && { tags: tags.map(({ Key, Value }) => ({ Key, Value })) }),
      },
    }
    await call.succeed([putBucket(root, bucket)])
    return { next: bucket, answer: answerOf(bucket) }
  })
}

function mayCreate(call: Call, input: Input): void {
  const arn = `arn:${partitionOf(call.region)}:s3:::${input.Bucket}`
  const tags = input.CreateBucketConfiguration?.Tags
  const may = (action: string) => mayInAccount(call, action, arn, tags)
  may('s3:CreateBucket')
  if (grantsIn(input) !== undefined) may('s3:PutBucketAcl')
  if (input.ObjectLockEnabledForBucket === true) {
    may('s3:PutBucketObjectLockConfiguration')
    may('s3:PutBucketVersioning')
  }
  if (input.ObjectOwnership !== undefined) may('s3:PutBucketOwnershipControls')
  if (tags !== undefined && tags.length > 0) may('s3:TagResource')
}

/** In us-east-1, which was the only one once, a bucket of any region can be made. */
function regionOf({ CreateBucketConfiguration }: Input, region: string): string {
  const { LocationConstraint: wanted, Location, Bucket } = CreateBucketConfiguration ?? {}
  // Of directory buckets.
  if (Location !== undefined || Bucket !== undefined) throw notImplemented()
  const named: string | undefined = wanted === 'EU' ? 'eu-west-1' : wanted
  if (named === OLDEST_REGION) {
    const says = 'The specified location-constraint is not valid'
    const detail = { LocationConstraint: named }
    throw new SealtrailError('InvalidLocationConstraint', says, detail)
  }
  if (region === OLDEST_REGION) return named ?? region
  if (named === region) return region
  const says = `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`
  throw new SealtrailError('IllegalLocationConstraintException', says)
}

/** A bucket begins with no others' access, and we keep no list of it. */
function checkAcls(input: Input): void {
  const grants = grantsIn(input)
  if (grants === undefined) return
  if ((input.ObjectOwnership ?? 'BucketOwnerEnforced') === 'BucketOwnerEnforced') {
    const says = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
    throw new SealtrailError('InvalidBucketAclWithObjectOwnership', says)
  }
  if (grants === 'public') {
    const says = 'Bucket cannot have public ACLs set with BlockPublicAccess enabled'
    throw new SealtrailError('InvalidBucketAclWithBlockPublicAccessError', says)
  }
  throw notImplemented()
}

/** @throws SealtrailError `BucketAlreadyExists`, `BucketAlreadyOwnedByYou` */
function checkOwn({ caller }: Call, there: Bucket): void {
  const detail = { BucketName: there.name }
  if (there.account !== caller.account) {
    const says =
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. ' +
      'Please select a different name and try again.'
    throw new SealtrailError('BucketAlreadyExists', says, detail)
  }
  if (caller.region === OLDEST_REGION && there.region === OLDEST_REGION) return
  const says = 'Your previous request to create the named bucket succeeded and you already own it.'
  throw new SealtrailError('BucketAlreadyOwnedByYou', says, detail)
}

function tooMany(): SealtrailError {
  return new SealtrailError(
    'TooManyBuckets',
    'You have attempted to create more buckets than allowed',
  )
}

function answerOf(bucket: Bucket): object {
  const { name, region } = bucket
  const Location = region === OLDEST_REGION ? `/${name}` : `http://${name}.s3.amazonaws.com/`
  return { Location, BucketArn: bucketArn(bucket) }
}
