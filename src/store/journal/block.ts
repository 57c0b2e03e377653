/**
 * One append to the journal: the entries of all who waited for the same sync.
 *
 *     | SEAL 4 | body bytes 4 | first sequence 8 | sequences 4 | 0 4 | time 8 | chain 32 | 0 12 | CRC-32 4 | body … |
 *
 * The chain is SHA-256(chain before ‖ bytes 0…31 ‖ body): it covers all that was ever written before it. The CRC-32 is
 * of the header, so that a length is believed before the body is read. Arithmetic only; where blocks lie is in
 * segment.ts, what a body holds in entry.ts. Source: docs/FORMAT.md §5.2.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const BLOCK_HEADER_BYTES = 80
export const CHAIN_BYTES = 32
/** A body has no more; what is longer was never written. */
export const BODY_BYTES_MAX = 128 * 1024 * 1024
const MAGIC = 0x5345414c
const CHAINED_BYTES = 32
const CRC_OFFSET = 76

/** Before the first block of all. */
export const CHAIN_START = Buffer.alloc(CHAIN_BYTES)

export interface BlockNumbers {
  readonly firstSequence: number
  readonly sequences: number
  /** When it was written; milliseconds since the epoch. */
  readonly timeMs: number
}

export interface BlockHeader extends BlockNumbers {
  readonly bodyBytes: number
  readonly chain: Buffer
}

/** The header of a block whose body is `pieces`, behind `chainBefore`. */
export function blockHeader(
  block: BlockNumbers,
  pieces: readonly Uint8Array[],
  chainBefore: Uint8Array,
): Buffer {
  const header = Buffer.alloc(BLOCK_HEADER_BYTES)
  const bodyBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  header.writeUInt32BE(MAGIC)
  header.writeUInt32BE(bodyBytes, 4)
  writeU64(header, block.firstSequence, 8)
  header.writeUInt32BE(block.sequences, 16)
  writeU64(header, block.timeMs, 24)
  chainOf(header, pieces, chainBefore).copy(header, CHAINED_BYTES)
  header.writeUInt32BE(crc32(header.subarray(0, CRC_OFFSET)), CRC_OFFSET)
  return header
}

/** Undefined when no block begins at `at`. Its body may still be another. */
export function readHeader(bytes: Buffer, at: number): BlockHeader | undefined {
  if (at + BLOCK_HEADER_BYTES > bytes.length || bytes.readUInt32BE(at) !== MAGIC) return undefined
  const header = bytes.subarray(at, at + BLOCK_HEADER_BYTES)
  if (crc32(header.subarray(0, CRC_OFFSET)) !== header.readUInt32BE(CRC_OFFSET)) return undefined
  const bodyBytes = header.readUInt32BE(4)
  if (bodyBytes > BODY_BYTES_MAX) return undefined
  return {
    bodyBytes,
    firstSequence: readU64(header, 8),
    sequences: header.readUInt32BE(16),
    timeMs: readU64(header, 24),
    chain: Buffer.from(header.subarray(CHAINED_BYTES, CHAINED_BYTES + CHAIN_BYTES)),
  }
}

/** Whether the block at `at` is as it was written behind `chainBefore`; all of it must be in `bytes`. */
export function isIntact(
  bytes: Buffer,
  at: number,
  header: BlockHeader,
  chainBefore: Uint8Array,
): boolean {
  const bodyAt = at + BLOCK_HEADER_BYTES
  const body = bytes.subarray(bodyAt, bodyAt + header.bodyBytes)
  return chainOf(bytes.subarray(at, bodyAt), [body], chainBefore).equals(header.chain)
}

/** The next place at or behind `from` where a block may begin, or -1. */
export function seekHeader(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf('SEAL', from, 'latin1'); at !== -1; ) {
    if (readHeader(bytes, at) !== undefined) return at
    at = bytes.indexOf('SEAL', at + 1, 'latin1')
  }
  return -1
}

export function writeU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt16BE(0, at)
  bytes.writeUIntBE(value, at + 2, 6)
}

/** Values of ours stay below 2^48. */
export function readU64(bytes: Buffer, at: number): number {
  return bytes.readUIntBE(at + 2, 6)
}

const ZEROS = Buffer.alloc(64 * 1024)

export function isZero(bytes: Buffer, from = 0): boolean {
  for (let at = from; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length)
    if (!piece.equals(ZEROS.subarray(0, piece.length))) return false
  }
  return true
}

function chainOf(header: Buffer, pieces: readonly Uint8Array[], before: Uint8Array): Buffer {
  const hash = createHash('sha256').update(before).update(header.subarray(0, CHAINED_BYTES))
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}
