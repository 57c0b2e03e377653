/**
 * The journal read a stretch at a time: whole blocks, found by a segment's index.
 *
 * Each entry is held against its CRC-32 before it is believed, and an old segment as a whole against the chain when it is
 * first read. What is made of the entries is in records.ts and leaves.ts.
 *
 * @module
 */
import { damaged } from '../damage.js'
import { HeldFile } from '../files/held-file.js'
import { BLOCK_HEADER_BYTES, readHeader } from './block.js'
import { entriesOf, type StoredEntry } from './entry.js'
import { segmentInto } from './recover.js'
import { SEGMENT_BYTES, walkSegment } from './segment.js'
import { SegmentIndex, type Stretch } from './segment-index.js'

export function lastOf(segments: readonly SegmentIndex[]): number {
  return segments.at(-1)!.nextSequence - 1
}

/**
 * An old segment is walked when it is first read, and held against the one behind it.
 * @throws SealtrailError `StoreDamaged`
 */
export function known(segments: readonly SegmentIndex[], segment: SegmentIndex): SegmentIndex {
  const next = segments[segments.indexOf(segment) + 1]
  if (next === undefined || segment.nextSequence > segment.head.firstSequence) return segment
  const bytes = segmentInto(segment.path, roomFor)
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

/** Of the last walk, unless it was collected since: the next segment is mostly walked soon, and new memory costs more than reading. */
let lastRoom: WeakRef<Buffer> | undefined

function roomFor(bytes: number): Buffer {
  const there = lastRoom?.deref()
  if (there !== undefined && there.length >= bytes) return there
  const made = Buffer.allocUnsafeSlow(Math.max(bytes, SEGMENT_BYTES))
  lastRoom = new WeakRef(made)
  return made
}

/** In `room`, where they fit there. */
export function bytesOf({ path }: SegmentIndex, { offset, bytes }: Stretch, room?: Buffer): Buffer {
  const file = HeldFile.open(path)
  try {
    return file.read(offset, bytes, room)
  } finally {
    file.close()
  }
}

/** The entries of a stretch, whose bytes are given. @throws SealtrailError `StoreDamaged` */
export function* entriesIn(
  { path }: SegmentIndex,
  { offset }: Stretch,
  stretch: Buffer,
): Generator<{ readonly sequence: number; readonly entry: StoredEntry }> {
  for (let at = 0; at < stretch.length; ) {
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
      yield { sequence, entry }
      sequence += entry.sequences
    }
    at = bodyAt + header.bodyBytes
  }
}
