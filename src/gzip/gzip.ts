/**
 * Bytes into one gzip member: in one call for a log object, as a stage of a stream for what is longer.
 *
 * Always one member: two concatenated ones make `aws cloudtrail validate-logs` call a log file invalid. The
 * header tells neither time nor system, so that equal bytes make an equal member. libdeflate in the Rust
 * addon does the work where it loads, node:zlib elsewhere: what they write differs in size and speed, not
 * in meaning. The way back is in gunzip.ts. Source: RFC 1952.
 *
 * @module
 */
import { createGzip, gzipSync } from 'node:zlib'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import { type Libdeflate, libdeflate } from './libdeflate.js'
import { OS_OFFSET, OS_UNKNOWN } from './member.js'
import { PIECE_BYTES, Zlib } from './zlib.js'

/** The largest input of {@link gzip}; {@link GzipStage} takes any. */
export const GZIP_BYTES_MAX = 64 * 1024 * 1024
/** 0.98 of what node:zlib saves at its level 6, in half the time: bench/gzip/level.bench.ts chose it. */
export const GZIP_LEVEL = 5
/** libdeflate's; node:zlib does at most what it calls 9. */
export const GZIP_LEVEL_MAX = 12
const ZLIB_LEVEL_MAX = 9
/** Input of one step of a stream. */
const STEP_BYTES = 1024 * 1024

/**
 * One member. `plain` may be memory that threads share, when none writes to it meanwhile: libdeflate reads it twice.
 * @throws SealtrailError `InputTooLarge` beyond {@link GZIP_BYTES_MAX}; `InputInvalid` for a level that is
 * not 0 to {@link GZIP_LEVEL_MAX}.
 */
export function gzip(plain: Uint8Array, level: number = GZIP_LEVEL): Uint8Array {
  checkPlain(plain, level)
  const fast = libdeflate()
  if (fast === undefined) return withZlib(plain, level)
  return withLibdeflate(fast, plain.length, (target) => fast.gzip(plain, level, target))
}

/** As {@link gzip}, of memory that threads may share, but that nobody writes to meanwhile: it is read where it lies. */
export function gzipStill(plain: Uint8Array, level: number): Uint8Array {
  checkPlain(plain, level)
  const fast = libdeflate()
  if (fast === undefined) return withZlib(plain, level)
  return withLibdeflate(fast, plain.length, (target) => fast.gzipStill(plain, level, target))
}

/** A stage of a stream: what is pushed, as one member. A Passage of message/streams/passage.ts. */
export class GzipStage {
  readonly #gzip: Zlib
  #isBegun = false

  /** @throws SealtrailError `InputInvalid` as {@link gzip} */
  constructor(level: number = GZIP_LEVEL) {
    checkLevel(level)
    const zlibLevel = Math.min(level, ZLIB_LEVEL_MAX)
    this.#gzip = new Zlib(createGzip({ level: zlibLevel, chunkSize: PIECE_BYTES }))
  }

  async push(bytes: Uint8Array, target: Uint8Array[], taken: () => Promise<void>): Promise<void> {
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      // zlib may still read after release(), when the bytes are their owner's again.
      const step = new Uint8Array(bytes.subarray(at, at + STEP_BYTES))
      try {
        await this.#give(this.#gzip.push(step), target, taken)
      } finally {
        step.fill(0)
      }
    }
  }

  end(target: Uint8Array[], taken: () => Promise<void>): Promise<void> {
    return this.#give(this.#gzip.end(), target, taken)
  }

  release(): void {
    this.#gzip.release()
  }

  async #give(
    pieces: AsyncIterable<Buffer>,
    target: Uint8Array[],
    taken: () => Promise<void>,
  ): Promise<void> {
    for await (const piece of pieces) {
      // zlib gives the ten bytes of the header out before anything else, and together.
      if (!this.#isBegun) piece[OS_OFFSET] = OS_UNKNOWN
      this.#isBegun = true
      target.push(piece)
      await taken()
    }
  }
}

function withLibdeflate(
  addon: Libdeflate,
  plainBytes: number,
  write: (target: Uint8Array) => number,
): Uint8Array {
  const target = Buffer.allocUnsafeSlow(addon.gzipBound(plainBytes))
  const written = write(target)
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

function checkPlain(plain: Uint8Array, level: number): void {
  checkLevel(level)
  if (plain.length <= GZIP_BYTES_MAX) return
  throw new SealtrailError('InputTooLarge', 'this is too large to be compressed in one piece', {
    bytes: plain.length,
    bytesMax: GZIP_BYTES_MAX,
  })
}

/** @throws SealtrailError `InputInvalid` */
export function checkLevel(level: number): void {
  if (Number.isInteger(level) && level >= 0 && level <= GZIP_LEVEL_MAX) return
  throw new SealtrailError('InputInvalid', `a gzip level is 0 to ${GZIP_LEVEL_MAX}`)
}
