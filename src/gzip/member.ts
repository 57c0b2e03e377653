/**
 * A gzip member taken apart: what stands before and behind its deflate stream.
 *
 *     | 1F 8B | 08 | flags | mtime 4 | XFL | OS | extra? | name? | comment? | header CRC 2? | deflate … |
 *     | CRC-32 of the plain bytes | plain bytes mod 2^32 |          numbers little-endian
 *
 * Structure only; who inflates is in gunzip.ts and gunzip-stage.ts. Source: RFC 1952 §2.3.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { SealtrailError } from '../errors.js'

/** Also the whole header that we write ourselves. */
export const HEADER_BYTES_MIN = 10
/** CRC-32 and size. */
export const TRAILER_BYTES = 8
/** Where the operating system stands in the header. */
export const OS_OFFSET = 9
export const OS_UNKNOWN = 255

/** An extra field may have 64 KiB; a longer name is nothing that a log object has. */
const HEADER_BYTES_MAX = 128 * 1024
/** The two bytes that say gzip, and the one that says deflate. */
const MAGIC = [0x1f, 0x8b, 8]
const HEADER_CRC = 0x02
const EXTRA = 0x04
const NAME = 0x08
const COMMENT = 0x10
const RESERVED = 0xe0

/**
 * Bytes of the header at the front of `bytes`, or undefined when more are needed to tell.
 * @throws SealtrailError `GzipDamaged`
 */
export function headerBytes(bytes: Uint8Array): number | undefined {
  if (MAGIC.some((byte, i) => i < bytes.length && bytes[i] !== byte)) throw damaged()
  if (bytes.length < HEADER_BYTES_MIN) return undefined
  const flags = bytes[3]!
  if ((flags & RESERVED) !== 0) throw damaged()
  const end = optionalFields(bytes, flags)
  if ((end ?? bytes.length) > HEADER_BYTES_MAX) throw damaged()
  return end
}

function optionalFields(bytes: Uint8Array, flags: number): number | undefined {
  let end = HEADER_BYTES_MIN
  if ((flags & EXTRA) !== 0) {
    if (end + 2 > bytes.length) return undefined
    end += 2 + u16(bytes, end)
  }
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) === 0) continue
    const zero = bytes.indexOf(0, end)
    if (zero < 0) return undefined
    end = zero + 1
  }
  if ((flags & HEADER_CRC) !== 0) {
    if (end + 2 > bytes.length) return undefined
    if (u16(bytes, end) !== (crc32(bytes.subarray(0, end)) & 0xffff)) throw damaged()
    end += 2
  }
  return end <= bytes.length ? end : undefined
}

export interface Trailer {
  /** CRC-32 of the plain bytes. */
  readonly crc: number
  /** Plain bytes modulo 2^32. */
  readonly size: number
}

/** The last {@link TRAILER_BYTES} of `bytes`. */
export function readTrailer(bytes: Uint8Array): Trailer {
  const start = bytes.byteOffset + bytes.length - TRAILER_BYTES
  const trailer = new DataView(bytes.buffer, start, TRAILER_BYTES)
  return { crc: trailer.getUint32(0, true), size: trailer.getUint32(4, true) }
}

export function damaged(cause?: unknown): SealtrailError {
  return new SealtrailError('GzipDamaged', 'this is not one whole gzip member', {}, { cause })
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}
