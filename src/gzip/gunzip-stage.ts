/**
 * A stage of a stream that unpacks one gzip member: header, deflate stream, trailer, and then nothing more.
 *
 *     header ──whole──▸ deflate ──ended──▸ trailer ──8 bytes──▸ any further byte is damage
 *
 * node:zlib's own gunzip goes on to a second member and passes over bytes behind the last; so only
 * inflating is left to it (zlib.ts). Its output is counted before it is passed on, in pieces, and waits for
 * the reader. The bounds are in bounds.ts, where a member's parts lie in member.ts. Source: RFC 1952.
 *
 * @module
 */
import { crc32, createInflateRaw } from 'node:zlib'
import { type GunzipBounds, outputLimit, tooLarge } from './bounds.js'
import { damaged, headerBytes, readTrailer, TRAILER_BYTES } from './member.js'
import { PIECE_BYTES, Zlib } from './zlib.js'

const NO_BYTES = Buffer.alloc(0)

/** A Passage of message/streams/passage.ts. */
export class GunzipStage {
  readonly #bounds: GunzipBounds
  readonly #inflate = new Zlib(createInflateRaw({ chunkSize: PIECE_BYTES }))
  #part: 'header' | 'deflate' | 'trailer' = 'header'
  /** Bytes of a header or trailer that is not whole yet. */
  #kept: Buffer = NO_BYTES
  #receivedBytes = 0
  #deflateBytes = 0
  #plainBytes = 0
  #crc = 0

  /** @throws SealtrailError `InputInvalid` for bounds that are none */
  constructor(bounds: GunzipBounds) {
    outputLimit(bounds, 0)
    this.#bounds = bounds
  }

  /** @throws SealtrailError `GzipDamaged`; `OutputTooLarge` beyond the bounds */
  async push(bytes: Uint8Array, target: Uint8Array[], taken: () => Promise<void>): Promise<void> {
    this.#receivedBytes += bytes.length
    let rest = bytes
    if (this.#part === 'header') rest = this.#passHeader(rest)
    if (this.#part === 'deflate') rest = await this.#inflateSome(rest, target, taken)
    if (this.#part === 'trailer') this.#keepTrailer(rest)
  }

  /** @throws SealtrailError `GzipDamaged` unless the member has been whole. */
  end(): void {
    if (this.#part !== 'trailer' || this.#kept.length !== TRAILER_BYTES) throw damaged()
    const { crc, size } = readTrailer(this.#kept)
    if (crc !== this.#crc || size !== this.#plainBytes % 2 ** 32) throw damaged()
  }

  release(): void {
    this.#inflate.release()
  }

  /** Returns what follows the header. */
  #passHeader(bytes: Uint8Array): Uint8Array {
    const head = Buffer.concat([this.#kept, bytes])
    const end = headerBytes(head)
    this.#kept = end === undefined ? head : NO_BYTES
    if (end === undefined) return NO_BYTES
    this.#part = 'deflate'
    return head.subarray(end)
  }

  /** Returns what follows the deflate stream. */
  async #inflateSome(
    bytes: Uint8Array,
    target: Uint8Array[],
    taken: () => Promise<void>,
  ): Promise<Uint8Array> {
    this.#deflateBytes += bytes.length
    for await (const piece of this.#inflate.push(bytes)) {
      this.#count(piece)
      target.push(piece)
      await taken()
    }
    const leftBytes = this.#deflateBytes - this.#inflate.usedBytes
    if (leftBytes > 0) this.#part = 'trailer'
    return bytes.subarray(bytes.length - leftBytes)
  }

  #count(piece: Buffer): void {
    this.#plainBytes += piece.length
    const limit = outputLimit(this.#bounds, this.#receivedBytes)
    if (this.#plainBytes > limit) throw tooLarge(limit)
    this.#crc = crc32(piece, this.#crc)
  }

  #keepTrailer(bytes: Uint8Array): void {
    if (this.#kept.length + bytes.length > TRAILER_BYTES) throw damaged()
    this.#kept = Buffer.concat([this.#kept, bytes])
  }
}
