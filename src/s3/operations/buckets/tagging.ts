/**
 * GetBucketTagging, PutBucketTagging, DeleteBucketTagging.
 *
 * Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { checkTags } from '../../buckets/tags.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'

export async function getBucketTagging(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketTagging'>,
): Promise<object> {
  const { name, config } = await bucketFor(parts, call, input, 's3:GetBucketTagging')
  if (config.tags === undefined) {
    throw new SealtrailError('NoSuchTagSet', 'The TagSet does not exist', { BucketName: name })
  }
  await call.succeed()
  return { TagSet: config.tags }
}

/** In place of those that were there. */
export async function putBucketTagging(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketTagging'>,
): Promise<void> {
  const { TagSet } = input.Tagging
  await changeBucket(parts, call, input, 's3:PutBucketTagging', ({ config }) => {
    checkTags(TagSet)
    const { tags: _, ...others } = config
    if (TagSet.length === 0) return others
    return { ...others, tags: TagSet.map(({ Key, Value }) => ({ Key, Value })) }
  })
}

export async function deleteBucketTagging(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucketTagging'>,
): Promise<void> {
  await changeBucket(parts, call, input, 's3:PutBucketTagging', ({ config }) => {
    const { tags: _, ...others } = config
    return others
  })
}
