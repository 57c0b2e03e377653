/**
 * Sealing and opening as Node streams.
 *
 * A piece goes out when the reader asks for one, and not before: an error that comes after it cannot overtake
 * it, as it would in a Transform, where destroy() drops what has not been read. So when frame k is damaged, the
 * reader gets frames 1 to k - 1 and then the error, never a clean end. The writer waits meanwhile. What happens
 * to the bytes is passage.ts; Web streams are web-stream.ts.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import type { OpenOptions } from './open.js'
import { OpenPassage, type Passage, SealPassage } from './passage.js'
import type { SealOptions } from './seal.js'

type Done = (error?: Error | null) => void

/** Plaintext in, a sealed object out. The keyring is asked at once. Errors are those of sealBuffer. */
export function sealStream(options: SealOptions): Duplex {
  return new PassageStream(new SealPassage(options))
}

/**
 * A sealed object in, plaintext out, every byte checked. Errors are those of openBuffer; and a signed message
 * is refused (`InputInvalid`), as is an unframed one above the frame limit (`InputTooLarge`).
 */
export function openStream(options: OpenOptions): Duplex {
  return new PassageStream(new OpenPassage(options))
}

class PassageStream extends Duplex {
  readonly #passage: Passage
  /** What the reader has not asked for yet. */
  #pieces: Uint8Array[] = []
  #isWanted = false
  /** The writer whose bytes have been dealt with; he waits until the last piece is gone. */
  #done: Done | undefined
  #failure: Error | undefined
  #isEnded = false
  /** Until the keyring has answered. */
  #beginning: Promise<void> | undefined

  constructor(passage: Passage) {
    // With nothing read ahead, _read says that the reader has had all that was pushed.
    super({ readableHighWaterMark: 0 })
    this.#passage = passage
    // Not _construct: with nothing read ahead, Node forgets a reader who asks before that is done.
    this.#beginning = passage.begin(this.#pieces).then(() => {
      this.#beginning = undefined
    })
    // The first write or the end tells it.
    this.#beginning.catch(() => undefined)
  }

  override _write(piece: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#run(() => this.#passage.push(piece, this.#pieces), done)
  }

  override _final(done: Done): void {
    this.#run(() => {
      this.#passage.end(this.#pieces)
      this.#passage.release()
      this.#isEnded = true
    }, done)
  }

  override _read(): void {
    this.#isWanted = true
    this.#give()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#passage.release()
    this.#pieces = []
    done(error)
  }

  #run(work: () => Promise<void> | undefined | void, done: Done): void {
    const settle = (failure?: Error) => {
      if (failure !== undefined) this.#passage.release()
      this.#failure = failure
      this.#done = done
      this.#give()
    }
    let asking: Promise<void> | undefined | void
    try {
      asking = this.#beginning === undefined ? work() : this.#beginning.then(work)
    } catch (error) {
      settle(error as Error)
      return
    }
    if (asking === undefined) settle()
    else asking.then(() => settle(), settle)
  }

  #give(): void {
    if (this.#pieces.length > 0) {
      if (!this.#isWanted) return
      this.#isWanted = false
      this.push(this.#pieces.shift())
      if (this.#pieces.length > 0) return
    }
    // What was pushed and not read would be lost with the error.
    if (this.#failure !== undefined && this.readableLength > 0) return
    const done = this.#done
    this.#done = undefined
    if (this.#isEnded && done !== undefined) this.push(null)
    done?.(this.#failure)
  }
}
