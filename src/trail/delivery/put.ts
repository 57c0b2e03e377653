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
import type { TrailParts } from '../parts.js'
import type { Trail } from '../trails/trail.js'
import { cloudtrailFor, putMembers, SOURCE } from './service.js'

export interface Delivered {
  readonly key: string
  /** Before it is compressed. */
  readonly plain: Uint8Array
  readonly metadata?: Readonly<Record<string, string>>
  /** Its name says what is in it: one that is there already is the same. */
  readonly isNamedByContent: boolean
}

/** @throws SealtrailError as PutObject does, and `NoSuchBucket` */
export async function putAsCloudTrail(
  { s3 }: TrailParts,
  trail: Trail,
  { key, plain, metadata, isNamedByContent }: Delivered,
): Promise<void> {
  const { bucket: Bucket, keyArn } = trail.config
  const bucket = await s3.bucket(Bucket)
  if (bucket === undefined) {
    throw new SealtrailError('NoSuchBucket', 'The specified bucket does not exist')
  }
  const caller = cloudtrailFor(trail, bucket.region)
  try {
    await s3.as(caller, SOURCE).putObject({
      ...{ Bucket, Key: key, Body: gzip(plain), ...putMembers(trail, keyArn) },
      ...{ ContentType: 'application/json', ContentEncoding: 'gzip' },
      ...(isNamedByContent ? { IfNoneMatch: '*' } : {}),
      ...(metadata === undefined ? {} : { Metadata: metadata }),
    })
  } catch (error) {
    const isThere = error instanceof SealtrailError && error.code === 'PreconditionFailed'
    if (!isThere || !isNamedByContent) throw error
  }
}
