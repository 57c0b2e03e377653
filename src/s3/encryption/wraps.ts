/**
 * The wrapped data key of an object: who wrapped it, in which context, and the bytes.
 *
 *     sealtrail-s3         | wrapped under the root's object key 128 |
 *     aws-kms              | CiphertextBlob of the data key 128 |
 *     sealtrail-kms        | CiphertextBlob of an intermediate key 128 | wrapped under that key 128 |
 *     sealtrail-customer   | wrapped under the customer's key 128 |
 *
 * Bytes and contexts only; who may is asked in data-keys.ts. Source: docs/FORMAT.md §4.5.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Engines } from '../../engine/choose.js'
import type { Engine, KeyHandle } from '../../engine/engine.js'
import { handOver } from '../../engine/hand-over.js'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { EncryptedDataKey } from '../../message/keyring.js'
import { WRAPPED_KEY_BYTES, WRAPPING_ID_BYTES, WrappingKey } from '../../root/wrapping-key.js'
import { type Bucket, bucketArn, objectArn } from '../buckets/bucket.js'

export const S3_PROVIDER = 'sealtrail-s3'
export const KMS_PROVIDER = 'sealtrail-kms'
export const CUSTOMER_PROVIDER = 'sealtrail-customer'

/** The name of the pair that S3 adds to every context. */
export const ARN_NAME = 'aws:s3:arn'

/** A key between a KMS key and data keys. */
export interface IntermediateKey {
  readonly keyArn: string
  /** Its CiphertextBlob. */
  readonly blob: Uint8Array
  readonly wrapping: WrappingKey
}

/** What a sealed object says of its data key. */
export interface SealedKey {
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

/** The encryption context of an object. */
export function objectContext(
  bucket: Bucket,
  key: string,
  pairs: EncryptionContext = {},
): EncryptionContext {
  return { ...pairs, [ARN_NAME]: objectArn(bucket, key) }
}

/** In which KMS wraps a bucket key. */
export function bucketKeyContext(bucket: Bucket): EncryptionContext {
  return { [ARN_NAME]: bucketArn(bucket) }
}

/** In which our own keys wrap: a bucket made anew under its name is another one. */
export function wrapContext(bucket: Bucket, context: EncryptionContext): EncryptionContext {
  return { ...context, 'sealtrail:bucket': bucket.id }
}

/** Takes over the handle. */
export function intermediateKey(
  engine: Engine,
  handle: KeyHandle,
  keyArn: string,
  blob: Uint8Array,
): IntermediateKey {
  const id = createHash('sha256').update(blob).digest().subarray(0, WRAPPING_ID_BYTES)
  return { keyArn, blob, wrapping: new WrappingKey(engine, handle, 'kms', id) }
}

export function wrapUnder(
  { keyArn, blob, wrapping }: IntermediateKey,
  dataKey: KeyHandle,
  context: EncryptionContext,
): EncryptedDataKey {
  const ciphertext = Buffer.concat([blob, wrapping.wrapKey(dataKey, context)])
  return { providerId: KMS_PROVIDER, providerInfo: Buffer.from(keyArn), ciphertext }
}

/** The two parts of what {@link wrapUnder} wrote. @throws SealtrailError `ObjectDamaged` */
export function partsOf({ ciphertext }: EncryptedDataKey): {
  readonly blob: Uint8Array
  readonly wrapped: Uint8Array
} {
  const at = ciphertext.length - WRAPPED_KEY_BYTES
  if (at <= 0) throw damagedWrap()
  return { blob: ciphertext.subarray(0, at), wrapped: ciphertext.subarray(at) }
}

/** @throws SealtrailError `ObjectDamaged` when `key` did not wrap it for `context`. */
export function unwrapWith(
  key: Pick<WrappingKey, 'unwrapKey'>,
  wrapped: Uint8Array,
  context: EncryptionContext,
): KeyHandle {
  try {
    return key.unwrapKey(wrapped, context)
  } catch (cause) {
    throw isSealtrailError(cause, 'RootKeyUnusable') ? damagedWrap(cause) : cause
  }
}

/** The data key in the engine that seals. @throws SealtrailError `ObjectDamaged` as {@link unwrapWith} */
export function openedIn(
  { small, bulk }: Engines,
  key: Pick<WrappingKey, 'unwrapKey'>,
  wrapped: Uint8Array,
  context: EncryptionContext,
): KeyHandle {
  const opened = unwrapWith(key, wrapped, context)
  try {
    return handOver(opened, small, bulk)
  } finally {
    opened.release()
  }
}

/** The one wrap, of one of these providers. @throws SealtrailError `ObjectDamaged` */
export function wrapBy(
  { encryptedDataKeys }: SealedKey,
  ...providers: readonly string[]
): EncryptedDataKey {
  const [wrap, ...others] = encryptedDataKeys
  if (wrap === undefined || others.length > 0) throw damagedWrap()
  if (!providers.includes(wrap.providerId)) throw damagedWrap()
  return wrap
}

/** @throws SealtrailError `ObjectDamaged` when the pairs are others. */
export function checkContext(given: EncryptionContext, wanted: EncryptionContext): void {
  const names = Object.keys(wanted)
  const isSame =
    Object.keys(given).length === names.length &&
    names.every((name) => Object.hasOwn(given, name) && given[name] === wanted[name])
  if (!isSame) throw damagedWrap()
}

export function damagedWrap(cause?: unknown): SealtrailError {
  const says = 'the wrapped data key is not one of this object'
  return new SealtrailError('ObjectDamaged', says, {}, cause === undefined ? undefined : { cause })
}
