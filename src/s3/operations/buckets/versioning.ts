/**
 * GetBucketVersioning, PutBucketVersioning.
 *
 * A bucket that once had versions can only suspend them, and one whose objects are locked not even that. Deleting versions
 * with a second factor is not offered. Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { malformedXml, notImplemented } from '../../refusals.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'

export async function getBucketVersioning(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketVersioning'>,
): Promise<object> {
  const { config } = await bucketFor(parts, call, input, 's3:GetBucketVersioning')
  await call.succeed()
  return config.versioning === undefined ? {} : { Status: config.versioning }
}

export async function putBucketVersioning(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketVersioning'>,
): Promise<void> {
  const { Status, MFADelete } = input.VersioningConfiguration
  await changeBucket(parts, call, input, 's3:PutBucketVersioning', ({ config }) => {
    if (Status === undefined) throw malformedXml()
    if (MFADelete === 'Enabled') throw notImplemented()
    if (Status === 'Suspended' && config.objectLock !== undefined) {
      const says =
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.'
      throw new SealtrailError('InvalidBucketState', says)
    }
    return { ...config, versioning: Status }
  })
}
