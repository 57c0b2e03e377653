/**
 * Bulk work: done on the spot when it is small, on a thread when it is worth one. Callers cannot tell.
 *
 * What is given to the pool must stay as it is until the promise settles; bytes that come back are new
 * memory of the caller's. When all threads are busy, who comes waits. What a job does is in jobs.ts, where
 * it is done is decided in inline.ts, how it gets to a thread, and what happens when that dies, is in
 * dispatch.ts.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { openEngine } from '../engine/choose.js'
import type { KeyHandle } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { gzip } from '../gzip/gzip.js'
import { invariant } from '../invariant.js'
import { Dispatch, lend, type Run } from './dispatch.js'
import { compressesInline, opensInline, sealsInline, wrapsInline } from './inline.js'
import {
  type GzipWork,
  type OpenWork,
  open,
  type SealWork,
  seal,
  type UnwrapWork,
  unwrap,
  type WrapWork,
  wrap,
} from './jobs.js'
import { wipe } from './wipe.js'

export interface PoolOptions {
  /** Threads for bulk work; 0, and unless given: one for each core. */
  readonly threads?: number | undefined
  /** Bytes of input that threads work on at once; 256 MiB unless given. */
  readonly bytesInFlightMax?: number | undefined
  /** For tests: another module that exports `runJob`. */
  readonly workerUrl?: URL | undefined
}

interface Given {
  /** The bytes are the pool's from now on, if they fill their ArrayBuffer: the caller's view is empty. */
  readonly transfer?: boolean | undefined
}

/** `dataKey` stays the caller's, and must live until the promise settles. */
export interface SealObject extends SealWork, Given {
  readonly dataKey: KeyHandle
}
export interface OpenObject extends OpenWork, Given {
  readonly dataKey: KeyHandle
}
export interface GzipObject extends GzipWork, Given {}

export interface WrapBatch<Plain extends Uint8Array | undefined> extends WrapWork {
  readonly wrappingKey: KeyHandle
  readonly plain: Plain
}
export interface UnwrapBatch extends Omit<UnwrapWork, 'opened'> {
  readonly wrappingKey: KeyHandle
}

/** Every method rejects with `Closed` after close, and with `WorkerDied` when threads keep dying. */
export interface Pool {
  /** How often work went where; for tests and measurements. */
  readonly counts: PoolCounts

  /**
   * A whole sealed object, compressed first when `gzipLevel` is given.
   * @throws SealtrailError as sealMessage and gzip do.
   */
  sealObject(object: SealObject): Promise<Uint8Array>
  /**
   * The plaintext of a whole sealed object, unpacked when `gunzip` is given.
   * @throws SealtrailError as parseHeader, openSealed and gunzip do.
   */
  openObject(object: OpenObject): Promise<Uint8Array>
  /** One gzip member. @throws SealtrailError as gzip does */
  gzip(object: GzipObject): Promise<Uint8Array>
  /** As Engine.generateDataKeys: fills the batch's own arrays, and gives them back. */
  wrapMany<Plain extends Uint8Array | undefined>(
    batch: WrapBatch<Plain>,
  ): Promise<{ readonly blobs: Uint8Array; readonly plain: Plain }>
  /** As Engine.unwrapMany: opens the batch's own blobs in place, and gives them back. */
  unwrapMany(
    batch: UnwrapBatch,
  ): Promise<{ readonly blobs: Uint8Array; readonly opened: Uint8Array }>
  /** Waits for all that was asked for, then ends the threads. Twice is fine. */
  close(): Promise<void>
}

export interface PoolCounts {
  readonly inline: number
  readonly onThread: number
  /** Jobs done again because their thread died. */
  readonly again: number
}

const BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024
const WORKER_URL = new URL('./worker.js', import.meta.url)

/** Starts nothing: threads come with the first work that is worth one. */
export function openPool(options: PoolOptions = {}): Pool {
  const threads = options.threads || availableParallelism()
  const { bytesInFlightMax = BYTES_IN_FLIGHT_MAX, workerUrl = WORKER_URL } = options
  return new ThreadPool(new Dispatch(threads, bytesInFlightMax, workerUrl))
}

class ThreadPool implements Pool {
  readonly #dispatch: Dispatch
  #inline = 0
  #closing: Promise<void> | undefined

  constructor(dispatch: Dispatch) {
    this.#dispatch = dispatch
  }

  get counts(): PoolCounts {
    return { inline: this.#inline, ...this.#dispatch.counts }
  }

  async sealObject({ dataKey, transfer, ...given }: SealObject): Promise<Uint8Array> {
    const { plain, gzipLevel, encryptionContext, frameBytes } = given
    return await this.#bulk({
      bytes: plain,
      transfer,
      isInline: sealsInline(dataKey.engine, plain.length, gzipLevel !== undefined),
      here: (bytes) => seal(openEngine(dataKey.engine), dataKey, { ...given, plain: bytes }),
      there: (bytes, run) => {
        const encryptedDataKeys = given.encryptedDataKeys.map((key) => ({
          providerId: key.providerId,
          providerInfo: tight(key.providerInfo),
          ciphertext: tight(key.ciphertext),
        }))
        const parts = { encryptionContext, encryptedDataKeys, frameBytes }
        const work = { ...parts, plain: bytes, gzipLevel }
        return lend(dataKey, (key) => run({ kind: 'seal', key, work }))
      },
    })
  }

  async openObject({ dataKey, sealed, gunzip, transfer }: OpenObject): Promise<Uint8Array> {
    return await this.#bulk({
      bytes: sealed,
      transfer,
      isInline: opensInline(dataKey.engine, sealed.length, gunzip !== undefined),
      here: (bytes) => open(openEngine(dataKey.engine), dataKey, { sealed: bytes, gunzip }),
      there: (bytes, run) =>
        lend(dataKey, (key) => run({ kind: 'open', key, work: { sealed: bytes, gunzip } })),
    })
  }

  async gzip({ plain, level, transfer }: GzipObject): Promise<Uint8Array> {
    return await this.#bulk({
      bytes: plain,
      transfer,
      isInline: compressesInline(plain.length),
      here: (bytes) => gzip(bytes, level),
      there: (bytes, run) => run({ kind: 'gzip', work: { plain: bytes, level } }),
    })
  }

  async wrapMany<Plain extends Uint8Array | undefined>(batch: WrapBatch<Plain>) {
    const { wrappingKey, blobs, blobBytes, context, plain } = batch
    this.#checkOpen()
    if (wrapsInline(wrappingKey.engine, blobs.length / blobBytes)) {
      this.#inline++
      wrap(openEngine(wrappingKey.engine), wrappingKey, batch)
      return { blobs, plain }
    }
    const slabBytes = blobs.length + (plain?.length ?? 0)
    await this.#dispatch.withSlab(slabBytes, async (slab, run) => {
      const work = {
        blobs: slab.subarray(0, blobs.length),
        blobBytes,
        context: tight(context),
        plain: plain && slab.subarray(blobs.length),
      }
      work.blobs.set(blobs)
      await lend(wrappingKey, (key) => run({ kind: 'wrap', key, work }))
      blobs.set(work.blobs)
      if (work.plain !== undefined) plain?.set(work.plain)
      wipe(slab)
    })
    return { blobs, plain }
  }

  async unwrapMany({ wrappingKey, ...batch }: UnwrapBatch) {
    const { blobs, blobEnds, contexts, contextEnds } = batch
    const opened = new Uint8Array(blobEnds.length)
    this.#checkOpen()
    if (wrapsInline(wrappingKey.engine, blobEnds.length)) {
      this.#inline++
      unwrap(openEngine(wrappingKey.engine), wrappingKey, { ...batch, opened })
      return { blobs, opened }
    }
    const openedAt = blobs.length + contexts.length
    await this.#dispatch.withSlab(openedAt + opened.length, async (slab, run) => {
      const work = {
        blobs: slab.subarray(0, blobs.length),
        blobEnds: blobEnds.slice(),
        contexts: slab.subarray(blobs.length, openedAt),
        contextEnds: contextEnds.slice(),
        opened: slab.subarray(openedAt),
      }
      work.blobs.set(blobs)
      work.contexts.set(contexts)
      await lend(wrappingKey, (key) => run({ kind: 'unwrap', key, work }))
      blobs.set(work.blobs)
      opened.set(work.opened)
      wipe(slab)
    })
    return { blobs, opened }
  }

  close(): Promise<void> {
    this.#closing ??= this.#dispatch.close()
    return this.#closing
  }

  async #bulk({ bytes, transfer, isInline, here, there }: Bulk): Promise<Uint8Array> {
    this.#checkOpen()
    const taken = transfer ? takeOver(bytes) : undefined
    if (isInline) {
      this.#inline++
      try {
        return here(taken ?? bytes)
      } finally {
        if (taken !== undefined) wipe(taken)
      }
    }
    const result =
      taken === undefined
        ? await this.#dispatch.withSlab(bytes.length, (slab, run) => {
            slab.set(bytes)
            return there(slab, run)
          })
        : await this.#dispatch.withMoved(taken, (run) => there(taken, run))
    invariant(result !== undefined, 'bulk work has a result')
    return result
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the pool is closed')
  }
}

/** One work, to be done here or there. */
interface Bulk extends Given {
  readonly bytes: Uint8Array
  readonly isInline: boolean
  readonly here: (bytes: Uint8Array) => Uint8Array
  readonly there: (bytes: Uint8Array, run: Run) => Promise<Uint8Array | undefined>
}

/** These bytes alone: a clone would take all of the memory behind a view with it. */
function tight(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** The bytes as our own, or undefined when they cannot be had without others beside them. */
function takeOver(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { buffer } = bytes
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes.length) return undefined
  try {
    return new Uint8Array(structuredClone(buffer, { transfer: [buffer] }))
  } catch {
    return undefined
  }
}
