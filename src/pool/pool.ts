/**
 * Bulk work: done on the spot when it is small, on a thread when it is worth one. Callers cannot tell.
 *
 * Inputs go to threads in slabs (slabs.ts), results come back as new memory of the caller's. Who comes when
 * all threads are busy waits (line.ts). A thread that dies is replaced, and its job done again from the
 * caller's input, which must keep its bytes until the promise settles; a job whose input was given away
 * fails as `WorkerDied`, which may be tried again. What a job is, is in jobs.ts; where it runs, in
 * inline.ts; the threads are in crew.ts.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { openEngine } from '../engine/choose.js'
import type { KeyHandle } from '../engine/engine.js'
import { isSealtrailError, SealtrailError } from '../errors.js'
import { gzip } from '../gzip/gzip.js'
import { Crew } from './crew.js'
import { compressesInline, opensInline, sealsInline, wrapsInline } from './inline.js'
import {
  type GzipWork,
  type Job,
  type OpenWork,
  open,
  type SealWork,
  type SharedKey,
  seal,
  type UnwrapWork,
  unwrap,
  type WrapWork,
  wrap,
} from './jobs.js'
import { Line } from './line.js'
import { Slabs } from './slabs.js'
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

/** `dataKey` stays the caller's, who must not release it before the promise settles. */
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
const ATTEMPTS_MAX = 3
const WORKER_URL = new URL('./worker.js', import.meta.url)

/** Starts nothing: threads come with the first work that is worth one. */
export function openPool(options: PoolOptions = {}): Pool {
  const threads = options.threads || availableParallelism()
  const { bytesInFlightMax = BYTES_IN_FLIGHT_MAX, workerUrl = WORKER_URL } = options
  return new ThreadPool(new Line(threads, bytesInFlightMax), new Crew(threads, workerUrl))
}

class ThreadPool implements Pool {
  readonly counts = { inline: 0, onThread: 0, again: 0 }
  readonly #line: Line
  readonly #crew: Crew
  readonly #slabs = new Slabs()
  #unsettled = 0
  #drained: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(line: Line, crew: Crew) {
    this.#line = line
    this.#crew = crew
  }

  async sealObject({ dataKey, transfer, ...given }: SealObject): Promise<Uint8Array> {
    const { plain, gzipLevel, encryptionContext, frameBytes } = given
    return await this.#bulk({
      bytes: plain,
      transfer,
      isInline: sealsInline(dataKey.engine, plain.length, gzipLevel !== undefined),
      here: (bytes) => seal(openEngine(dataKey.engine), dataKey, { ...given, plain: bytes }),
      job: (bytes) => {
        const encryptedDataKeys = given.encryptedDataKeys.map((key) => ({
          providerId: key.providerId,
          providerInfo: tight(key.providerInfo),
          ciphertext: tight(key.ciphertext),
        }))
        const parts = { encryptionContext, encryptedDataKeys, frameBytes }
        return { kind: 'seal', key: share(dataKey), work: { ...parts, plain: bytes, gzipLevel } }
      },
    })
  }

  async openObject({ dataKey, sealed, gunzip, transfer }: OpenObject): Promise<Uint8Array> {
    return await this.#bulk({
      bytes: sealed,
      transfer,
      isInline: opensInline(dataKey.engine, sealed.length, gunzip !== undefined),
      here: (bytes) => open(openEngine(dataKey.engine), dataKey, { sealed: bytes, gunzip }),
      job: (bytes) => ({ kind: 'open', key: share(dataKey), work: { sealed: bytes, gunzip } }),
    })
  }

  async gzip({ plain, level, transfer }: GzipObject): Promise<Uint8Array> {
    return await this.#bulk({
      bytes: plain,
      transfer,
      isInline: compressesInline(plain.length),
      here: (bytes) => gzip(bytes, level),
      job: (bytes) => ({ kind: 'gzip', work: { plain: bytes, level } }),
    })
  }

  async wrapMany<Plain extends Uint8Array | undefined>(batch: WrapBatch<Plain>) {
    const { wrappingKey, blobs, blobBytes, context, plain } = batch
    this.#checkOpen()
    if (wrapsInline(wrappingKey.engine, blobs.length / blobBytes)) {
      this.counts.inline++
      wrap(openEngine(wrappingKey.engine), wrappingKey, batch)
      return { blobs, plain }
    }
    await this.#inSlab(blobs.length + (plain?.length ?? 0), async (slab) => {
      const sharedBlobs = slab.subarray(0, blobs.length)
      const sharedPlain = plain && slab.subarray(blobs.length)
      sharedBlobs.set(blobs)
      const work = { blobs: sharedBlobs, blobBytes, context: tight(context), plain: sharedPlain }
      await this.#crew.run({ kind: 'wrap', key: share(wrappingKey), work })
      blobs.set(sharedBlobs)
      if (sharedPlain !== undefined) plain!.set(sharedPlain)
      wipe(slab)
    })
    return { blobs, plain }
  }

  async unwrapMany({ wrappingKey, ...batch }: UnwrapBatch) {
    const { blobs, blobEnds, contexts, contextEnds } = batch
    const opened = new Uint8Array(blobEnds.length)
    this.#checkOpen()
    if (wrapsInline(wrappingKey.engine, blobEnds.length)) {
      this.counts.inline++
      unwrap(openEngine(wrappingKey.engine), wrappingKey, { ...batch, opened })
      return { blobs, opened }
    }
    const openedAt = blobs.length + contexts.length
    await this.#inSlab(openedAt + opened.length, async (slab) => {
      const work = {
        blobs: slab.subarray(0, blobs.length),
        blobEnds: blobEnds.slice(),
        contexts: slab.subarray(blobs.length, openedAt),
        contextEnds: contextEnds.slice(),
        opened: slab.subarray(openedAt),
      }
      work.blobs.set(blobs)
      work.contexts.set(contexts)
      await this.#crew.run({ kind: 'unwrap', key: share(wrappingKey), work })
      blobs.set(work.blobs)
      opened.set(work.opened)
      wipe(slab)
    })
    return { blobs, opened }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (this.#unsettled > 0) await new Promise<void>((drained) => (this.#drained = drained))
      await this.#crew.close()
    })()
    return this.#closing
  }

  async #bulk({ bytes, transfer, isInline, here, job }: Bulk): Promise<Uint8Array> {
    this.#checkOpen()
    const taken = transfer ? takeOver(bytes) : undefined
    if (isInline) {
      this.counts.inline++
      try {
        return here(taken ?? bytes)
      } finally {
        if (taken !== undefined) wipe(taken)
      }
    }
    const make = async (source: Uint8Array, moved: ArrayBuffer[]) =>
      (await this.#crew.run(job(source), moved))!
    if (taken !== undefined) {
      const size = taken.length
      // Once it has gone to a thread, its view here is empty.
      const isStillHere = () => taken.length === size
      return await this.#inLine(size, () => make(taken, [taken.buffer]), isStillHere)
    }
    return await this.#inSlab(bytes.length, async (slab) => {
      slab.set(bytes)
      return await make(slab, [])
    })
  }

  /** `work` leaves nothing secret in its slab, unless it fails. */
  async #inSlab<T>(
    bytes: number,
    work: (slab: Uint8Array<SharedArrayBuffer>) => Promise<T>,
  ): Promise<T> {
    return await this.#inLine(bytes, async () => {
      const slab = this.#slabs.take(bytes)
      try {
        return await work(slab)
      } catch (error) {
        wipe(slab)
        throw error
      } finally {
        this.#slabs.give(slab)
      }
    })
  }

  async #inLine<T>(
    bytes: number,
    work: () => Promise<T>,
    mayRepeat: () => boolean = () => true,
  ): Promise<T> {
    this.counts.onThread++
    this.#unsettled++
    try {
      return await this.#line.pass(bytes, () => this.#persist(work, mayRepeat))
    } finally {
      if (--this.#unsettled === 0) this.#drained?.()
    }
  }

  async #persist<T>(work: () => Promise<T>, mayRepeat: () => boolean): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const isDeath = isSealtrailError(error, 'WorkerDied')
        if (!isDeath || attempt === ATTEMPTS_MAX || !mayRepeat()) throw error
        this.counts.again++
      }
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the pool is closed')
  }
}

interface Bulk extends Given {
  readonly bytes: Uint8Array
  readonly isInline: boolean
  readonly here: (bytes: Uint8Array) => Uint8Array
  readonly job: (bytes: Uint8Array) => Job
}

function share(key: KeyHandle): SharedKey {
  return { engine: key.engine, shared: openEngine(key.engine).shareKey(key) }
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
