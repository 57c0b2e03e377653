/**
 * Records as they were written, in the order in which they became durable.
 *
 * A small reader for people and tests; looking up by resource or time comes with the trails. The store finds records
 * that hold a text; whether that text is the member that was meant is seen here.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { givenMembers, unlike } from '../given.js'
import type { RecordPage, RecordQuery, StoredRecord } from '../store/journal/records.js'
import type { Store } from '../store/store.js'
import { quote } from './json.js'

export type { StoredRecord } from '../store/journal/records.js'

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

const RECORDS_MAX = 1000
const FILTERS = [
  ['account', 'recipientAccountId'],
  ['region', 'awsRegion'],
  ['eventSource', 'eventSource'],
  ['eventName', 'eventName'],
  ['eventId', 'eventID'],
] as const

/**
 * @param owner the account whose records alone are read, whatever the filter says.
 * @throws SealtrailError `InputInvalid`, `StoreFailed`, `Closed`.
 */
export async function readRecords(
  store: Pick<Store, 'records'>,
  given: RecordFilter = {},
  owner?: string,
): Promise<StoredRecord[]> {
  const members = givenMembers(given, 'a filter of records')
  const filter = owner === undefined ? members : { ...members, account: owner }
  checkFilter(filter)
  const { afterSeq, limit = 50 } = filter
  const wanted = Math.min(Math.max(1, Math.trunc(limit)), RECORDS_MAX)
  const sought = soughtIn(filter)
  const holding = sought.map(([name, text]) => `${quote(name)}:${quote(text)}`)
  let query: RecordQuery | undefined = { holding, after: afterSeq }
  const found: StoredRecord[] = []
  while (query !== undefined && found.length < wanted) {
    const page: RecordPage = await store.records(query)
    found.push(...page.records.filter(({ record }) => isSought(record, sought)))
    query = page.next
  }
  return found.slice(0, wanted)
}

/** Members of a record, and what they must be. */
function soughtIn(filter: RecordFilter): Array<readonly [name: string, text: string]> {
  return FILTERS.flatMap(([member, name]) => {
    const text = filter[member]
    return text === undefined ? [] : [[name, text] as const]
  })
}

/** The text may also stand deeper in the record, where a caller has put it. */
function isSought(record: string, sought: ReadonlyArray<readonly [string, string]>): boolean {
  if (sought.length === 0) return true
  const members = JSON.parse(record) as Record<string, unknown>
  return sought.every(([name, text]) => members[name] === text)
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
