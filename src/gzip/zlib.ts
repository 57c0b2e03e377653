/**
 * A compressor of node:zlib, run by whoever gives it bytes: he gets what comes out, piece by piece, before it
 * goes on.
 *
 * zlib works on another thread, and reads what it was given there even after destroy(); it calls back without an
 * error when it is destroyed, and not at all when it fails or when nobody reads. Here each run ends, and in the
 * error if there is one. What the bytes mean is in gzip.ts and gunzip-stage.ts.
 *
 * @module
 */
import type { Gzip, InflateRaw } from 'node:zlib'
import { damaged } from './member.js'

/** Output of one step: the chunk size of every transform that is run here. */
export const PIECE_BYTES = 64 * 1024

export class Zlib {
  readonly #transform: Gzip | InflateRaw
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(transform: Gzip | InflateRaw) {
    this.#transform = transform
    transform.on('error', (cause) => this.#fail(damaged(cause)))
    transform.on('readable', () => this.#wake())
    transform.on('end', () => this.#wake())
  }

  /** How many of the bytes given it has used: not those behind the end of a deflate stream. */
  get usedBytes(): number {
    return this.#transform.bytesWritten
  }

  /** `bytes` stay as they are until the run has ended. @throws SealtrailError `GzipDamaged` */
  push(bytes: Uint8Array): AsyncGenerator<Buffer, void> {
    return this.#run((done) => this.#transform.write(bytes, done))
  }

  end(): AsyncGenerator<Buffer, void> {
    return this.#run(() => this.#transform.end())
  }

  /** A run that goes on ends in an error. */
  release(): void {
    this.#fail(new Error('nobody waits for this any more'))
    this.#transform.destroy()
  }

  async *#run(begin: (done: () => void) => void): AsyncGenerator<Buffer, void> {
    let isDone = false
    begin(() => {
      isDone = true
      this.#wake()
    })
    for (;;) {
      const piece: Buffer | null = this.#transform.read()
      if (piece !== null) yield piece
      else if (this.#failure !== undefined) throw this.#failure
      else if (isDone || this.#transform.readableEnded) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #fail(failure: Error): void {
    this.#failure ??= failure
    this.#wake()
  }
}
