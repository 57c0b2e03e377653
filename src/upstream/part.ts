/**
 * Room for one part of an upload, hashed as it fills: so nobody waits while megabytes are hashed at once.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto'
import type { Sending } from './client/bucket.js'

/** No blob needs more than 10,000 of them: S3 takes no object or part of more than 5 GB in one request. */
export const PART_BYTES = 8 * 1024 * 1024

export class Part {
  readonly #room = Buffer.allocUnsafeSlow(PART_BYTES)
  #bytes = 0
  #md5: Hash = createHash('md5')
  #sha256: Hash = createHash('sha256')

  get isFull(): boolean {
    return this.#bytes === PART_BYTES
  }

  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** As much of `piece` as there is room for: how much that was. */
  add(piece: Uint8Array): number {
    const taken = piece.subarray(0, PART_BYTES - this.#bytes)
    this.#room.set(taken, this.#bytes)
    this.#md5.update(taken)
    this.#sha256.update(taken)
    this.#bytes += taken.length
    return taken.length
  }

  /** Its bytes are a view. Once, before `empty`. */
  sending(): Sending {
    return {
      bytes: this.#room.subarray(0, this.#bytes),
      md5: this.#md5.digest('base64'),
      sha256: this.#sha256.digest('hex'),
    }
  }

  empty(): void {
    this.#bytes = 0
    this.#md5 = createHash('md5')
    this.#sha256 = createHash('sha256')
  }
}
