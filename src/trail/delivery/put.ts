/**
 * One object put into a trail's bucket, as CloudTrail: compressed, under the trail's KMS key when it has one.
 *
 * What S3 and KMS do is theirs; the record of the data key is one that the trail itself will deliver. Source: AWS
 * CloudTrail user guide, "CloudTrail log file examples".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { gzip } from '../../gzip/gzip.js'
import { noSuchBucket } from '../../s3/refusals.js'
import type { S3Service } from '../../s3/s3.js'
import type { TrailParts } from '../parts.js'
import type { Trail } from '../trails/trail.js'
import { contextFor, putMembers } from './service.js'

export interface Delivered {
  readonly key: string
  /** Before it is compressed. */
  readonly plain: Uint8Array
  readonly metadata?: Readonly<Record<string, string>>
}

type Together = Parameters<S3Service['putTogether']>[2]

/** Instead of what is there. @throws SealtrailError as PutObject does, and `NoSuchBucket` */
export async function putAsCloudTrail(
  parts: TrailParts,
  trail: Trail,
  delivered: Delivered,
): Promise<void> {
  await put(parts, trail, delivered, {}, (place) => place([]))
}

/**
 * Where nothing is yet; `together` says what is committed with it. False where somebody has put something there.
 * @throws SealtrailError as {@link putAsCloudTrail}
 */
export async function putNewAsCloudTrail(
  parts: TrailParts,
  trail: Trail,
  delivered: Delivered,
  together: Together,
): Promise<boolean> {
  try {
    await put(parts, trail, delivered, { IfNoneMatch: '*' }, together)
    return true
  } catch (error) {
    if (error instanceof SealtrailError && error.code === 'PreconditionFailed') return false
    throw error
  }
}

async function put(
  { s3 }: TrailParts,
  trail: Trail,
  { key, plain, metadata }: Delivered,
  conditions: { readonly IfNoneMatch?: string },
  together: Together,
): Promise<void> {
  const { bucket: Bucket, keyArn } = trail.config
  const bucket = await s3.bucket(Bucket)
  if (bucket === undefined) throw noSuchBucket(Bucket)
  const input = {
    ...{ Bucket, Key: key, Body: gzip(plain), ...putMembers(trail, keyArn), ...conditions },
    ...{ ContentType: 'application/json', ContentEncoding: 'gzip' },
    ...(metadata === undefined ? {} : { Metadata: metadata }),
  }
  await s3.putTogether(contextFor(trail, bucket.region), input, together)
}
