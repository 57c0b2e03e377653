/**
 * What a writer of an object must be allowed: to put it, and to say of it what he says.
 *
 * Source: Amazon S3 API reference, "Permissions" of PutObject, CopyObject, CreateMultipartUpload.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import type { Description } from '../../objects/described.js'
import { invalidArgument } from '../../refusals.js'
import { mayObject } from '../../use/may.js'

const KEY_BYTES_MAX = 1024

/** @throws SealtrailError `AccessDeniedException`, `KeyTooLongError`, `InvalidArgument` for a key that is no text. */
export function mayWrite(call: Call, bucket: Bucket, key: string, given: Description): void {
  checkKey(key)
  mayObject(call, bucket, key, 's3:PutObject')
  if (given.Tagging !== undefined) mayObject(call, bucket, key, 's3:PutObjectTagging')
  if (given.ObjectLockMode !== undefined || given.ObjectLockRetainUntilDate !== undefined) {
    mayObject(call, bucket, key, 's3:PutObjectRetention')
  }
  if (given.ObjectLockLegalHoldStatus !== undefined) {
    mayObject(call, bucket, key, 's3:PutObjectLegalHold')
  }
}

/** What doors take is checked there; programs may give anything. */
function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes > KEY_BYTES_MAX) {
    const detail = { Size: bytes, MaxSizeAllowed: KEY_BYTES_MAX }
    throw new SealtrailError('KeyTooLongError', 'Your key is too long', detail)
  }
  if (!key.isWellFormed()) throw invalidArgument('The key is not valid Unicode text.', 'key')
}
