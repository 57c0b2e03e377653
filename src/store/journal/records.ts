/**
 * Records read from the journal, a stretch of it at a time, so that commits go on in between.
 *
 * What is looked for is looked for as text, in the bytes: records that do not hold it are passed over at the speed of
 * memory. A record that holds it may still not mean it; that is for the asker to see.
 *
 * @module
 */
import { type Alike, newestAlike, type RecordBytes } from './alike.js'
import type { SegmentIndex, Stretch } from './segment-index.js'
import { bytesOf, entriesIn, known, lastOf } from './stretches.js'

export interface RecordQuery {
  /** Only records behind this sequence number, oldest first. */
  readonly after?: number | undefined
  /** Only records before it, newest first; without both, all, newest first. */
  readonly before?: number | undefined
  /** Texts that are in a record's JSON, all of them. */
  readonly holding: readonly string[]
  /** Of records that are alike, the newest of those that are read together stands for all. */
  readonly alike?: Alike | undefined
}

export interface StoredRecord {
  /** Grows from record to record; numbers may be missing, none comes twice. */
  readonly seq: number
  /** One line of JSON, byte for byte as it was appended. */
  readonly record: string
  /** For how many it stands; only where that was asked. */
  readonly count?: number
}

export interface RecordPage {
  readonly records: readonly StoredRecord[]
  /** The query that goes on from here; undefined at the journal's end. */
  readonly next: RecordQuery | undefined
}

/** The records of one stretch. @throws SealtrailError `StoreDamaged` */
export function readRecordPage(segments: readonly SegmentIndex[], query: RecordQuery): RecordPage {
  const { after, before, holding, alike } = query
  const isForward = after !== undefined
  const sought = isForward ? after + 1 : Math.min(before ?? Infinity, lastOf(segments) + 1) - 1
  const first = segments[0]!.head.firstSequence
  const from = isForward ? Math.max(sought, first) : sought
  const segment = segments.findLast(({ head }) => head.firstSequence <= from)
  if (segment === undefined || from > lastOf(segments)) return { records: [], next: undefined }
  const stretch = known(segments, segment).stretchOf(from)
  const all = recordsIn(
    segment,
    stretch,
    holding.map((text) => Buffer.from(text)),
  )
  const wanted = all.filter(({ seq }) => (isForward ? seq > after : seq <= from))
  const told = alike === undefined ? wanted : newestAlike(wanted, alike)
  const records = told.map((found) => ({ ...found, record: found.record.toString('utf8') }))
  if (isForward) return { records, next: { ...query, after: stretch.nextSequence - 1 } }
  const isFirst = stretch.firstSequence <= first
  const next = { ...query, before: stretch.firstSequence }
  return { records: records.reverse(), next: isFirst ? undefined : next }
}

function recordsIn(
  segment: SegmentIndex,
  stretch: Stretch,
  holding: readonly Buffer[],
): RecordBytes[] {
  const bytes = bytesOf(segment, stretch)
  if (holding.some((text) => !bytes.includes(text))) return []
  const found: RecordBytes[] = []
  for (const { sequence, entry } of entriesIn(segment, stretch, bytes)) {
    for (const [i, record] of entry.records.entries()) {
      if (!holding.every((text) => record.includes(text))) continue
      found.push({ seq: sequence + i, record })
    }
  }
  return found
}
