/**
 * Records as they were written, in the order in which they became durable.
 *
 * A small reader for people and tests; looking up by resource or time comes with the trails.
 *
 * @module
 */
import type { Store } from '../store/store.js'

/** Every member narrows. */
export interface RecordFilter {
  readonly account?: string
  readonly region?: string
  readonly eventSource?: string
  readonly eventName?: string
  readonly eventId?: string
  /** Only records after this `seq`, oldest first; without it the newest come first. */
  readonly afterSeq?: number
  /** 1 to 1000; 50 unless said. */
  readonly limit?: number
}

export interface StoredRecord {
  /** Grows from record to record; numbers may be missing, none comes twice. */
  readonly seq: number
  /** One line of JSON, byte for byte as it was appended. */
  readonly record: string
}

const RECORDS_MAX = 1000

/** @throws SealtrailError `StoreFailed`, `Closed`. */
export async function readRecords(
  store: Pick<Store, 'query' | 'read'>,
  filter: RecordFilter = {},
): Promise<StoredRecord[]> {
  const { account, region, eventSource, eventName, eventId, afterSeq, limit = 50 } = filter
  let query = store.query
    .selectFrom('audit_record')
    .select(['seq', 'record'])
    .orderBy('seq', afterSeq === undefined ? 'desc' : 'asc')
    .limit(Math.min(Math.max(1, Math.trunc(limit)), RECORDS_MAX))
  if (account !== undefined) query = query.where('account', '=', account)
  if (region !== undefined) query = query.where('region', '=', region)
  if (eventSource !== undefined) query = query.where('event_source', '=', eventSource)
  if (eventName !== undefined) query = query.where('event_name', '=', eventName)
  if (eventId !== undefined) query = query.where('event_id', '=', eventId)
  if (afterSeq !== undefined) query = query.where('seq', '>', afterSeq)
  return await store.read(query.compile())
}
