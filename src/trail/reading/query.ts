/**
 * Events of the past, from delivered log files and from the journal: each once, in the order of time.
 *
 *     window: log files of its time → the journal of its time → in order → the reader → the next window …
 *
 * Neither has all: the journal has what is not delivered yet and what no trail takes, files have what the journal keeps no
 * more. What both have is the same event, by its id, and is told as the journal has it: others may put objects beside log
 * files. A window is some days long, and shorter where there is more in it than
 * there is room for; nothing is held beyond it. Log files are read as the caller, whose uses of keys are recorded.
 *
 * @module
 */
import { printableJson } from '../../audit/json.js'
import { SealtrailError } from '../../errors.js'
import { givenText } from '../../given.js'
import { DISORDER_MS } from '../operations/lookup-events.js'
import type { TrailParts } from '../parts.js'
import {
  type DeliveredName,
  eventsIn,
  type FilePlace,
  filesFrom,
  MINUTE_MS,
  SLOT_MS_MAX,
} from './files.js'
import {
  checkTime,
  type EventFilter,
  eventOf,
  fits,
  givenFilter,
  holdingOf,
  type ReadRecord,
  type TrailEvent,
} from './filter.js'
import { recordsBetween, seqBefore, seqBehind } from './journal.js'
import { type Place, Window } from './window.js'

const DAY_MS = 24 * 60 * 60 * 1000
/** As LookupEvents. */
const DAYS_MS = 90 * DAY_MS

export interface QueryFilter extends EventFilter {
  /** Before this time; up to now unless said. */
  readonly until?: Date | undefined
  /** Log files of this trail only, by its name or ARN; of all trails unless said. */
  readonly trail?: string | undefined
}

/** @throws SealtrailError `InputInvalid` */
export function givenQuery(given: QueryFilter): QueryFilter {
  const filter = givenFilter(given)
  checkTime(filter.until, 'until')
  const { from, until, trail } = filter
  if (trail !== undefined) givenText(trail, 'trail')
  if (from !== undefined && until !== undefined && from > until) {
    throw new SealtrailError('InputInvalid', 'from is later than until')
  }
  return filter
}

export interface Query {
  readonly account: string
  readonly filter: QueryFilter
  readonly places: readonly FilePlace[]
}

type Parts = Pick<TrailParts, 'store' | 'profile' | 'clock'>

/** @throws SealtrailError as reading log files does: `AccessDeniedException`, `NoSuchBucket`, `ObjectDamaged`, … */
export async function* queried(parts: Parts, query: Query): AsyncGenerator<TrailEvent, undefined> {
  const { filter } = query
  const now = parts.clock.now()
  const end = filter.until?.getTime() ?? now + 1
  const read = new Files(query)
  let from: Place = { time: filter.from?.getTime() ?? Math.min(now, end) - DAYS_MS, id: '' }
  for (let span = DAY_MS; from.time < end; ) {
    const wanted = Math.min(end, from.time + span)
    const window = new Window(from, { time: wanted, id: '' })
    await read.into(window)
    await readJournal(parts, query, window)
    if (window.hasUnwitnessed) await readWitnessed(parts, query, window)
    for (const { seq, record } of window.inOrder()) {
      if (filter.signal?.aborted) return undefined
      yield { seq, record, event: JSON.parse(record) as ReadRecord }
    }
    if (filter.signal?.aborted) return undefined
    // Where there is little, more of it at once.
    span = window.until.time === wanted ? 2 * span : DAY_MS
    from = window.until
  }
  return undefined
}

async function readJournal(
  { store, profile }: Parts,
  { account, filter }: Query,
  window: Window,
): Promise<void> {
  const holding = holdingOf(filter, account)
  for await (const { seq, record } of recordsBetween(store, holding, await seqsOf(store, window))) {
    if (filter.signal?.aborted) return
    const event = JSON.parse(record) as ReadRecord
    const time = Date.parse(event.eventTime)
    if (time >= window.end + DISORDER_MS) return
    if (!window.spans(time) || event.recipientAccountId !== account || !fits(filter, event))
      continue
    window.take({
      id: event.eventID,
      time,
      seq,
      record: eventOf(seq, event, record, profile).record,
    })
  }
}

/** What the journal has of the window's time, and does not fit: a file that says otherwise under its id is not believed. */
async function readWitnessed(
  { store }: Parts,
  { account, filter }: Query,
  window: Window,
): Promise<void> {
  const holding = holdingOf({}, account)
  for await (const { record } of recordsBetween(store, holding, await seqsOf(store, window))) {
    if (filter.signal?.aborted) return
    const { eventID, recipientAccountId } = JSON.parse(record) as ReadRecord
    if (recipientAccountId === account) window.witness(eventID)
  }
}

async function seqsOf(store: Parts['store'], window: Window) {
  const after = await seqBefore(store, window.from.time)
  return { after, upTo: await seqBehind(store, window.end) }
}

interface Span {
  readonly slotEnd: number
  readonly oldest: number
  readonly newest: number
}

class Files {
  readonly #query: Query
  /** Of files that may hold events behind the window; a name says when a slot ends, and not how long it was. */
  readonly #spans = new Map<string, Span>()

  constructor(query: Query) {
    this.#query = query
  }

  async into(window: Window): Promise<void> {
    const { filter, places } = this.#query
    for (const [id, { slotEnd }] of this.#spans) {
      if (slotEnd + MINUTE_MS <= window.from.time) this.#spans.delete(id)
    }
    for await (const file of filesFrom(places, window.from.time)) {
      if (filter.signal?.aborted || file.slotEnd - SLOT_MS_MAX >= window.end) return
      const span = this.#spans.get(idOf(file))
      if (span && (span.newest < window.from.time || span.oldest >= window.end)) continue
      await this.#read(file, window)
    }
  }

  async #read(file: DeliveredName, window: Window): Promise<void> {
    const { filter } = this.#query
    let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const { event, text } of await eventsIn(file)) {
      const time = Date.parse(event.eventTime)
      if (time < oldest) oldest = time
      if (time > newest) newest = time
      if (!window.spans(time) || !fits(filter, event)) continue
      const record = printableJson(text)
      window.take({ id: event.eventID, time, seq: undefined, record })
    }
    this.#spans.set(idOf(file), { slotEnd: file.slotEnd, oldest, newest })
  }
}

function idOf({ place, key }: DeliveredName): string {
  return `${place.bucket}/${key}`
}
