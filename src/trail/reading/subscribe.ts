/**
 * Events as they become durable, for one reader after the other: each reads the journal, at his own pace.
 *
 *     permission, recorded → from now, a time or a number on: a stretch of the journal → what fits → its end → a commit → …
 *
 * Nothing is kept for a reader who is slow: he is behind, and the journal has it. Nobody looks while nothing happens: the
 * store says when something may have become durable. What comes within a moment is read together.
 *
 * @module
 */
import { setTimeout as rest } from 'node:timers/promises'
import type { Profile } from '../../audit/profile.js'
import { unlike } from '../../given.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { Store } from '../../store/store.js'
import { lastRecord } from '../operations/find-trail.js'
import {
  type EventFilter,
  eventOf,
  givenFilter,
  holdingOf,
  isWanted,
  type ReadRecord,
  type TrailEvent,
} from './filter.js'
import { seqBefore } from './journal.js'

/** A stretch is read at most so often: commits may come thousands a second. */
const MOMENT_MS = 25

export interface SubscriptionFilter extends EventFilter {
  /** Events behind this record; from now on unless said, and unless `from` is. */
  readonly afterSeq?: number | undefined
}

interface Parts {
  readonly store: Pick<Store, 'records' | 'onRecords'>
  readonly profile: Profile
}

type May = (filter: EventFilter) => Promise<void>

/** Ends when its reader returns, when the signal of the filter aborts, and when the house closes. */
export type Subscription = AsyncIterableIterator<TrailEvent, undefined>

export class Subscriptions {
  readonly #parts: Parts
  readonly #open = new Set<AbortController>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Begins at once, with the record of this very call at the latest, whenever the first event is asked for.
   * @param may leaves the record of it; what it rejects with, the first event does.
   * @throws SealtrailError `InputInvalid`
   */
  open(account: string, given: SubscriptionFilter, may: May): Subscription {
    const filter = givenSubscription(given)
    const begun = this.#begin(filter, may)
    // The first event tells it.
    begun.catch(() => undefined)
    const end = new AbortController()
    const events = this.#events(begun, account, filter, end)
    const subscription: Subscription = {
      [Symbol.asyncIterator]: () => subscription,
      next: () => events.next(),
      return() {
        // Whoever waits for an event is not waited for.
        end.abort()
        return events.return(undefined)
      },
    }
    return subscription
  }

  /** Ends all of them. */
  close(): void {
    for (const end of this.#open) end.abort()
  }

  /** The number behind which events are read. */
  async #begin(filter: SubscriptionFilter, may: May): Promise<number> {
    const { store } = this.#parts
    const { afterSeq, from } = filter
    const now = afterSeq === undefined && from === undefined ? lastRecord(store) : undefined
    const after = afterSeq ?? (await now)
    await may(filter)
    return after ?? (await seqBefore(store, from!.getTime()))
  }

  async *#events(
    begun: Promise<number>,
    account: string,
    filter: SubscriptionFilter,
    end: AbortController,
  ): AsyncGenerator<TrailEvent, undefined> {
    const { store, profile } = this.#parts
    const given = filter.signal
    const signal = given === undefined ? end.signal : AbortSignal.any([end.signal, given])
    const bell = new Bell(store, signal)
    this.#open.add(end)
    try {
      let query: RecordQuery = { after: await begun, holding: holdingOf(filter, account) }
      while (!signal.aborted) {
        bell.hush()
        const page = await store.records(query)
        for (const { seq, record } of page.records) {
          const event = JSON.parse(record) as ReadRecord
          if (!isWanted(filter, account, event)) continue
          if (signal.aborted) return undefined
          yield eventOf(seq, event, record, profile)
        }
        if (page.next === undefined) await bell.rung()
        else query = page.next
      }
      return undefined
    } finally {
      bell.release()
      this.#open.delete(end)
    }
  }
}

/** Rings when something may have become durable, and when somebody wants an end. */
class Bell {
  readonly #signal: AbortSignal
  readonly #forget: () => void
  #isRung = false
  #wake: () => void = () => undefined

  constructor(store: Pick<Store, 'onRecords'>, signal: AbortSignal) {
    this.#signal = signal
    this.#forget = store.onRecords(this.#ring)
    signal.addEventListener('abort', this.#ring)
  }

  /** What rang before is known. */
  hush(): void {
    this.#isRung = false
  }

  /** Resolves a moment after it rings, or has rung. */
  async rung(): Promise<void> {
    if (!this.#isRung) await new Promise<void>((resolve) => (this.#wake = resolve))
    await rest(MOMENT_MS, undefined, { signal: this.#signal }).catch(() => undefined)
  }

  release(): void {
    this.#forget()
    this.#signal.removeEventListener('abort', this.#ring)
  }

  readonly #ring = (): void => {
    this.#isRung = true
    this.#wake()
  }
}

function givenSubscription(given: SubscriptionFilter): SubscriptionFilter {
  const filter = givenFilter(given)
  const { afterSeq } = filter
  if (afterSeq === undefined || (Number.isSafeInteger(afterSeq) && afterSeq >= 0)) return filter
  throw unlike('afterSeq', 'a sequence number', afterSeq)
}
