/**
 * One gzip member into its plain bytes, and never more of them than allowed.
 *
 * A few bytes can unpack to a thousand times as many, so the bounds come first: no more memory is taken
 * than the caller allows, whatever the member says of itself. Exactly one member is taken; bytes behind it,
 * a second member, a cut or a wrong checksum are damage. Streams are in gunzip-stage.ts, where a member's
 * parts lie in member.ts. Source: RFC 1952.
 *
 * @module
 */
import { crc32, inflateRawSync } from 'node:zlib'
import { GZIP_DAMAGED, TARGET_FULL } from '../engine/native/addon.js'
import { invariant } from '../invariant.js'
import { type GunzipBounds, outputLimit, RATIO_MAX, tooLarge } from './bounds.js'
import { type Libdeflate, libdeflate } from './libdeflate.js'
import { damaged, headerBytes, readTrailer, TRAILER_BYTES } from './member.js'

export type { GunzipBounds } from './bounds.js'

/**
 * The plain bytes of `member`.
 * @throws SealtrailError `GzipDamaged`; `OutputTooLarge` when it would unpack beyond `bounds`.
 */
export function gunzip(member: Uint8Array, bounds: GunzipBounds): Uint8Array {
  const limit = outputLimit(bounds, member.length)
  const deflateAt = headerBytes(member)
  if (deflateAt === undefined || deflateAt + TRAILER_BYTES > member.length) throw damaged()
  const { size } = readTrailer(member)
  if (size > member.length * RATIO_MAX) throw damaged()

  const fast = libdeflate()
  const unpack = (room: number) =>
    fast === undefined ? withZlib(member, deflateAt, room) : withLibdeflate(fast, member, room)
  // It says its size modulo 2^32, if it says the truth.
  const plain = unpack(Math.min(size, limit)) ?? (size < limit ? unpack(limit) : undefined)
  if (plain === undefined) throw tooLarge(limit)
  return plain
}

/** Undefined when there is more than `room`. */
function withLibdeflate(
  addon: Libdeflate,
  member: Uint8Array,
  room: number,
): Uint8Array | undefined {
  const target = Buffer.allocUnsafeSlow(room)
  const written = addon.gunzip(member, target)
  if (written === TARGET_FULL) return undefined
  if (written === GZIP_DAMAGED) throw damaged()
  invariant(written >= 0, 'a gzip member is unpacked or refused')
  return new Uint8Array(target.buffer, 0, written)
}

function withZlib(member: Uint8Array, deflateAt: number, room: number): Uint8Array | undefined {
  const deflate = member.subarray(deflateAt, member.length - TRAILER_BYTES)
  const plain = inflate(deflate, room)
  if (plain === undefined) return undefined
  const { crc, size } = readTrailer(member)
  if (plain.length !== size || crc32(plain) !== crc) throw damaged()
  return plain
}

function inflate(deflate: Uint8Array, room: number): Uint8Array | undefined {
  // One piece, of which zlib must see that it is not full; too large to be cut from a shared Buffer.
  const chunkSize = Math.max(Buffer.poolSize, room + 1)
  const options = { info: true, chunkSize, maxOutputLength: room + 1 }
  let inflated: { buffer: Buffer; engine: { bytesWritten: number } }
  try {
    inflated = inflateRawSync(deflate, options) as never
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw damaged(error)
  }
  const { buffer, engine } = inflated
  if (buffer.length > room) return undefined
  if (engine.bytesWritten !== deflate.length) throw damaged()
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
