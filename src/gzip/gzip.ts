/**
 * Bytes into one gzip member: in one call for a log object, as a stream for what is longer.
 *
 * Always one member: two concatenated ones make `aws cloudtrail validate-logs` call a log file invalid. The
 * header tells neither time nor system, so that equal bytes make an equal member. libdeflate in the Rust
 * addon does the work where it loads, node:zlib elsewhere: what they write differs in size and speed, not
 * in meaning. The way back is in gunzip.ts. Source: RFC 1952.
 *
 * @module
 */
import type { Transform } from 'node:stream'
import { createGzip, gzipSync } from 'node:zlib'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import { type Libdeflate, libdeflate } from './libdeflate.js'
import { OS_OFFSET, OS_UNKNOWN } from './member.js'

/** The largest input of {@link gzip}; {@link gzipStream} takes any. */
export const GZIP_BYTES_MAX = 64 * 1024 * 1024
/** 0.98 of what node:zlib saves at its level 6, in half the time: bench/gzip/level.bench.ts chose it. */
export const GZIP_LEVEL = 5
/** libdeflate's; node:zlib does at most what it calls 9. */
export const GZIP_LEVEL_MAX = 12
const ZLIB_LEVEL_MAX = 9
/** Output of one step of a stream. */
const PIECE_BYTES = 64 * 1024

/**
 * One member. `plain` may be memory that threads share.
 * @throws SealtrailError `InputTooLarge` beyond {@link GZIP_BYTES_MAX}; `InputInvalid` for a level that is
 * not 0 to {@link GZIP_LEVEL_MAX}.
 */
export function gzip(plain: Uint8Array, level: number = GZIP_LEVEL): Uint8Array {
  checkLevel(level)
  if (plain.length > GZIP_BYTES_MAX) {
    throw new SealtrailError('InputTooLarge', 'this is too large to be compressed in one piece', {
      bytes: plain.length,
      bytesMax: GZIP_BYTES_MAX,
    })
  }
  const fast = libdeflate()
  return fast === undefined ? withZlib(plain, level) : withLibdeflate(fast, plain, level)
}

/** What is written to it, as one member. @throws SealtrailError `InputInvalid` as {@link gzip} */
export function gzipStream(level: number = GZIP_LEVEL): Transform {
  checkLevel(level)
  const stream = createGzip({ level: Math.min(level, ZLIB_LEVEL_MAX), chunkSize: PIECE_BYTES })
  const { push } = stream
  // zlib gives the ten bytes of the header out before anything else, and together.
  stream.push = (piece: Uint8Array | null, ...rest) => {
    if (piece !== null) piece[OS_OFFSET] = OS_UNKNOWN
    stream.push = push
    return push.call(stream, piece, ...rest)
  }
  return stream
}

function withLibdeflate(addon: Libdeflate, plain: Uint8Array, level: number): Uint8Array {
  const target = Buffer.allocUnsafeSlow(addon.gzipBound(plain.length))
  const written = addon.gzip(plain, level, target)
  invariant(written > 0, 'a gzip member fits into its bound')
  const member = new Uint8Array(target.subarray(0, written))
  target.fill(0, 0, written)
  return member
}

function withZlib(plain: Uint8Array, level: number): Uint8Array {
  const member = gzipSync(plain, { level: Math.min(level, ZLIB_LEVEL_MAX) })
  member[OS_OFFSET] = OS_UNKNOWN
  // A Buffer may share its memory with others; a member is on its own.
  return new Uint8Array(member)
}

function checkLevel(level: number): void {
  if (Number.isInteger(level) && level >= 0 && level <= GZIP_LEVEL_MAX) return
  throw new SealtrailError('InputInvalid', `a gzip level is 0 to ${GZIP_LEVEL_MAX}`)
}
