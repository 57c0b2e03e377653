/**
 * The records that a trail takes, read from the journal and put together by region and slot: what its files will hold.
 *
 * The same stretch of the journal gives the same files, whenever it is read. A stretch ends where a record's time is not
 * yet to be delivered, where a file is large enough, or where the journal ends.
 *
 * @module
 */
import { quote } from '../../audit/json.js'
import { inProfile, type Profile } from '../../audit/profile.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { Store } from '../../store/store.js'
import type { Scope } from '../selectors/selectors.js'
import { type EventRecord, takes } from '../selectors/selects.js'
import type { BatchFile, Trail } from '../trails/trail.js'

/** Plain bytes in all, behind which a batch is delivered; what the stretch holds that goes beyond stays in. */
const BATCH_BYTES_MAX = 16 * 1024 * 1024

export interface Stretch {
  readonly after: number
  /** Records behind it are not looked at. */
  readonly until: number
  readonly scope: Scope
  /** Records of this time and later are left for later; milliseconds since the epoch. */
  readonly before: number
  readonly slotMs: number
}

export interface Gathered {
  /** The last record that was looked at. */
  readonly upTo: number
  /** In the order of their regions and slots. */
  readonly files: readonly GatheredFile[]
  /** Whether there is more that could be delivered now. */
  readonly isMore: boolean
}

export interface GatheredFile extends BatchFile {
  readonly records: readonly string[]
  /** As they stand in the records. */
  readonly oldest: string
  readonly newest: string
}

type Filling = { -readonly [Member in keyof GatheredFile]: GatheredFile[Member] } & {
  records: string[]
}

export async function gather(
  store: Pick<Store, 'records'>,
  trail: Trail,
  stretch: Stretch,
): Promise<Gathered> {
  const { after, until, scope, before, slotMs } = stretch
  const files = new Map<string, Filling>()
  const done = (upTo: number, isMore: boolean): Gathered => {
    const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
    return { upTo, files: sorted, isMore }
  }
  let [upTo, bytes] = [after, 0]
  let query: RecordQuery | undefined = {
    after,
    holding: [`"recipientAccountId":${quote(trail.account)}`],
  }
  while (query !== undefined) {
    const page = await store.records(query)
    for (const { seq, record } of page.records) {
      if (seq > until) return done(Math.min(until, seq - 1), false)
      const event = JSON.parse(record) as EventRecord
      const time = Date.parse(event.eventTime)
      // What is further ahead is of a clock that was set back since.
      if (time >= before && time < before + 2 * slotMs) return done(seq - 1, false)
      upTo = seq
      if (event.recipientAccountId !== trail.account || !takes(scope, trail.region, event)) continue
      add(files, event, record, Math.floor(time / slotMs + 1) * slotMs)
      bytes += record.length
      if (bytes >= BATCH_BYTES_MAX) return done(upTo, true)
    }
    query = page.next
    upTo = Math.min(until, Math.max(upTo, query?.after ?? upTo))
    if (upTo >= until) break
  }
  return done(upTo, false)
}

function add(
  files: Map<string, Filling>,
  { awsRegion: region, eventTime }: EventRecord,
  record: string,
  slotEnd: number,
): void {
  const name = `${region} ${String(slotEnd).padStart(16, '0')}`
  const file = files.get(name)
  if (file === undefined) {
    files.set(name, { region, slotEnd, records: [record], oldest: eventTime, newest: eventTime })
    return
  }
  file.records.push(record)
  if (eventTime < file.oldest) file.oldest = eventTime
  if (eventTime > file.newest) file.newest = eventTime
}

/** The bytes of a log file, before they are compressed. */
export function textOf({ records }: GatheredFile, profile: Profile): Buffer {
  const events = records.map((record) => inProfile(record, profile))
  return Buffer.from(`{"Records":[${events.join(',')}]}`)
}
