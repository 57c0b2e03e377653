/**
 * The stream behind gunzipStream: header, deflate stream, trailer, and then nothing more.
 *
 *     header ──whole──▸ deflate ──ended──▸ trailer ──8 bytes──▸ any further byte is damage
 *
 * node:zlib's own gunzip goes on to a second member and passes over bytes behind the last; so only
 * inflating is left to it. Its output is counted before it is passed on, in pieces. A reader that stops
 * stops it. The bounds are in bounds.ts, where a member's parts lie in member.ts. Source: RFC 1952.
 *
 * @module
 */
import { Transform, type TransformCallback } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'
import { type GunzipBounds, outputLimit, tooLarge } from './bounds.js'
import { damaged, headerBytes, readTrailer, TRAILER_BYTES } from './member.js'

const PIECE_BYTES = 64 * 1024
const NO_BYTES = Buffer.alloc(0)

export class GunzipStream extends Transform {
  readonly #bounds: GunzipBounds
  readonly #inflate = createInflateRaw({ chunkSize: PIECE_BYTES })
  #part: 'header' | 'deflate' | 'trailer' = 'header'
  /** Bytes of a header or trailer that is not whole yet. */
  #kept: Buffer = NO_BYTES
  #receivedBytes = 0
  /** Bytes given to `#inflate`; it does not take those behind the end of its stream. */
  #deflateBytes = 0
  #plainBytes = 0
  #crc = 0

  constructor(bounds: GunzipBounds) {
    super()
    outputLimit(bounds, 0)
    this.#bounds = bounds
    this.#inflate.on('data', (piece: Buffer) => this.#give(piece))
    this.#inflate.on('error', (cause) => this.destroy(damaged(cause)))
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#receivedBytes += chunk.length
    if (this.#part === 'trailer') this.#keepTrailer(chunk, done)
    else if (this.#part === 'deflate') this.#inflateSome(chunk, done)
    else this.#passHeader(Buffer.concat([this.#kept, chunk]), done)
  }

  override _flush(done: TransformCallback): void {
    if (this.#part !== 'trailer' || this.#kept.length !== TRAILER_BYTES) {
      done(damaged())
      return
    }
    const check = () => {
      const { crc, size } = readTrailer(this.#kept)
      const isWhole = crc === this.#crc && size === this.#plainBytes % 2 ** 32
      done(isWhole ? null : damaged())
    }
    if (this.#inflate.readableEnded) check()
    else this.#inflate.once('end', check)
  }

  override _read(size: number): void {
    this.#inflate.resume()
    super._read(size)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inflate.destroy()
    done(error)
  }

  #passHeader(bytes: Buffer, done: TransformCallback): void {
    let end: number | undefined
    try {
      end = headerBytes(bytes)
    } catch (error) {
      done(error as Error)
      return
    }
    if (end === undefined) {
      this.#kept = bytes
      done()
      return
    }
    this.#kept = NO_BYTES
    this.#part = 'deflate'
    this.#inflateSome(bytes.subarray(end), done)
  }

  #inflateSome(chunk: Buffer, done: TransformCallback): void {
    this.#deflateBytes += chunk.length
    this.#inflate.write(chunk, () => {
      const left = this.#deflateBytes - this.#inflate.bytesWritten
      if (left === 0) {
        done()
        return
      }
      this.#part = 'trailer'
      this.#keepTrailer(chunk.subarray(chunk.length - left), done)
    })
  }

  #keepTrailer(bytes: Buffer, done: TransformCallback): void {
    const isTooMuch = this.#kept.length + bytes.length > TRAILER_BYTES
    if (!isTooMuch) this.#kept = Buffer.concat([this.#kept, bytes])
    done(isTooMuch ? damaged() : null)
  }

  #give(piece: Buffer): void {
    this.#plainBytes += piece.length
    const limit = outputLimit(this.#bounds, this.#receivedBytes)
    if (this.#plainBytes > limit) {
      this.destroy(tooLarge(limit))
      return
    }
    this.#crc = crc32(piece, this.#crc)
    if (!this.push(piece)) this.#inflate.pause()
  }
}
