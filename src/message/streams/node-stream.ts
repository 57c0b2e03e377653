/**
 * Sealing and opening as Node streams.
 *
 * A piece goes out when the reader asks for one, and not before: an error that comes after it cannot overtake
 * it, as it would in a Transform, where destroy() drops what has not been read. So when frame k is damaged, the
 * reader gets frames 1 to k - 1 and then the error, never a clean end. The writer waits meanwhile; he hears of
 * each write once, when its bytes are his again, however the stream ends. What happens to the bytes is
 * passage.ts; Web streams are web-stream.ts.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import type { GunzipBounds } from '../../gzip/bounds.js'
import { GunzipStage } from '../../gzip/gunzip-stage.js'
import { GzipStage } from '../../gzip/gzip.js'
import type { OpenOptions } from '../open.js'
import type { SealOptions } from '../seal.js'
import { JoinedPassage } from './joined-passage.js'
import { type Asked, OpenPassage, type Passage, SealPassage, writtenBytes } from './passage.js'

type Done = (error?: Error | null) => void
type Work = () => ReturnType<Passage['end']>

/**
 * Plaintext in, a sealed object out; compressed first at level `gzip`, if there is one. The keyring is asked at
 * once. Errors are those of the keyring, sealMessage and gzip.
 */
export function sealStream(options: SealOptions, gzip?: number): Duplex {
  const stage = gzip === undefined ? undefined : new GzipStage(gzip)
  const sealing = new SealPassage(options)
  return new PassageStream(stage === undefined ? sealing : new JoinedPassage(stage, sealing))
}

/**
 * A sealed object in, plaintext out, every byte checked; unpacked within the bounds of `gunzip`, if there are
 * any. Errors are those of the keyring, openSealed and gunzip; and a signed message is refused (`InputInvalid`), as is an
 * unframed one above the frame limit (`InputTooLarge`).
 */
export function openStream(options: OpenOptions, gunzip?: GunzipBounds): Duplex {
  const opening = new OpenPassage(options)
  if (gunzip === undefined) return new PassageStream(opening)
  return new PassageStream(new JoinedPassage(opening, new GunzipStage(gunzip)))
}

class PassageStream extends Duplex {
  readonly #passage: Passage
  /** What the reader has not asked for yet. */
  readonly #pieces: Uint8Array[] = []
  #isWanted = false
  /** The write, or the end, that is being dealt with; it waits until the last piece is gone. */
  #done: Done | undefined
  /** How the passage dealt with it. */
  #outcome: { readonly failure?: Error } | undefined
  /** The passage, when it waits for the reader before it goes on. */
  #waiting: { resolve(): void; reject(error: Error): void } | undefined
  #isEnding = false
  /** Until the keyring has answered. */
  #beginning: Promise<void> | undefined

  constructor(passage: Passage) {
    // With nothing read ahead, _read says that the reader has had all that was pushed.
    super({ readableHighWaterMark: 0 })
    this.#passage = passage
    // Not _construct: with nothing read ahead, Node forgets a reader who asks before that is done.
    this.#beginning = passage.begin?.(this.#pieces)?.then(() => {
      this.#beginning = undefined
    })
    // The first write or the end tells it.
    this.#beginning?.catch(() => undefined)
  }

  override _write(piece: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#run(() => this.#passage.push(writtenBytes(piece), this.#pieces, this.#taken), done)
  }

  override _final(done: Done): void {
    this.#isEnding = true
    this.#run(() => this.#passage.end(this.#pieces, this.#taken), done)
  }

  override _read(): void {
    this.#isWanted = true
    this.#give()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#passage.release()
    for (const piece of this.#pieces.splice(0)) piece.fill(0)
    const waits = this.#done
    this.#done = undefined
    if (waits !== undefined) {
      const told = error ?? destroyed()
      this.#waiting?.reject(told)
      // Node tells the writes behind this one when this one has been told.
      process.nextTick(waits, told)
    }
    done(error)
  }

  #run(work: Work, done: Done): void {
    this.#done = done
    let working: ReturnType<Work>
    try {
      working =
        this.#beginning === undefined
          ? work()
          : this.#beginning.then(() => (this.destroyed ? undefined : work()))
    } catch (error) {
      this.#fail(error)
      return
    }
    if (working === undefined) this.#settle({})
    else {
      working.then(
        () => this.#settle({}),
        (reason) => this.#fail(reason),
      )
    }
  }

  #fail(reason: unknown): void {
    // To Node, no reason would be no failure.
    this.#settle({ failure: (reason || new Error('failed, and did not say why')) as Error })
  }

  #settle(outcome: { readonly failure?: Error }): void {
    if (this.destroyed) return
    if (outcome.failure !== undefined || this.#isEnding) this.#passage.release()
    this.#outcome = outcome
    this.#give()
  }

  readonly #taken: Asked = () =>
    new Promise<void>((resolve, reject) => {
      if (this.destroyed) {
        reject(destroyed())
        return
      }
      this.#waiting = { resolve, reject }
      this.#give()
    })

  #give(): void {
    if (this.#pieces.length > 0) {
      if (!this.#isWanted) return
      this.#isWanted = false
      this.push(this.#pieces.shift())
      if (this.#pieces.length > 0) return
    }
    this.#waiting?.resolve()
    this.#waiting = undefined
    const done = this.#done
    if (this.#outcome === undefined || done === undefined) return
    const { failure } = this.#outcome
    // What was pushed and not read would be lost with the error.
    if (failure !== undefined && this.readableLength > 0) return
    this.#done = undefined
    this.#outcome = undefined
    if (this.#isEnding && failure === undefined) this.push(null)
    done(failure)
  }
}

/** What Node tells a writer whose stream is no more. */
function destroyed(): Error {
  const error = new Error('Cannot call write after a stream was destroyed')
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' })
}
