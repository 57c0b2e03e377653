/**
 * The bytes of a CiphertextBlob of a key in an external key store: wrapped by us, and then by its proxy.
 *
 *     | header 24, suite 02 | nonce 24 | u8 n | IV n | u8 m | metadata m | tag 16 | ciphertext |
 *       `-------- head 48 ----------'
 *
 * Header and nonce are those of the inner blob, which is a blob as in ciphertext-blob.ts; the ciphertext is what the proxy made of
 * everything behind them. The nonce stays here, so that nothing that the proxy was given for another blob opens under it. The
 * head is told twice, then: once in what our own key material authenticates, once in what the proxy does. Its additional data
 * are the head and the SHA-256 of the encryption context: of fixed size, and the context itself is nothing that a proxy need see.
 * Source: docs/FORMAT.md §3.1.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { BLOB_HEADER_BYTES, TAG_BYTES, XAES_NONCE_BYTES } from '../../engine/engine.js'
import { METADATA_BYTES_MAX, type OuterWrap } from '../xks/requests.js'
import { BLOB_BYTES_MAX, blobBytes } from './ciphertext-blob.js'

const HEAD_BYTES = BLOB_HEADER_BYTES + XAES_NONCE_BYTES
/** What is behind the head of an inner blob: whatever a proxy answers, the engine is given nothing else. */
const INNER_BYTES_MIN = blobBytes(1) - HEAD_BYTES
const INNER_BYTES_MAX = BLOB_BYTES_MAX - HEAD_BYTES

/** What the proxy is given of the inner blob; a view. */
export function innerBytes(inner: Uint8Array): Uint8Array {
  return inner.subarray(HEAD_BYTES)
}

/** The inner blob again, of the same head as `blob`. */
export function innerBlob(blob: Uint8Array, opened: Uint8Array): Uint8Array {
  return Buffer.concat([blob.subarray(0, HEAD_BYTES), opened])
}

/** @param context encoded (docs/FORMAT.md §1). */
export function outerAad(blob: Uint8Array, context: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(context).digest()
  return Buffer.concat([blob.subarray(0, HEAD_BYTES), digest])
}

export function writeExternalBlob(inner: Uint8Array, wrap: OuterWrap): Uint8Array {
  const { initializationVector, ciphertextMetadata, authenticationTag, ciphertext } = wrap
  return Buffer.concat([
    inner.subarray(0, HEAD_BYTES),
    Buffer.of(initializationVector.length),
    initializationVector,
    Buffer.of(ciphertextMetadata.length),
    ciphertextMetadata,
    authenticationTag,
    ciphertext,
  ])
}

/** Views, of a blob whose header was read; undefined for one whose parts have lengths that no blob of ours has. */
export function readExternalBlob(blob: Uint8Array): OuterWrap | undefined {
  let at = HEAD_BYTES
  const next = (bytes: number) => {
    at += bytes
    return blob.subarray(at - bytes, at)
  }
  const initializationVector = next(next(1)[0]!)
  const ciphertextMetadata = next(next(1)[0] ?? 0)
  const authenticationTag = next(TAG_BYTES)
  const ciphertext = blob.subarray(at)
  const isInShape =
    [12, 16].includes(initializationVector.length) &&
    ciphertextMetadata.length <= METADATA_BYTES_MAX &&
    authenticationTag.length === TAG_BYTES &&
    ciphertext.length >= INNER_BYTES_MIN &&
    ciphertext.length <= INNER_BYTES_MAX
  return isInShape
    ? { initializationVector, ciphertextMetadata, authenticationTag, ciphertext }
    : undefined
}
