/**
 * The journal as a start finds it: every block held against the chain, and the end against the mark.
 *
 * Only a block that was being written when the process or the power went is cut, and only behind what the mark says
 * was acknowledged. Everything else that is not as it was written is refused, by name. Old segments, whose entries the
 * base of the view holds already, are walked too as long as that takes no more than a moment.
 *
 * @module
 */
import { dirname, join } from 'node:path'
import { damaged } from '../damage.js'
import { bytesAt, HeldFile, namesIn, sizeAt } from '../files/held-file.js'
import { BLOCK_HEADER_BYTES } from './block.js'
import { MARK_BYTES, type MarkState, readMark } from './mark.js'
import {
  type Block,
  readSegmentHead,
  SEGMENT_BYTES_MAX,
  SEGMENT_HEAD_BYTES,
  type SegmentHead,
  segmentName,
  sequenceInName,
  type WalkEnd,
  walkSegment,
} from './segment.js'
import { SegmentIndex } from './segment-index.js'

export const JOURNAL_DIRECTORY = 'journal'
export const MARK_NAME = 'mark'
/** What is walked of the journal that the base of the view holds already, in bytes: a quarter of a second. */
const WALKED_BYTES = 128 * 1024 * 1024

export interface Recovered {
  /** Oldest first; those that were not walked have no points but the first. */
  readonly segments: readonly SegmentIndex[]
  /** Of the last segment. */
  readonly end: WalkEnd
  /** In the last segment, what lies from here on is not known to have been synced. */
  readonly unmarkedFrom: number
}

/**
 * Walks the journal in `directory`; `visit` is told of every intact block, in order, as far as they are walked.
 * Reads only.
 * @param base what is known up to here, without the journal: blocks behind it are walked whatever it takes.
 * @throws SealtrailError `StoreDamaged`
 */
export function recoverJournal(
  directory: string,
  mark: MarkState,
  base: number,
  visit: (block: Block, path: string) => void,
): Recovered {
  const firsts = firstSequences(directory).filter((first) => first >= mark.oldest.sequence)
  checkOldestIsThere(directory, firsts, mark)
  const walkedFrom = firstToWalk(directory, firsts, base)
  const segments: SegmentIndex[] = []
  let before: WalkEnd | undefined
  let isMarkMet = false
  let unmarkedFrom = SEGMENT_HEAD_BYTES
  for (const [i, first] of firsts.entries()) {
    const path = join(directory, segmentName(first))
    const bytes = i < walkedFrom ? undefined : segmentAt(path)
    const index = new SegmentIndex(path, headOf(path, first, bytes ?? headBytes(path)))
    const previous = segments.at(-1)
    if (previous === undefined) checkOldest(index, mark)
    else checkNeighbour(index, previous)
    segments.push(index)
    if (bytes === undefined) continue
    const { head } = index
    unmarkedFrom = SEGMENT_HEAD_BYTES
    if (before !== undefined) checkJoint(path, head, before)
    isMarkMet ||= isMarked(mark, head.firstSequence - 1, head.chainBefore, path, 0)
    const end = walkSegment(bytes, head, (block) => {
      const size = BLOCK_HEADER_BYTES + block.body.length
      index.add(block, size)
      const last = block.firstSequence + block.sequences - 1
      if (isMarked(mark, last, block.chain, path, block.offset)) {
        isMarkMet = true
        unmarkedFrom = block.offset + size
      }
      visit(block, path)
    })
    checkEnd(path, end, mark, i === firsts.length - 1, bytes.length)
    before = end
  }
  const last = segments.at(-1)!
  if (!isMarkMet) {
    throw damaged({
      file: last.path,
      offset: last.end,
      sequence: last.nextSequence,
      reason: 'the blocks are not those that were acknowledged (journal/mark)',
    })
  }
  return { segments, end: before!, unmarkedFrom }
}

/** The first sequence of each segment that is there, in order. */
export function firstSequences(directory: string): number[] {
  return namesIn(directory)
    .map(sequenceInName)
    .filter((first) => first !== undefined)
}

/** @throws SealtrailError `StoreDamaged` when neither of its slots is as it was written, or it is not there. */
export function markAt(directory: string): MarkState {
  const path = join(directory, MARK_NAME)
  const bytes = markBytes(path)
  if (bytes === undefined) throw damaged({ file: path, reason: 'the file is missing' })
  const mark = readMark(bytes)
  if (mark === undefined) throw damaged({ file: path, reason: 'it is not as it was written' })
  return mark
}

/** Of the file, when it is not longer than a mark is; undefined when it is not there. */
export function markBytes(path: string): Buffer | undefined {
  const isLong = (sizeAt(path) ?? 0) > MARK_BYTES
  return isLong ? Buffer.alloc(0) : bytesAt(path)
}

function checkOldestIsThere(
  directory: string,
  firsts: readonly number[],
  { oldest: { sequence } }: MarkState,
): void {
  if (firsts[0] === sequence) return
  const file = join(directory, segmentName(sequence))
  throw damaged({ file, reason: 'the file is missing', sequence })
}

function checkOldest({ head, path }: SegmentIndex, { oldest }: MarkState): void {
  if (head.chainBefore.equals(oldest.chain)) return
  throw damaged({ file: path, offset: 0, reason: 'the segment does not begin as the mark says' })
}

/** Never later than the segment that holds what comes behind the base. */
function firstToWalk(directory: string, firsts: readonly number[], base: number): number {
  let from = firsts.length - 1
  while (from > 0 && firsts[from]! > base + 1) from--
  let bytes = 0
  while (from > 0) {
    bytes += sizeAt(join(directory, segmentName(firsts[from - 1]!))) ?? 0
    if (bytes > WALKED_BYTES) break
    from--
  }
  return from
}

/** @throws SealtrailError `StoreDamaged` for a file that is longer than any of ours. */
export function segmentAt(path: string): Buffer {
  checkSize(path)
  return bytesAt(path) ?? Buffer.alloc(0)
}

/** The same, of a file that is there, in memory that `room` gives. */
export function segmentInto(path: string, room: (bytes: number) => Buffer): Buffer {
  checkSize(path)
  const file = HeldFile.open(path)
  try {
    const { bytes } = file
    return file.read(0, bytes, room(bytes))
  } finally {
    file.close()
  }
}

function checkSize(path: string): void {
  if ((sizeAt(path) ?? 0) <= SEGMENT_BYTES_MAX) return
  throw damaged({ file: path, reason: 'the file is longer than a segment of the journal is' })
}

/** @throws SealtrailError `StoreDamaged` when a segment between two is missing. */
function checkNeighbour(index: SegmentIndex, before: SegmentIndex): void {
  const { firstSequence, sequencesBefore } = index.head
  if (firstSequence - sequencesBefore === before.head.firstSequence) return
  const sequence = firstSequence - sequencesBefore
  const file = join(dirname(index.path), segmentName(sequence))
  throw damaged({ file, sequence, reason: 'the file is missing' })
}

/** @throws SealtrailError `StoreDamaged` when `path` does not begin as the segment of that sequence. */
export function headAt(path: string, first: number): SegmentHead {
  return headOf(path, first, headBytes(path))
}

export function headBytes(path: string): Buffer {
  const file = HeldFile.open(path)
  try {
    return file.read(0, SEGMENT_HEAD_BYTES)
  } finally {
    file.close()
  }
}

function headOf(path: string, first: number, bytes: Buffer): SegmentHead {
  const head = readSegmentHead(bytes)
  if (head?.firstSequence === first) return head
  throw damaged({
    file: path,
    offset: 0,
    sequence: first,
    reason: 'the file does not begin as its segment of the journal does',
  })
}

/** @throws SealtrailError `StoreDamaged` unless the segment goes on where the one before it ended. */
function checkJoint(path: string, head: SegmentHead, before: WalkEnd): void {
  if (head.firstSequence === before.nextSequence && head.chainBefore.equals(before.chain)) return
  throw damaged({
    file: path,
    offset: 0,
    sequence: before.nextSequence,
    reason: 'the segment does not go on where the one before it ends',
  })
}

/** True at the place that the mark names. @throws SealtrailError `StoreDamaged` when another block is there. */
function isMarked(
  { sequence, chain }: MarkState,
  last: number,
  chainHere: Buffer,
  path: string,
  offset: number,
): boolean {
  if (last !== sequence) return false
  if (chainHere.equals(chain)) return true
  const reason = 'the blocks up to here are not those that were acknowledged (journal/mark)'
  throw damaged({ file: path, offset, sequence, reason })
}

function checkEnd(
  path: string,
  end: WalkEnd,
  mark: MarkState,
  isLast: boolean,
  bytes: number,
): void {
  const { offset, nextSequence: sequence, tail } = end
  if (isLast && sequence > mark.sequence && tail !== 'damaged') return
  if (!isLast && offset === bytes) return
  const reason =
    tail === 'empty' || offset === bytes
      ? 'the segment ends before what was acknowledged'
      : 'a block is not as it was written'
  throw damaged({ file: path, offset, sequence, reason })
}
