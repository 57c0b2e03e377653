/**
 * Records read from the journal, a stretch of it at a time, so that commits go on in between.
 *
 * What is looked for is looked for as text, in the bytes: records that do not hold it are passed over at the speed of
 * memory. A record that holds it may still not mean it; that is for the asker to see. Each entry is held against its
 * CRC-32 before it is believed.
 *
 * @module
 */

import { damaged } from '../damage.js'
import { HeldFile } from '../files/held-file.js'
import { type Alike, newestAlike, type RecordBytes } from './alike.js'
import { BLOCK_HEADER_BYTES, readHeader } from './block.js'
import { entriesOf } from './entry.js'
import { segmentAt } from './recover.js'
import { walkSegment } from './segment.js'
import { SegmentIndex, type Stretch } from './segment-index.js'

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

function lastOf(segments: readonly SegmentIndex[]): number {
  return segments.at(-1)!.nextSequence - 1
}

/**
 * An old segment is walked when it is first read, and held against the one behind it.
 * @throws SealtrailError `StoreDamaged`
 */
export function known(segments: readonly SegmentIndex[], segment: SegmentIndex): SegmentIndex {
  const next = segments[segments.indexOf(segment) + 1]
  if (next === undefined || segment.nextSequence > segment.head.firstSequence) return segment
  const bytes = segmentAt(segment.path)
  const walked = new SegmentIndex(segment.path, segment.head)
  const end = walkSegment(bytes, segment.head, (block) => {
    walked.add(block, BLOCK_HEADER_BYTES + block.body.length)
  })
  const isWhole = end.offset === bytes.length && end.nextSequence === next.head.firstSequence
  if (!isWhole || !end.chain.equals(next.head.chainBefore)) {
    const reason = 'a block is not as it was written'
    throw damaged({ file: segment.path, offset: end.offset, sequence: end.nextSequence, reason })
  }
  segment.become(walked)
  return segment
}

function recordsIn(
  { path }: SegmentIndex,
  { offset, bytes }: Stretch,
  holding: readonly Buffer[],
): RecordBytes[] {
  const file = HeldFile.open(path)
  let stretch: Buffer
  try {
    stretch = file.read(offset, bytes)
  } finally {
    file.close()
  }
  if (holding.some((text) => !stretch.includes(text))) return []
  const found: RecordBytes[] = []
  for (let at = 0; at < bytes; ) {
    const header = readHeader(stretch, at)
    const bodyAt = at + BLOCK_HEADER_BYTES
    if (header === undefined || bodyAt + header.bodyBytes > stretch.length) {
      const reason = 'a block is not as it was written'
      throw damaged({ file: path, offset: offset + at, reason })
    }
    let sequence = header.firstSequence
    for (const entry of entriesOf(stretch.subarray(bodyAt, bodyAt + header.bodyBytes))) {
      if (entry === undefined) {
        const reason = 'an entry is not as it was written'
        throw damaged({ file: path, offset: offset + at, sequence, reason })
      }
      for (const [i, record] of entry.records.entries()) {
        if (!holding.every((text) => record.includes(text))) continue
        found.push({ seq: sequence + i, record })
      }
      sequence += entry.sequences
    }
    at = bodyAt + header.bodyBytes
  }
  return found
}
