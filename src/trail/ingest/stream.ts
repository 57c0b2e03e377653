/**
 * A stream of events into log files, in bounded memory: one batch is filled while those before it are on their way.
 *
 *     pieces → batch … → delivered, several at once → acknowledged, one after the other
 *
 * Full places push back: a piece is asked for when there is room for it. A batch ends when it is full, or when its oldest
 * event has waited long enough. What fails ends the stream; all that was begun has then come to its end, and the error says
 * how many events are safe. Source: docs/FORMAT.md §11.1.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { TrailParts } from '../parts.js'
import type { Trail } from '../trails/trail.js'
import { Batch, type BatchLimits, type Room, roomOf } from './batch.js'
import { deliverBatch } from './deliver.js'
import type { Pieces } from './source.js'

/** How far a stream has come: all of it is safe. */
export interface Ingested {
  readonly events: number
  /** Of the events, as they came. */
  readonly bytes: number
  /** Log files that were put. */
  readonly files: number
  /** Log files that were there already: the same events, sent again. */
  readonly knownFiles: number
}

export const NOTHING_INGESTED: Ingested = { events: 0, bytes: 0, files: 0, knownFiles: 0 }

export interface StreamOptions extends BatchLimits {
  readonly ageMs: number
  /** Called when more is safe. What it throws ends the stream. */
  readonly onProgress: (ingested: Ingested) => void
  /** When nobody may go on. */
  readonly closing: AbortSignal
}

/** On their way: as many as keep two threads and a disk busy. */
const BATCHES_MAX = 3

/** @throws SealtrailError as deliverBatch and the pieces do, `Closed`; `detail.events` are safe. */
export async function ingestStream(
  parts: TrailParts,
  trail: Trail,
  pieces: Pieces,
  options: StreamOptions,
): Promise<Ingested> {
  const stream = new Stream(parts, trail, options)
  try {
    await stream.run(pieces)
    return stream.ingested
  } catch (error) {
    pieces.end()
    if (!isSealtrailError(error)) throw error
    const { code, message, detail } = error
    const { events } = stream.ingested
    throw new SealtrailError(code, message, { ...detail, events }, { cause: error })
  }
}

class Stream {
  readonly #parts: TrailParts
  readonly #trail: Trail
  readonly #options: StreamOptions
  /** Of batches that are done. */
  readonly #rooms: Room[] = []
  #batch: Batch
  #isDue = false
  #timer: NodeJS.Timeout | undefined
  /** The oldest first; each settles behind those before it. */
  readonly #underWay: Array<Promise<void>> = []
  #last: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  /** Wakes whoever waits for a piece. */
  #wake = () => {}
  ingested = NOTHING_INGESTED

  constructor(parts: TrailParts, trail: Trail, options: StreamOptions) {
    this.#parts = parts
    this.#trail = trail
    this.#options = options
    this.#batch = new Batch(roomOf(options.bytes), options, 1)
  }

  async run(pieces: Pieces): Promise<void> {
    const { closing } = this.#options
    const wake = () => this.#wake()
    closing.addEventListener('abort', wake)
    try {
      await this.#fill(pieces)
    } catch (error) {
      // What came before it is delivered, unless that is what failed.
      if (this.#failure === undefined) this.#begin(this.#batch)
      throw error
    } finally {
      closing.removeEventListener('abort', wake)
      clearTimeout(this.#timer)
      await Promise.allSettled(this.#underWay)
    }
    await this.#last
  }

  async #fill(pieces: Pieces): Promise<void> {
    for (;;) {
      const piece = await this.#next(pieces)
      if (piece === undefined) break
      for (let at = 0; at < piece.length; ) {
        at += this.#batch.take(at === 0 ? piece : piece.subarray(at))
        while (this.#batch.isFull) await this.#change()
      }
      if (this.#batch.events > 0) this.#startTimer()
    }
    this.#batch.end()
    await this.#place()
    this.#begin(this.#batch)
  }

  /** @throws whatever has failed meanwhile; `Closed` */
  async #next(pieces: Pieces): Promise<Uint8Array | undefined> {
    let come: (() => Uint8Array | undefined) | undefined
    const comes = (answer: () => Uint8Array | undefined) => {
      come = answer
      this.#wake()
    }
    pieces.next().then(
      (piece) => comes(() => piece),
      (error: unknown) =>
        comes(() => {
          throw error
        }),
    )
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#options.closing.aborted) throw new SealtrailError('Closed', 'the house is closed')
      if (this.#isDue) await this.#change()
      else if (come !== undefined) return come()
      else {
        await new Promise<void>((wake) => {
          this.#wake = wake
        })
      }
    }
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#isDue = true
      this.#wake()
    }, this.#options.ageMs)
  }

  /** The batch goes its way, and another one begins with what it had over. */
  async #change(): Promise<void> {
    await this.#place()
    const full = this.#batch
    const room = this.#rooms.pop() ?? roomOf(this.#options.bytes)
    this.#batch = new Batch(room, this.#options, full.line)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = false
    try {
      full.moveRest(this.#batch)
    } finally {
      this.#begin(full)
    }
  }

  /** Waits until another batch may be on its way. */
  async #place(): Promise<void> {
    while (this.#underWay.length >= BATCHES_MAX) await this.#underWay[0]
  }

  #begin(batch: Batch): void {
    if (batch.events === 0) return
    const done = this.#deliver(batch, this.#last).finally(() => {
      this.#rooms.push(batch.room)
      this.#underWay.splice(this.#underWay.indexOf(done), 1)
    })
    done.catch((error: unknown) => this.#fail(error))
    this.#last = done
    this.#underWay.push(done)
  }

  async #deliver(batch: Batch, before: Promise<void>): Promise<void> {
    const [one] = await Promise.allSettled([deliverBatch(this.#parts, this.#trail, batch), before])
    await before
    if (one.status === 'rejected') throw one.reason
    const { events, bytes, files, knownFiles } = this.ingested
    this.ingested = {
      events: events + batch.events,
      bytes: bytes + batch.bytes,
      files: files + one.value.files,
      knownFiles: knownFiles + one.value.knownFiles,
    }
    this.#options.onProgress(this.ingested)
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake()
  }
}
