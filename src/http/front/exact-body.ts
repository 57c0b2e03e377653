/**
 * A body that flows, piece by piece: as long as was said, or it fails.
 *
 * Read by hand and not by iteration: an iterator keeps the piece that it gave until it is asked for the next one, and a
 * client may take as long as it likes until then. So of many slow clients each has in memory what is on its way and the
 * piece behind that, which the stream has made meanwhile (test/http/slow-readers.test.ts).
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { invariant } from '../../invariant.js'

export class ExactBody {
  readonly #body: Readable
  #leftBytes: number
  #wake = () => {}

  constructor(body: Readable, bytes: number) {
    this.#body = body
    this.#leftBytes = bytes
    for (const event of ['readable', 'end', 'error', 'close']) body.on(event, () => this.#wake())
  }

  /**
   * Undefined at the end.
   * @throws what the body fails with; Error when it is not as long as was said, or was destroyed
   */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#body.read() as Uint8Array | null
      if (piece !== null) {
        this.#leftBytes -= piece.length
        invariant(this.#leftBytes >= 0, 'an answer is as long as it says')
        return piece
      }
      if (this.#body.errored !== null) throw this.#body.errored
      if (this.#body.readableEnded) {
        invariant(this.#leftBytes === 0, 'an answer is as long as it says')
        return undefined
      }
      if (this.#body.destroyed) throw new Error('the body was given up')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** For who holds each piece himself until it has left. Given up half way, the body goes. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await this.next(); piece !== undefined; piece = await this.next())
        yield piece
    } finally {
      this.#body.destroy()
    }
  }
}
