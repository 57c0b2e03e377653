/**
 * Bulk work: done on the spot when it is small, on a thread when it is worth one. Callers cannot tell.
 *
 * What is given to the pool are plain Uint8Arrays that no other thread writes to (bytes/given-bytes.ts), and they
 * must stay as they are until the promise settles: one that is detached meanwhile is refused. Bytes that come back
 * are new memory of the caller's. When all threads are busy, who comes waits. What a job does is in jobs.ts, where
 * it is done is decided in inline.ts, how it gets to a thread, and what happens when that dies, is in
 * dispatch.ts.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { checkStill } from '../bytes/given-bytes.js'
import { openEngine } from '../engine/choose.js'
import type { KeyHandle } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import type { MessageHeader } from '../message/header.js'
import type { EncryptedDataKey } from '../message/keyring.js'
import { Dispatch, lend, type Run } from './dispatch.js'
import { compressesInline, opensInline, sealsInline, wrapsInline } from './inline.js'
import {
  type CompressWork,
  compress,
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
  /** For tests: another module that exports `runJob`. */
  readonly workerUrl?: URL | undefined
}

/** `dataKey` stays the caller's, and must live until the promise settles. */
export interface SealObject extends SealWork {
  readonly dataKey: KeyHandle
}
/** `header` is that of `sealed`, and views of it. */
export interface OpenObject extends OpenWork {
  readonly dataKey: KeyHandle
  readonly header: MessageHeader
}

export interface WrapBatch extends WrapWork {
  readonly wrappingKey: KeyHandle
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
   * @throws SealtrailError as openSealed and gunzip do.
   */
  openObject(object: OpenObject): Promise<Uint8Array>
  /**
   * One gzip member, and the hash of what is in it. Of memory that threads share, which nobody writes to meanwhile.
   * @throws SealtrailError as gzip does.
   */
  compress(work: CompressWork): Promise<Uint8Array>
  /** As Engine.generateDataKeys: fills the batch's own arrays. */
  wrapMany(batch: WrapBatch): Promise<void>
  /** As Engine.unwrapMany: opens the batch's own blobs in place; resolves to which of them did open. */
  unwrapMany(batch: UnwrapBatch): Promise<Uint8Array>
  /** Waits for all that was asked for, then ends the threads. Twice is fine. */
  close(): Promise<void>
}

export interface PoolCounts {
  readonly inline: number
  readonly onThread: number
  /** Jobs done again because their thread died. */
  readonly again: number
}

/** Of input that threads work on at once. */
const BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024
const WORKER_URL = new URL('./worker.js', import.meta.url)

/** Starts nothing: threads come with the first work that is worth one. */
export function openPool(options: PoolOptions = {}): Pool {
  const threads = options.threads || availableParallelism()
  const { workerUrl = WORKER_URL } = options
  return new ThreadPool(new Dispatch(threads, BYTES_IN_FLIGHT_MAX, workerUrl))
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

  async sealObject(given: SealObject): Promise<Uint8Array> {
    const { dataKey, plain, gzipLevel, encryptionContext, frameBytes } = given
    const isInline = sealsInline(dataKey.engine, plain.length, gzipLevel !== undefined)
    const encryptedDataKeys = isInline ? [] : given.encryptedDataKeys.map(tightKey)
    return await this.#bulk({
      bytes: plain,
      isInline,
      here: () => seal(openEngine(dataKey.engine), dataKey, given),
      there: (bytes, run) => {
        const parts = { encryptionContext, encryptedDataKeys, frameBytes }
        const work = { ...parts, plain: bytes, gzipLevel }
        return lend(dataKey, (key) => run({ kind: 'seal', key, work }))
      },
    })
  }

  async openObject({ dataKey, header, sealed, gunzip }: OpenObject): Promise<Uint8Array> {
    return await this.#bulk({
      bytes: sealed,
      isInline: opensInline(dataKey.engine, sealed.length, gunzip !== undefined),
      here: () => open(openEngine(dataKey.engine), dataKey, { sealed, gunzip }, header),
      there: (bytes, run) =>
        lend(dataKey, (key) => run({ kind: 'open', key, work: { sealed: bytes, gunzip } })),
    })
  }

  async compress(work: CompressWork): Promise<Uint8Array> {
    this.#checkOpen()
    if (compressesInline(work.plain.length)) {
      this.#inline++
      return compress(work)
    }
    const member = await this.#dispatch.inPlace(work.plain.length, { kind: 'compress', work })
    invariant(member !== undefined, 'what is compressed is a member')
    return member
  }

  async wrapMany(batch: WrapBatch): Promise<void> {
    const { wrappingKey, blobs, blobBytes, context, plain } = batch
    this.#checkOpen()
    if (wrapsInline(wrappingKey.engine, blobs.length / blobBytes)) {
      this.#inline++
      return wrap(openEngine(wrappingKey.engine), wrappingKey, batch)
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
  }

  async unwrapMany({ wrappingKey, ...batch }: UnwrapBatch): Promise<Uint8Array> {
    const { blobs, blobEnds, contexts, contextEnds } = batch
    const opened = new Uint8Array(blobEnds.length)
    this.#checkOpen()
    if (wrapsInline(wrappingKey.engine, blobEnds.length)) {
      this.#inline++
      unwrap(openEngine(wrappingKey.engine), wrappingKey, { ...batch, opened })
      return opened
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
    return opened
  }

  close(): Promise<void> {
    this.#closing ??= this.#dispatch.close()
    return this.#closing
  }

  async #bulk({ bytes, isInline, here, there }: Bulk): Promise<Uint8Array> {
    this.#checkOpen()
    if (isInline) {
      this.#inline++
      return here()
    }
    const size = bytes.length
    const result = await this.#dispatch.withSlab(size, (slab, run) => {
      checkStill(bytes, size)
      slab.set(bytes)
      return there(slab, run)
    })
    invariant(result !== undefined, 'bulk work has a result')
    return result
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the pool is closed')
  }
}

/** One work, to be done here or there. */
interface Bulk {
  readonly bytes: Uint8Array
  readonly isInline: boolean
  readonly here: () => Uint8Array
  readonly there: (bytes: Uint8Array, run: Run) => Promise<Uint8Array | undefined>
}

/** Copied before the job waits in line: a caller's keyring may have given them. */
function tightKey({ providerId, providerInfo, ciphertext }: EncryptedDataKey): EncryptedDataKey {
  return { providerId, providerInfo: tight(providerInfo), ciphertext: tight(ciphertext) }
}

/** These bytes alone: a clone would take all of the memory behind a view with it. */
function tight(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
