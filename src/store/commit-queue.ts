/**
 * Entries on their way to the journal.
 *
 * While one batch is on its way, everything that arrives waits, and goes as the next one: the slower the disk, the more
 * entries share a sync (group commit). A caller alone never waits for company. What is on its way is bounded in bytes;
 * beyond that, callers are sent away instead of filling the memory. What becomes of a batch is decided in
 * thread/keeper.ts.
 *
 * @module
 */
import { errorOf, SealtrailError } from '../errors.js'
import type { Entry } from './change.js'
import { EntryWriter, FACTS_OF, factsOf } from './journal/entry.js'
import type { Batch, Effect, Written } from './thread/thread-talk.js'

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** So many bytes of records go at once, while more are still being made. */
const EARLY_BYTES = 256 * 1024
/** One entry has no more. */
const ENTRY_BYTES_MAX = 16 * 1024 * 1024

export class CommitQueue {
  readonly #send: (batch: Batch) => Promise<Written>
  readonly #queueBytesMax: number
  readonly #writer = new EntryWriter()
  #waiting: Waiting[] = []
  #effects: Effect[] = []
  #sequences = 0
  /** Bytes on their way, those that are being collected too. */
  #bytes = 0
  #isUnderWay = false
  #idle: (() => void) | undefined
  #broken: unknown
  /** Batches sent. */
  batches = 0
  /** Entries answered with success. */
  commits = 0

  /**
   * `send` makes a batch durable and answers for each of its entries. When it rejects, nobody can say, and nothing
   * more is sent.
   */
  constructor(send: (batch: Batch) => Promise<Written>, queueBytesMax: number) {
    this.#send = send
    this.#queueBytesMax = queueBytesMax
  }

  /** Of entries on their way, those that are being collected too. */
  get queuedBytes(): number {
    return this.#bytes
  }

  /**
   * Resolves when the entry is durable.
   * @throws SealtrailError `StoreFailed`; `ThrottlingException` when the line is full and `InputTooLarge` when the
   * entry alone is longer than it takes; `InputInvalid` for text that would not come back as it is.
   */
  add({ changes = [], records = [], shreds = [] }: Entry): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#broken !== undefined) throw this.#broken
      const offset = this.#writer.bytes
      const bytes = this.#writer.add(changes, records)
      this.#checkRoom(offset, bytes)
      const sequences = Math.max(1, records.length)
      if (changes.length > 0 || shreds.length > 0) {
        const index = this.#waiting.length
        const isLarge = factsOf(changes) === FACTS_OF.large
        this.#effects.push({ index, offset, bytes, sequences, isLarge, shreds })
      }
      this.#sequences += sequences
      this.#bytes += bytes
      const isFirst = this.#waiting.push({ resolve, reject }) === 1
      if (this.#isUnderWay) return
      if (isFirst) setImmediate(() => this.#flush())
      else if (this.#effects.length === 0 && this.#writer.bytes >= EARLY_BYTES) this.#flush()
    })
  }

  /** Resolves when nothing is on its way. */
  async drain(): Promise<void> {
    if (!this.#isUnderWay && this.#waiting.length === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  /** Of an entry that was just added: it is taken out again when there is none. */
  #checkRoom(offset: number, bytes: number): void {
    const bytesMax = Math.min(ENTRY_BYTES_MAX, this.#queueBytesMax)
    if (this.#bytes + bytes <= this.#queueBytesMax && bytes <= bytesMax) return
    this.#writer.cut(offset)
    if (bytes > bytesMax) {
      const message = 'the entry is larger than the store takes at once'
      throw new SealtrailError('InputTooLarge', message, { bytes, bytesMax })
    }
    throw new SealtrailError('ThrottlingException', 'the disk is behind: too many writes wait', {
      queuedBytes: this.#bytes,
      queueBytesMax: this.#queueBytesMax,
    })
  }

  #flush(): void {
    if (this.#isUnderWay || this.#waiting.length === 0) return
    const waiting = this.#waiting
    const batch = {
      bytes: this.#writer.take(),
      entries: waiting.length,
      sequences: this.#sequences,
      effects: this.#effects,
    }
    this.#waiting = []
    this.#effects = []
    this.#sequences = 0
    void this.#deliver(batch, waiting)
  }

  async #deliver(batch: Batch, waiting: readonly Waiting[]): Promise<void> {
    const { length } = batch.bytes
    this.#isUnderWay = true
    this.batches++
    try {
      if (this.#broken !== undefined) throw this.#broken
      const { faults } = await this.#send(batch)
      for (const [index, fault] of faults) waiting[index]!.reject(errorOf(fault))
      this.commits += waiting.length - faults.length
      // Those that were rejected stay so.
      for (const { resolve } of waiting) resolve()
    } catch (cause) {
      // The batch may be on the disk or not. Nothing after it can be promised.
      this.#broken = cause
      for (const { reject } of waiting) reject(cause)
    } finally {
      this.#bytes -= length
      this.#isUnderWay = false
      if (this.#waiting.length === 0) this.#idle?.()
      else setImmediate(() => this.#flush())
    }
  }
}
