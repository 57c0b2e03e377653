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

/** What the first look at a stretch holds it to; the next ones find in it what that found. */
export interface Bounds {
  readonly filesMax: number
  readonly regionsMax: number
}

/** A batch is written anew with each of its files; whoever makes up regions makes so many chains of digests, and no more. */
export const BATCH_BOUNDS: Bounds = { filesMax: 100, regionsMax: 40 }
export const AS_FOUND: Bounds = { filesMax: Number.POSITIVE_INFINITY, regionsMax: 0 }

export interface Stretch {
  readonly after: number
  /** Records behind it are not looked at. */
  readonly until: number
  readonly scope: Scope
  /** Records of this time and later are left for later; milliseconds since the epoch. */
  readonly before: number
  readonly slotMs: number
  /** Other regions than the trail's that have files of their own already; undefined where all have. */
  readonly regions: readonly string[] | undefined
  readonly bounds: Bounds
}

export interface Gathered {
  /** The last record that was looked at. */
  readonly upTo: number
  /** Other regions than the trail's that have files of their own. */
  readonly regions: readonly string[]
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
  const { after, until, scope, before, slotMs, bounds } = stretch
  const files = new Map<string, Filling>()
  const regions = new Set(stretch.regions)
  // What is of further regions is in the files of the trail's own.
  const regionOf = ({ awsRegion }: EventRecord): string => {
    if (stretch.regions === undefined || awsRegion === trail.region) return awsRegion
    if (regions.size < bounds.regionsMax) regions.add(awsRegion)
    return regions.has(awsRegion) ? awsRegion : trail.region
  }
  const done = (upTo: number, isMore: boolean): Gathered => {
    const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
    return { upTo, regions: [...regions], files: sorted, isMore }
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
      if (event.recipientAccountId !== trail.account || !takes(scope, trail.region, event)) {
        upTo = seq
        continue
      }
      const place = { region: regionOf(event), slotEnd: Math.floor(time / slotMs + 1) * slotMs }
      if (files.size >= bounds.filesMax && !files.has(nameOf(place))) return done(seq - 1, true)
      upTo = seq
      add(files, place, event.eventTime, record)
      bytes += record.length
      if (bytes >= BATCH_BYTES_MAX) return done(upTo, true)
    }
    query = page.next
    upTo = Math.min(until, Math.max(upTo, query?.after ?? upTo))
    if (upTo >= until) break
  }
  return done(upTo, false)
}

function nameOf({ region, slotEnd }: BatchFile): string {
  return `${region} ${String(slotEnd).padStart(16, '0')}`
}

function add(
  files: Map<string, Filling>,
  place: BatchFile,
  eventTime: string,
  record: string,
): void {
  const file = files.get(nameOf(place))
  if (file === undefined) {
    const filling = { ...place, records: [record], oldest: eventTime, newest: eventTime }
    files.set(nameOf(place), filling)
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
