/**
 * What a writer of an object must be allowed: to put it, and to say of it what he says.
 *
 * Source: Amazon S3 API reference, "Permissions" of PutObject, CopyObject, CreateMultipartUpload; user guide, "How to prevent
 * object overwrites with conditional writes", "How to perform conditional deletes".
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import type { Description } from '../../objects/described.js'
import { checkKey } from '../../objects/key.js'
import { mayObject } from '../../use/may.js'

/** @throws SealtrailError `AccessDeniedException`, `KeyTooLongError` */
export function mayWrite(
  call: Call,
  bucket: Bucket,
  key: string,
  given: Description & { readonly IfMatch?: string | undefined },
): void {
  checkKey(key)
  mayObject(call, bucket, key, 's3:PutObject')
  mayMatch(call, bucket, key, given.IfMatch)
  if (given.Tagging !== undefined) mayObject(call, bucket, key, 's3:PutObjectTagging')
  if (given.ObjectLockMode !== undefined || given.ObjectLockRetainUntilDate !== undefined) {
    mayObject(call, bucket, key, 's3:PutObjectRetention')
  }
  if (given.ObjectLockLegalHoldStatus !== undefined) {
    mayObject(call, bucket, key, 's3:PutObjectLegalHold')
  }
}

/**
 * Whether an ETag is that of the object is told to its readers only. `*` asks but whether there is one.
 * @throws SealtrailError `AccessDeniedException`
 */
export function mayMatch(call: Call, bucket: Bucket, key: string, etag: string | undefined): void {
  if (etag !== undefined && etag !== '*') mayObject(call, bucket, key, 's3:GetObject')
}
