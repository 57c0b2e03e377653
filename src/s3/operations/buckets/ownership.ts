/**
 * Ownership controls and the public-access block of a bucket: got, put, deleted.
 *
 * New buckets have both, with what AWS sets: no lists, no public access. Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { malformedXml } from '../../refusals.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'
import { publicAccessOf } from '../../use/policy.js'

const OWNERSHIP = 's3:PutBucketOwnershipControls'
const ACCESS = 's3:PutBucketPublicAccessBlock'

export async function getOwnership(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketOwnershipControls'>,
): Promise<object> {
  const bucket = await bucketFor(parts, call, input, 's3:GetBucketOwnershipControls')
  const { ownership: ObjectOwnership = 'BucketOwnerEnforced' } = bucket.config
  if (ObjectOwnership === null) {
    const says = 'The bucket ownership controls were not found'
    const detail = { BucketName: bucket.name }
    throw new SealtrailError('OwnershipControlsNotFoundError', says, detail)
  }
  await call.succeed()
  return { OwnershipControls: { Rules: [{ ObjectOwnership }] } }
}

export async function putOwnership(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketOwnershipControls'>,
): Promise<void> {
  await changeBucket(parts, call, input, OWNERSHIP, ({ config }) => {
    const [rule, ...more] = input.OwnershipControls.Rules
    if (rule === undefined || more.length > 0) throw malformedXml()
    return { ...config, ownership: rule.ObjectOwnership }
  })
}

export async function deleteOwnership(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucketOwnershipControls'>,
): Promise<void> {
  await changeBucket(parts, call, input, OWNERSHIP, ({ config }) => ({
    ...config,
    ownership: null,
  }))
}

export async function getPublicAccess(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetPublicAccessBlock'>,
): Promise<object> {
  const bucket = await bucketFor(parts, call, input, 's3:GetBucketPublicAccessBlock')
  if (bucket.config.publicAccess === null) {
    const says = 'The public access block configuration was not found'
    const detail = { BucketName: bucket.name }
    throw new SealtrailError('NoSuchPublicAccessBlockConfiguration', says, detail)
  }
  await call.succeed()
  const block = publicAccessOf(bucket)
  return {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: block.blockPublicAcls,
      IgnorePublicAcls: block.ignorePublicAcls,
      BlockPublicPolicy: block.blockPublicPolicy,
      RestrictPublicBuckets: block.restrictPublicBuckets,
    },
  }
}

export async function putPublicAccess(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutPublicAccessBlock'>,
): Promise<void> {
  const given = input.PublicAccessBlockConfiguration
  const publicAccess = {
    blockPublicAcls: given.BlockPublicAcls ?? false,
    ignorePublicAcls: given.IgnorePublicAcls ?? false,
    blockPublicPolicy: given.BlockPublicPolicy ?? false,
    restrictPublicBuckets: given.RestrictPublicBuckets ?? false,
  }
  await changeBucket(parts, call, input, ACCESS, ({ config }) => {
    // An empty one: "must have at least one property".
    if (Object.values(given).every((setting) => setting === undefined)) throw malformedXml()
    return { ...config, publicAccess }
  })
}

export async function deletePublicAccess(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeletePublicAccessBlock'>,
): Promise<void> {
  await changeBucket(parts, call, input, ACCESS, ({ config }) => ({
    ...config,
    publicAccess: null,
  }))
}
