/**
 * The bytes of a CiphertextBlob of a key in an external key store: wrapped by us, and then by its proxy.
 *
 *     | header 24, suite 02 | u8 n | IV n | u8 m | metadata m | tag 16 | ciphertext |
 *
 * The ciphertext is what the proxy made of everything behind the header of the inner blob, which is a blob as in
 * ciphertext-blob.ts with this very header. The header is told twice, then: once in what our own key material
 * authenticates, once in what the proxy does. Its additional data are the header and the SHA-256 of the encryption context: of
 * fixed size, and the context itself is nothing that a proxy need see. Source: docs/FORMAT.md §3.1.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { BLOB_HEADER_BYTES, TAG_BYTES } from '../../engine/engine.js'
import { METADATA_BYTES_MAX, type OuterWrap } from '../xks/requests.js'

/** What the proxy is given of the inner blob; a view. */
export function innerBytes(inner: Uint8Array): Uint8Array {
  return inner.subarray(BLOB_HEADER_BYTES)
}

/** The inner blob again, of the same header as `blob`. */
export function innerBlob(blob: Uint8Array, opened: Uint8Array): Uint8Array {
  return Buffer.concat([blob.subarray(0, BLOB_HEADER_BYTES), opened])
}

/** @param context encoded (docs/FORMAT.md §1). */
export function outerAad(blob: Uint8Array, context: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(context).digest()
  return Buffer.concat([blob.subarray(0, BLOB_HEADER_BYTES), digest])
}

export function writeExternalBlob(inner: Uint8Array, wrap: OuterWrap): Uint8Array {
  const { initializationVector, ciphertextMetadata, authenticationTag, ciphertext } = wrap
  return Buffer.concat([
    inner.subarray(0, BLOB_HEADER_BYTES),
    Buffer.of(initializationVector.length),
    initializationVector,
    Buffer.of(ciphertextMetadata.length),
    ciphertextMetadata,
    authenticationTag,
    ciphertext,
  ])
}

/** Views, of a blob whose header was read; undefined for one whose parts have lengths that no proxy gives them. */
export function readExternalBlob(blob: Uint8Array): OuterWrap | undefined {
  let at = BLOB_HEADER_BYTES
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
    ciphertext.length > 0
  return isInShape
    ? { initializationVector, ciphertextMetadata, authenticationTag, ciphertext }
    : undefined
}
