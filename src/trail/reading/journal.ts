/**
 * Where in the journal the records of a time lie.
 *
 * Records stand in the order in which they became durable, and have the times at which their calls began: nearly the same
 * order. So a time is looked for by halving, and a margin read beside it.
 *
 * @module
 */
import type { RecordQuery, StoredRecord } from '../../store/journal/records.js'
import type { Store } from '../../store/store.js'
import { lastRecord } from '../operations/find-trail.js'
import { DISORDER_MS } from '../operations/lookup-events.js'

type Records = Pick<Store, 'records'>

/** The sequence number behind which the records of `time` and later lie. @throws SealtrailError `StoreDamaged`, `Closed` */
export function seqBefore(store: Records, time: number): Promise<number> {
  return seqAt(store, time - DISORDER_MS)
}

/** The sequence number up to which the records before `time` lie. @throws SealtrailError `StoreDamaged`, `Closed` */
export function seqBehind(store: Records, time: number): Promise<number> {
  return seqAt(store, time + DISORDER_MS)
}

/** Records that hold all these texts, of `after` < sequence number ≤ `upTo`. */
export async function* recordsBetween(
  store: Records,
  holding: readonly string[],
  { after, upTo }: { readonly after: number; readonly upTo: number },
): AsyncGenerator<StoredRecord> {
  let query: RecordQuery | undefined = { after, holding }
  while (query !== undefined && (query.after ?? 0) < upTo) {
    const page = await store.records(query)
    for (const record of page.records) if (record.seq <= upTo) yield record
    query = page.next
  }
}

/** The smallest number behind which the first record has this time, or a later one. */
async function seqAt(store: Records, time: number): Promise<number> {
  let [low, high] = [0, await lastRecord(store)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const next = await firstBehind(store, middle)
    if (next === undefined || timeOf(next) >= time) high = middle
    else low = Math.max(middle + 1, Math.min(high, next.seq))
  }
  return low
}

async function firstBehind(store: Records, after: number): Promise<StoredRecord | undefined> {
  let query: RecordQuery | undefined = { after, holding: [] }
  while (query !== undefined) {
    const page = await store.records(query)
    if (page.records[0] !== undefined) return page.records[0]
    query = page.next
  }
  return undefined
}

function timeOf({ record }: StoredRecord): number {
  return Date.parse((JSON.parse(record) as { readonly eventTime: string }).eventTime)
}
