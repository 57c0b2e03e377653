/**
 * Groups of writes in line for the disk.
 *
 * While one batch is on its way, everything that arrives waits, and goes as the next one: the slower the
 * disk, the more groups share a sync (group commit). A caller alone never waits for company. The line is
 * bounded in bytes; beyond that, callers are sent away instead of filling the memory.
 *
 * What becomes of a batch is decided in view/transaction.ts, on the store's thread.
 *
 * @module
 */
import { errorOf, SealtrailError } from '../errors.js'
import type { Batch, Outcome, Write } from './view/thread-talk.js'

/** A batch holds no more than this, so that a read does not wait long behind it. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024
const BATCH_GROUPS_MAX = 4096

interface Waiting {
  readonly writes: readonly Write[]
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class CommitQueue {
  readonly #send: (batch: Batch) => Promise<readonly Outcome[]>
  readonly #queueBytesMax: number
  #waiting: Waiting[] = []
  #queuedBytes = 0
  #running: Promise<void> | undefined
  #broken: unknown
  /** Batches sent. */
  batches = 0
  /** Groups answered with success. */
  groups = 0

  /**
   * `send` makes a batch durable and answers for each of its groups. It rejects when nobody can say,
   * and is not called again.
   */
  constructor(send: (batch: Batch) => Promise<readonly Outcome[]>, queueBytesMax: number) {
    this.#send = send
    this.#queueBytesMax = queueBytesMax
  }

  /**
   * Resolves when the group is durable.
   * @throws SealtrailError `StoreConflict`, `StoreFailed`; `ThrottlingException` when the line is full and
   * `InputTooLarge` when the group alone is longer than it.
   */
  async add(writes: readonly Write[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    const bytes = sizeOf(writes)
    if (bytes > this.#queueBytesMax) {
      throw new SealtrailError(
        'InputTooLarge',
        'the writes are larger than the store takes at once',
        {
          bytes,
          bytesMax: this.#queueBytesMax,
        },
      )
    }
    if (this.#queuedBytes + bytes > this.#queueBytesMax) {
      throw new SealtrailError('ThrottlingException', 'the disk is behind: too many writes wait', {
        queuedBytes: this.#queuedBytes,
        queueBytesMax: this.#queueBytesMax,
      })
    }
    this.#queuedBytes += bytes
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ writes, bytes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when the line is empty. */
  async drain(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Let the rest of this tick's groups come along.
    await undefined
    while (this.#waiting.length > 0) {
      const groups = this.#next()
      await this.#deliver(groups)
      for (const { bytes } of groups) this.#queuedBytes -= bytes
    }
    this.#running = undefined
  }

  async #deliver(groups: readonly Waiting[]): Promise<void> {
    try {
      if (this.#broken !== undefined) throw this.#broken
      this.batches++
      const outcomes = await this.#send(groups.map(({ writes }) => writes))
      for (const [i, { resolve, reject }] of groups.entries()) {
        const fault = outcomes[i]
        if (fault !== undefined) reject(errorOf(fault))
        else {
          this.groups++
          resolve()
        }
      }
    } catch (cause) {
      // The batch may be on the disk or not. Nothing after it can be promised.
      this.#broken = cause
      for (const { reject } of groups) reject(this.#broken)
    }
  }

  /** Takes the next batch's groups out of the line. */
  #next(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const group of this.#waiting) {
      bytes += group.bytes
      if (count > 0 && (bytes > BATCH_BYTES_MAX || count === BATCH_GROUPS_MAX)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}

/** About what a group takes in memory and on its way: text counts two bytes a character. */
function sizeOf(writes: readonly Write[]): number {
  let bytes = 0
  for (const [, ...parameters] of writes) {
    bytes += 64
    for (const value of parameters) {
      if (typeof value === 'string') bytes += 2 * value.length
      else if (value instanceof Uint8Array) bytes += value.length
      else bytes += 8
    }
  }
  return bytes
}
