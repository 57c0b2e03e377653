/**
 * One file of the journal: its name, its head, and the walk over its blocks.
 *
 *     <dataDir>/journal/<first sequence, 15 digits>.seal
 *     | sealjrnl 8 | version 4 | sequences before 4 | first sequence 8 | chain before 32 | 0 4 | CRC-32 4 | block | block | … | zeros
 *
 * The walk goes on as long as each block is intact and fits to the one before it. What comes then is nothing (zeros
 * that were written ahead), a block that was not wholly written, or damage: when a later block is there, the one before
 * it had been synced. Source: docs/FORMAT.md §5.1.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  BODY_BYTES_MAX,
  CHAIN_BYTES,
  isIntact,
  isZero,
  readHeader,
  readU64,
  seekHeader,
  writeU64,
} from './block.js'

export const SEGMENT_HEAD_BYTES = 64
/** A block that would end behind this begins the next segment. */
export const SEGMENT_BYTES = 64 * 1024 * 1024
/** No segment is longer, whatever its one block holds. */
export const SEGMENT_BYTES_MAX = SEGMENT_BYTES + 2 * BODY_BYTES_MAX
const MAGIC = Buffer.from('sealjrnl', 'latin1')
export const SEGMENT_VERSION = 1
const CHAIN_OFFSET = 24
const CRC_OFFSET = 60
const NAME = /^(\d{15})\.seal$/

export interface SegmentHead {
  readonly firstSequence: number
  /** In the segment before, which it so names; 0 in the first of all. */
  readonly sequencesBefore: number
  readonly chainBefore: Buffer
}

export function segmentName(firstSequence: number): string {
  return `${String(firstSequence).padStart(15, '0')}.seal`
}

/** The first sequence that a file name tells, or undefined when it is no segment's. */
export function sequenceInName(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function segmentHead({ firstSequence, sequencesBefore, chainBefore }: SegmentHead): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES)
  MAGIC.copy(head)
  head.writeUInt32BE(SEGMENT_VERSION, 8)
  head.writeUInt32BE(sequencesBefore, 12)
  writeU64(head, firstSequence, 16)
  chainBefore.copy(head, CHAIN_OFFSET)
  head.writeUInt32BE(crc32(head.subarray(0, CRC_OFFSET)), CRC_OFFSET)
  return head
}

/** Undefined for bytes that do not begin as a segment of this version does. */
export function readSegmentHead(bytes: Buffer): SegmentHead | undefined {
  if (segmentVersion(bytes) !== SEGMENT_VERSION) return undefined
  const head = bytes.subarray(0, SEGMENT_HEAD_BYTES)
  const chainBefore = Buffer.from(head.subarray(CHAIN_OFFSET, CHAIN_OFFSET + CHAIN_BYTES))
  return { firstSequence: readU64(head, 16), sequencesBefore: head.readUInt32BE(12), chainBefore }
}

/** Undefined for bytes that do not begin as a segment of any version does. */
export function segmentVersion(bytes: Buffer): number | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES) return undefined
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (crc32(bytes.subarray(0, CRC_OFFSET)) !== bytes.readUInt32BE(CRC_OFFSET)) return undefined
  return bytes.readUInt32BE(8)
}

export interface Block extends BlockHeader {
  readonly offset: number
  /** A view. */
  readonly body: Buffer
}

/** Where a walk over a segment ended. */
export interface WalkEnd {
  /** Behind the last intact block. */
  readonly offset: number
  readonly nextSequence: number
  readonly chain: Buffer
  /** What is behind it: nothing, or zeros; what may be a torn write; what cannot be one. */
  readonly tail: 'empty' | 'torn' | 'damaged'
}

/** Visits the intact blocks of a whole segment, which begins as `head` says. */
export function walkSegment(
  bytes: Buffer,
  head: SegmentHead,
  visit: (block: Block) => void,
): WalkEnd {
  let offset = SEGMENT_HEAD_BYTES
  let nextSequence = head.firstSequence
  let chain = head.chainBefore
  for (;;) {
    const header = readHeader(bytes, offset)
    const bodyAt = offset + BLOCK_HEADER_BYTES
    const end = bodyAt + (header?.bodyBytes ?? 0)
    if (header?.firstSequence !== nextSequence || end > bytes.length) break
    if (!isIntact(bytes, offset, header, chain)) break
    visit({ ...header, offset, body: bytes.subarray(bodyAt, end) })
    offset = end
    nextSequence += header.sequences
    chain = header.chain
  }
  return { offset, nextSequence, chain, tail: tailOf(bytes, offset) }
}

function tailOf(bytes: Buffer, from: number): WalkEnd['tail'] {
  if (isZero(bytes, from)) return 'empty'
  return seekHeader(bytes, from + 1) === -1 ? 'torn' : 'damaged'
}
