/**
 * Who reads the records behind the calls: one after the other, from a cursor on, and never in front of a call.
 *
 * What was answered natively stands in the journal only, so that is where it is counted. Calls that are alike come as
 * one (store/journal/alike.ts): a key that is used ten thousand times a second is a few lines a second here.
 *
 * @module
 */
import { isSealtrailError } from '../errors.js'
import type { RecordQuery, StoredRecord } from '../store/journal/records.js'
import type { Store } from '../store/store.js'
import { ALIKE_CALLS } from './key-use.js'

const FOLLOW_MS = 5000

/** Somebody who is told of records: the newest of those alike, and how many they are. */
export type RecordListener = (record: Required<StoredRecord>) => void

export class Follower {
  readonly #store: Pick<Store, 'records'>
  readonly #tell: RecordListener
  /** Behind a run of the timer. */
  readonly #settle: () => Promise<void>
  readonly #timer: NodeJS.Timeout
  #after: number
  #isClosing = false
  #running: Promise<void> | undefined
  /** One for all who asked while another was under way. */
  #next: Promise<void> | undefined

  constructor(
    store: Pick<Store, 'records'>,
    after: number,
    tell: RecordListener,
    settle: () => Promise<void>,
  ) {
    this.#store = store
    this.#after = after
    this.#tell = tell
    this.#settle = settle
    this.#timer = setInterval(() => void this.#tick(), FOLLOW_MS).unref()
  }

  /** Of the last record that was told. */
  get after(): number {
    return this.#after
  }

  /**
   * Resolves when all has been told that was in the journal when this was asked.
   * @throws SealtrailError `StoreDamaged`, `StoreFailed`, `Closed`
   */
  async follow(): Promise<void> {
    if (this.#running === undefined && this.#next === undefined) return await this.#begin()
    // What came meanwhile may not be in the run that is under way.
    this.#next ??= this.#behind(this.#running)
    await this.#next
  }

  async #behind(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined)
    this.#next = undefined
    await this.#begin()
  }

  #begin(): Promise<void> {
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await (this.#next ?? this.#running)?.catch(() => undefined)
  }

  async #run(): Promise<void> {
    let query: RecordQuery | undefined = { after: this.#after, holding: [], alike: ALIKE_CALLS }
    while (query !== undefined && !this.#isClosing) {
      const page = await this.#store.records(query)
      for (const { count = 1, ...record } of page.records) this.#tell({ ...record, count })
      query = page.next
      if (query?.after !== undefined) this.#after = query.after
    }
  }

  async #tick(): Promise<void> {
    if (this.#running !== undefined) return
    try {
      await this.follow()
      await this.#settle()
    } catch (error) {
      // The store says itself what it can do no more; whoever asks is told.
      if (!isSealtrailError(error)) throw error
    }
  }
}
