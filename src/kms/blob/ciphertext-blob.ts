/**
 * The bytes of a CiphertextBlob: the header that we write, and the frame that the engine fills.
 *
 *     | 01 | suite 01 | u16 flags | u32 material version | key id 16 | nonce 24 | commitment 32 | text n | tag 16 |
 *       `---------------------- header, 24 bytes ----------------------'
 *
 * XAES-256-GCM with key commitment. AAD is everything before the text, then the encryption context. Flag bit
 * 0 says that the key id is that of a multi-Region key (`mrk-` and 32 hex digits) and not a UUID; all other
 * bits are zero. Suite 02 is that of keys in external key stores: what we wrapped, header and all as above, and what their
 * proxy wrapped around it (external-blob.ts). Nonce, commitment and tag are the engine's; which key opens a blob is asked
 * in use/use-key.ts.
 * Source: docs/FORMAT.md §3.
 *
 * @module
 */
import { secretBytes } from '../../bytes/secret.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  TAG_BYTES,
} from '../../engine/engine.js'
import { invariant } from '../../invariant.js'

const VERSION = 1
const SUITE = 1
const SUITE_EXTERNAL = 2
const FLAG_MULTI_REGION = 0x0001
const TEXT_BYTES_MAX = 4096
export const BLOB_BYTES_MAX = BLOB_OVERHEAD_BYTES + TEXT_BYTES_MAX
/** What a proxy adds at least: two lengths, an IV of 12 bytes, a tag. */
const EXTERNAL_OVERHEAD_BYTES = BLOB_OVERHEAD_BYTES + 1 + 12 + 1 + TAG_BYTES
/** And at most: an IV of 16 bytes, 20 bytes of metadata. */
const EXTERNAL_SPARE_BYTES = 4 + 20

/** Which key material a blob asks for. Nothing of it is proved before the blob is opened. */
export interface BlobHeader {
  readonly keyId: string
  readonly materialVersion: number
  /** Of a key in an external key store. */
  readonly isExternal?: boolean
}

/** Bytes of a blob around `textBytes` bytes of text. */
export function blobBytes(textBytes: number): number {
  return BLOB_OVERHEAD_BYTES + textBytes
}

/** Room for a blob, its header written; `plain`, when given, stands where the engine will encrypt it. */
export function newBlob(header: BlobHeader, textBytes: number, plain?: Uint8Array): Uint8Array {
  const blob = secretBytes(blobBytes(textBytes))
  writeBlobHeader(blob, header)
  if (plain !== undefined) blob.set(plain, BLOB_TEXT_OFFSET)
  return blob
}

export function writeBlobHeader(
  blob: Uint8Array,
  { keyId, materialVersion, isExternal }: BlobHeader,
): void {
  const isMultiRegion = keyId.startsWith('mrk-')
  const hex = isMultiRegion ? keyId.slice('mrk-'.length) : keyId.replaceAll('-', '')
  const header = Buffer.from(blob.buffer, blob.byteOffset, BLOB_HEADER_BYTES)
  header[0] = VERSION
  header[1] = isExternal ? SUITE_EXTERNAL : SUITE
  header.writeUInt16BE(isMultiRegion ? FLAG_MULTI_REGION : 0, 2)
  header.writeUInt32BE(materialVersion, 4)
  invariant(header.write(hex, 8, 'hex') === 16, 'a key id has 32 hex digits')
}

/** Undefined for bytes that are no blob of ours: wrong size, version, suite or flags. */
export function readBlobHeader(blob: Uint8Array): BlobHeader | undefined {
  if (blob.length < BLOB_HEADER_BYTES) return undefined
  const header = Buffer.from(blob.buffer, blob.byteOffset, BLOB_HEADER_BYTES)
  const isExternal = header[1] === SUITE_EXTERNAL
  const textBytes = blob.length - (isExternal ? EXTERNAL_OVERHEAD_BYTES : BLOB_OVERHEAD_BYTES)
  const spare = isExternal ? EXTERNAL_SPARE_BYTES : 0
  if (textBytes < 1 || textBytes > TEXT_BYTES_MAX + spare) return undefined
  const flags = header.readUInt16BE(2)
  if (header[0] !== VERSION || (header[1] !== SUITE && !isExternal)) return undefined
  if ((flags & ~FLAG_MULTI_REGION) !== 0) return undefined
  const hex = header.toString('hex', 8, 24)
  const keyId = flags & FLAG_MULTI_REGION ? `mrk-${hex}` : uuid(hex)
  const materialVersion = header.readUInt32BE(4)
  return isExternal ? { keyId, materialVersion, isExternal } : { keyId, materialVersion }
}

/** The text of an opened blob, as a view. */
export function blobText(blob: Uint8Array): Uint8Array {
  return blob.subarray(BLOB_TEXT_OFFSET, blob.length - (BLOB_OVERHEAD_BYTES - BLOB_TEXT_OFFSET))
}

function uuid(hex: string): string {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${parts.join('-')}-${hex.slice(20)}`
}
