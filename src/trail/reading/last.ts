/**
 * The newest records that fit a filter, as many as are wanted.
 *
 * @module
 */
import type { Profile } from '../../audit/profile.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { Store } from '../../store/store.js'
import { lastRecord } from '../operations/find-trail.js'
import {
  type EventFilter,
  eventOf,
  holdingOf,
  isWanted,
  type ReadRecord,
  type TrailEvent,
} from './filter.js'

interface Parts {
  readonly store: Pick<Store, 'records'>
  readonly profile: Profile
}

/**
 * @returns them, oldest first, and the number of the record up to which was looked.
 * @throws SealtrailError `StoreDamaged`, `StoreFailed`
 */
export async function lastEvents(
  { store, profile }: Parts,
  account: string,
  filter: EventFilter,
  count: number,
): Promise<{ readonly events: readonly TrailEvent[]; readonly upTo: number }> {
  const upTo = await lastRecord(store)
  const events: TrailEvent[] = []
  let query: RecordQuery | undefined = { before: upTo + 1, holding: holdingOf(filter, account) }
  while (query !== undefined && events.length < count) {
    const page = await store.records(query)
    for (const { seq, record } of page.records) {
      const event = JSON.parse(record) as ReadRecord
      if (events.length === count) break
      if (isWanted(filter, account, event)) events.push(eventOf(seq, event, record, profile))
    }
    query = page.next
  }
  return { events: events.reverse(), upTo }
}
