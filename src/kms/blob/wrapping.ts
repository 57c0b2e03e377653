/**
 * Text into a CiphertextBlob and out of it, under a lease on key material.
 *
 * The one place where kms holds plaintext: in the blob's own buffer, where the engine encrypts and decrypts
 * in place, and in the answer to a caller who asked for it. Everything else is wiped here. The bytes of a
 * blob are in ciphertext-blob.ts.
 *
 * @module
 */
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { BLOB_HEADER_BYTES, type Engine, KEY_BYTES, type KeyHandle } from '../../engine/engine.js'
import type { PrivateKeyHandle } from '../../engine/private-keys.js'
import { invariant } from '../../invariant.js'
import { type EncryptionContext, encodeContext } from '../../message/encryption-context.js'
import type { Lease } from '../keys/material.js'
import {
  BLOB_BYTES_MAX,
  type BlobHeader,
  blobBytes,
  blobText,
  newBlob,
  writeBlobHeader,
} from './ciphertext-blob.js'

/** Where one blob at a time is opened, and wiped before anybody else is asked. */
const scratch = secretBytes(BLOB_BYTES_MAX)

/**
 * What authenticates a blob beside its own first bytes.
 * @throws SealtrailError `ValidationException` for lone surrogates and more than 8,192 characters.
 */
export function contextBytes(context: EncryptionContext | undefined): Uint8Array {
  return encodeContext(context ?? {})
}

/** `plain` is copied, and stays the caller's. */
export function wrapText(
  engine: Engine,
  lease: Lease,
  plain: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  const blob = newBlob(headerOf(lease), plain.length, plain)
  return wrapInPlace(engine, lease, blob, context)
}

/** A fresh data key of `keyBytes` bytes, once wrapped and once, when `plain` is given, as it is. */
export function wrapDataKey(
  engine: Engine,
  lease: Lease,
  keyBytes: number,
  context: Uint8Array,
  plain: Uint8Array | undefined,
): Uint8Array {
  const blob = newBlob(headerOf(lease), keyBytes)
  engine.generateDataKeys(lease.handle, blob, blob.length, context, plain)
  return blob
}

/** As {@link wrapDataKey} for a key that lives in `engine` and does not show its bytes. */
export function wrapHandle(
  engine: Engine,
  lease: Lease,
  key: KeyHandle,
  context: Uint8Array,
): Uint8Array {
  const blob = newBlob(headerOf(lease), KEY_BYTES)
  engine.wrapKey(lease.handle, key, blob, context)
  return blob
}

/** As {@link wrapDataKey} for the private key of a pair, in its form at rest. */
export function wrapPrivateKey(
  engine: Engine,
  lease: Lease,
  key: PrivateKeyHandle,
  context: Uint8Array,
): Uint8Array {
  const header = secretBytes(BLOB_HEADER_BYTES)
  writeBlobHeader(header, headerOf(lease))
  return engine.privateKeys.wrap(lease.handle, key, header, context)
}

/** Room for `count` data keys of `keyBytes` bytes, side by side, headers written. */
export function newBlobs(lease: Lease, keyBytes: number, count: number): Uint8Array {
  const size = blobBytes(keyBytes)
  const blobs = secretBytes(size * count)
  const header = headerOf(lease)
  for (let i = 0; i < count; i++) writeBlobHeader(blobs.subarray(i * size, (i + 1) * size), header)
  return blobs
}

/** The plaintext of `blob` in a buffer of its own, or undefined when it is not genuine. */
export function unwrapText(
  engine: Engine,
  lease: Lease,
  blob: Uint8Array,
  context: Uint8Array,
): Uint8Array | undefined {
  invariant(blob.length <= BLOB_BYTES_MAX, 'a blob whose header was read is no longer')
  const opened = scratch.subarray(0, blob.length)
  opened.set(blob)
  try {
    return engine.unwrap(lease.handle, opened, context) ? secretCopy(blobText(opened)) : undefined
  } finally {
    opened.fill(0)
  }
}

/** `blob` under another key and context, without its plaintext leaving the buffer; undefined as above. */
export function rewrap(
  engine: Engine,
  from: { readonly lease: Lease; readonly context: Uint8Array },
  to: { readonly lease: Lease; readonly context: Uint8Array },
  blob: Uint8Array,
): Uint8Array | undefined {
  const copy = secretCopy(blob)
  if (!engine.unwrap(from.lease.handle, copy, from.context)) return undefined
  writeBlobHeader(copy, headerOf(to.lease))
  return wrapInPlace(engine, to.lease, copy, to.context)
}

function wrapInPlace(
  engine: Engine,
  lease: Lease,
  blob: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  try {
    engine.wrap(lease.handle, blob, context)
    return blob
  } catch (error) {
    blob.fill(0)
    throw error
  }
}

function headerOf({ key, version }: Lease): BlobHeader {
  return { keyId: key.keyId, materialVersion: version }
}
