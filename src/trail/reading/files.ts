/**
 * Log files as they lie in a bucket now, in the order of their slots: their names say which.
 *
 *     AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
 *
 * Names sort by time, so that a listing begins where a time does; a page of it is held for each region. Read as the caller,
 * whose uses of keys are recorded as those of any reader. Source: docs/FORMAT.md §11.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { S3 } from '../../s3/s3.js'
import { timeText } from '../delivery/names.js'
import { logsPrefix } from '../delivery/service.js'
import { pagesBelow, readFile } from '../validation/read.js'
import type { ReadRecord } from './filter.js'
import { recordTexts } from './record-texts.js'

/** The longest slot that can be set (config.ts): the events of a file are of the hour before its time, or less. */
export const SLOT_MS_MAX = 60 * 60 * 1000
/** Names say minutes, and slots may end within one. */
export const MINUTE_MS = 60 * 1000

/** Where a trail delivers, and who reads there. */
export interface FilePlace {
  readonly s3: S3
  readonly bucket: string
  readonly prefix: string | undefined
  readonly account: string
}

export interface DeliveredName {
  readonly place: FilePlace
  readonly key: string
  /** The minute in which the slot ends that its events are of. */
  readonly slotEnd: number
}

const NAME =
  /\/(\d{4})\/(\d\d)\/(\d\d)\/\d{12}_CloudTrail_[a-z0-9-]+_\1\2\3T(\d\d)(\d\d)Z_[^/]+\.json\.gz$/

/** Those whose slots end after `from`, of all regions of all places, in that order. */
export async function* filesFrom(
  places: readonly FilePlace[],
  from: number,
): AsyncGenerator<DeliveredName> {
  const lists = []
  for (const place of places) {
    for (const region of await regionsOf(place)) lists.push(filesOf(place, region, from))
  }
  const heads = await Promise.all(lists.map(async (list) => ({ list, head: await headOf(list) })))
  for (;;) {
    let first: (typeof heads)[number] | undefined
    for (const one of heads) {
      if (one.head && (!first?.head || one.head.slotEnd < first.head.slotEnd)) first = one
    }
    if (first?.head === undefined) return
    yield first.head
    first.head = await headOf(first.list)
  }
}

/** A record as it stands in a log file. */
export interface LogRecord {
  readonly text: string
  /** The same, parsed. */
  readonly event: ReadRecord
}

/** A log file that was read. */
export interface LogFile {
  readonly plain: Uint8Array
  /** From the first on, one at a time. @throws SealtrailError `ObjectDamaged`, behind the last that is one. */
  records(): Iterable<LogRecord>
}

/**
 * The events of a file, one at a time.
 * @throws SealtrailError as {@link readLogFile}
 */
export async function eventsIn({ place, key }: DeliveredName): Promise<Iterable<LogRecord>> {
  const file = await readLogFile(place, key)
  return file.records()
}

/** @throws SealtrailError as GetObject; `ObjectDamaged` for what is no log file; `NoSuchKey` for one that is gone. */
export async function readLogFile(
  { s3, bucket }: Pick<FilePlace, 's3' | 'bucket'>,
  object: string,
): Promise<LogFile> {
  const file = await readFile(s3, { bucket, object })
  if (file === 'missing') {
    throw new SealtrailError('NoSuchKey', `s3://${bucket}/${object} is not there any more`)
  }
  const says = `s3://${bucket}/${object} is no log file as trails deliver them`
  if (file === 'damaged') throw new SealtrailError('ObjectDamaged', says)
  const { plain } = file
  return { plain, records: () => recordsIn(plain, says) }
}

/** Regions of which there are log files. */
export async function regionsOf(place: FilePlace): Promise<string[]> {
  return await foldersIn(place, `${logsPrefix(place.account, place.prefix)}CloudTrail/`)
}

/** What stands between `below`, which ends with a slash, and the next one. */
export async function foldersIn({ s3, bucket }: FilePlace, below: string): Promise<string[]> {
  const names: string[] = []
  for await (const { CommonPrefixes = [] } of pagesBelow(s3, bucket, below, { Delimiter: '/' })) {
    for (const { Prefix } of CommonPrefixes) names.push(Prefix.slice(below.length, -1))
  }
  return names
}

async function* filesOf(
  place: FilePlace,
  region: string,
  from: number,
): AsyncGenerator<DeliveredName> {
  const { s3, bucket, prefix, account } = place
  const below = `${logsPrefix(account, prefix)}CloudTrail/${region}/`
  const [date, clock] = timeText(Math.max(0, from - MINUTE_MS))
    .slice(0, 16)
    .split('T') as [string, string]
  const stamp = `${date.replaceAll('-', '')}T${clock.replace(':', '')}`
  const first = `${below}${date.replaceAll('-', '/')}/${account}_CloudTrail_${region}_${stamp}`
  for await (const page of pagesBelow(s3, bucket, below, { StartAfter: first })) {
    for (const { Key: key } of page.Contents ?? []) {
      const slotEnd = slotEndOf(key)
      if (slotEnd !== undefined && slotEnd + MINUTE_MS > from) yield { place, key, slotEnd }
    }
  }
}

/** Of a log file, by its name; undefined for another object. */
export function slotEndOf(key: string): number | undefined {
  const [, year, month, day, hour, minute] = NAME.exec(key) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`)
  return Number.isNaN(time) ? undefined : time
}

function* recordsIn(plain: Uint8Array, says: string): Generator<LogRecord, void> {
  const texts = recordTexts(plain)
  let step = texts.next()
  for (; step.done !== true; step = texts.next()) {
    const event = recordIn(step.value)
    if (event === undefined) break
    yield { text: step.value, event }
  }
  if (step.done !== true || !step.value) throw new SealtrailError('ObjectDamaged', says)
}

/** Each is told from others, and has its place in time: ingest asks for no more of what a reader needs. */
function recordIn(text: string): ReadRecord | undefined {
  try {
    const event = JSON.parse(text) as Readonly<Record<keyof ReadRecord, unknown>>
    const { eventID, eventTime } = event
    const isInTime = typeof eventTime === 'string' && !Number.isNaN(Date.parse(eventTime))
    return typeof eventID === 'string' && isInTime ? (event as ReadRecord) : undefined
  } catch {
    return undefined
  }
}

async function headOf(list: AsyncGenerator<DeliveredName>): Promise<DeliveredName | undefined> {
  const { value, done } = await list.next()
  return done ? undefined : value
}
