/**
 * A commit into a bucket that is still the one that was looked up, and does not go meanwhile; what is set on it may have
 * changed since, and counts as it is now.
 *
 * @module
 */
import type { Bucket } from '../buckets/bucket.js'
import type { S3Parts } from '../parts.js'
import { noSuchBucket } from '../refusals.js'

/** @throws SealtrailError `NoSuchBucket`; `OperationAborted` while the bucket is dropped. */
export async function whileThere<Answer>(
  { buckets }: Pick<S3Parts, 'buckets'>,
  { name, id }: Bucket,
  commit: (now: Bucket) => Promise<Answer>,
): Promise<Answer> {
  return await buckets.writes.write(name, async () => {
    const now = await buckets.find(name)
    if (now?.id !== id) throw noSuchBucket(name)
    return await commit(now)
  })
}
