/**
 * Sealing and opening as Web streams, for pipeThrough.
 *
 * A piece goes out when a reader asks for one, and not before: an error that comes after it cannot overtake
 * it, as it would in a TransformStream, which drops what is queued when it fails. The writer waits meanwhile.
 * What happens to the bytes is passage.ts; Node streams are node-stream.ts.
 *
 * @module
 */
import {
  ReadableStream,
  type ReadableStreamDefaultController,
  type ReadableWritablePair,
  WritableStream,
  type WritableStreamDefaultController,
} from 'node:stream/web'
import type { OpenOptions } from '../open.js'
import type { SealOptions } from '../seal.js'
import { OpenPassage, type Passage, SealPassage, writtenBytes } from './passage.js'

export type BytesPair = ReadableWritablePair<Uint8Array, Uint8Array>

/** As sealStream of node-stream.ts. */
export function sealWebStream(options: SealOptions): BytesPair {
  return webStream(new SealPassage(options))
}

/** As openStream of node-stream.ts. */
export function openWebStream(options: OpenOptions): BytesPair {
  return webStream(new OpenPassage(options))
}

function webStream(passage: Passage): BytesPair {
  let reader!: ReadableStreamDefaultController<Uint8Array>
  let writer!: WritableStreamDefaultController
  let over: { readonly reason: unknown } | undefined
  const pieces: Uint8Array[] = []
  const demand = new Demand()

  /** The reader hears of it, the writer no longer waits for him. */
  function stop(reason: unknown): void {
    if (over !== undefined) return
    over = { reason }
    passage.release()
    for (const piece of pieces.splice(0)) piece.fill(0)
    reader.error(reason)
    demand.rise()
  }

  async function wanted(): Promise<void> {
    await demand.comes()
    if (over !== undefined) throw over.reason
  }

  async function taken(): Promise<void> {
    while (pieces.length > 0) {
      await wanted()
      reader.enqueue(pieces.shift()!)
    }
  }

  /** Hands on what `work` brings, and what it brought before it failed. */
  async function pass(work: () => ReturnType<Passage['end']>): Promise<void> {
    let failed: { readonly reason: unknown } | undefined
    try {
      await work()
    } catch (reason) {
      failed = { reason }
    }
    await taken()
    if (over !== undefined) throw over.reason
    if (failed === undefined) return
    // What a reader has asked for and not fetched would be lost with the error.
    if (reader.desiredSize! < 0) await wanted()
    stop(failed.reason)
    throw failed.reason
  }

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reader = controller
      },
      pull: () => demand.rise(),
      cancel(reason) {
        stop(reason)
        writer.error(reason)
      },
    },
    // Nothing is read ahead: pull comes when a reader waits.
    { highWaterMark: 0 },
  )
  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      writer = controller
      // At once; an abort() method would be called only when no write is waiting for a reader.
      const { signal } = controller as WritableStreamDefaultController & { signal: AbortSignal }
      signal.addEventListener('abort', () => stop(signal.reason))
      return pass(() => passage.begin?.(pieces))
    },
    write: (bytes) => pass(() => passage.push(writtenBytes(bytes), pieces, taken)),
    async close() {
      await pass(() => passage.end(pieces, taken))
      over = { reason: undefined }
      passage.release()
      reader.close()
    },
  })
  return { readable, writable }
}

/** That a reader waits for a piece. */
class Demand {
  #isThere = false
  #wake: (() => void) | undefined

  rise(): void {
    this.#isThere = true
    this.#wake?.()
  }

  /** Waits for the demand, and takes it. */
  async comes(): Promise<void> {
    if (!this.#isThere) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#isThere = false
  }
}
