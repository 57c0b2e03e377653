/**
 * Records as they were written, in the order in which they became durable.
 *
 * A small reader for people and tests; looking up by resource or time comes with the trails.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { givenMembers, unlike } from '../given.js'
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

/**
 * @param owner the account whose records alone are read, whatever the filter says.
 * @throws SealtrailError `InputInvalid`, `StoreFailed`, `Closed`.
 */
export async function readRecords(
  store: Pick<Store, 'query' | 'read'>,
  given: RecordFilter = {},
  owner?: string,
): Promise<StoredRecord[]> {
  const members = givenMembers(given, 'a filter of records')
  const filter = owner === undefined ? members : { ...members, account: owner }
  checkFilter(filter)
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

function checkFilter({ afterSeq, limit, ...texts }: RecordFilter): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text !== undefined && typeof text !== 'string') throw unlike(name, 'a string', text)
  }
  if (afterSeq !== undefined && !Number.isSafeInteger(afterSeq)) {
    throw unlike('afterSeq', 'a whole number', afterSeq)
  }
  if (limit !== undefined && (typeof limit !== 'number' || Number.isNaN(limit))) {
    throw new SealtrailError('InputInvalid', `limit is a number from 1 to ${RECORDS_MAX}`)
  }
}
