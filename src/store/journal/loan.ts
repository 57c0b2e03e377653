/**
 * The journal's end on its way to the scribe, a thread of the addon's that appends there, and back.
 *
 *     lent   | end 8 | file bytes 8 | small 8 | segment 8 | next sequence 8 | ahead 8 | most ahead 8 | chain 32 | mark's slot 512 |
 *            | path |
 *     back   | failure 8 | error number 8 | mark's turn 8 | file bytes 8 | ahead 8 |
 *            | first sequence 8, sequences 8, time 8, bytes 8 | … | chain 32 |
 *
 * The other side is native/src/scribe/loan.rs.
 *
 * @module
 */
import { getSystemErrorName } from 'node:util'
import type { Addon, ScribeNumber } from '../../engine/native/addon.js'
import type { HeldFile } from '../files/held-file.js'
import { type BlockNumbers, CHAIN_BYTES, readU64, writeU64 } from './block.js'
import type { Mark } from './mark.js'

export interface Scribe {
  readonly addon: Addon
  readonly number: ScribeNumber
}

export interface End {
  readonly file: HeldFile
  /** The file is so long, be it of zeros. */
  readonly fileBytes: number
  /** Blocks of at most so many bytes are written into zeros. */
  readonly smallBytes: number
  /** So many zeros are written next; never more than the most. */
  readonly aheadBytes: number
  readonly aheadBytesMax: number
  /** No block ends behind it. */
  readonly segmentBytes: number
  readonly end: number
  readonly nextSequence: number
  readonly chain: Buffer
  readonly mark: Mark
}

export interface Returned {
  readonly blocks: ReadonlyArray<BlockNumbers & { readonly bytes: number }>
  readonly turn: number
  readonly fileBytes: number
  readonly aheadBytes: number
  /** Behind the last block. */
  readonly chain: Buffer
  readonly failure: Failure | undefined
}

export interface Failure {
  readonly step: 'write' | 'sync' | 'place' | 'mark'
  /** Such as `EIO`. */
  readonly code: string
}

const STEPS = [undefined, 'write', 'sync', 'place', 'mark'] as const
const BACK_HEAD_BYTES = 40
const BLOCK_BYTES = 32

/** False when it cannot be lent, such as for want of descriptors. */
export function lendTo({ addon, number }: Scribe, end: End): boolean {
  const { file, mark, chain } = end
  const { descriptor, slot, key } = mark.loan
  const numbers = [
    ...[end.end, end.fileBytes, end.smallBytes, end.segmentBytes, end.nextSequence],
    ...[end.aheadBytes, end.aheadBytesMax],
  ]
  const head = Buffer.alloc(8 * numbers.length)
  for (const [i, number] of numbers.entries()) writeU64(head, number, 8 * i)
  const lent = Buffer.concat([head, chain, slot, Buffer.from(file.path)])
  const raw = key?.export()
  const answer = addon.scribeLend(number, file.descriptor, descriptor, lent, raw)
  raw?.fill(0)
  return answer === 0
}

/** Undefined when it has none any more: it ended with the thread that used it. */
export function giveBack({ addon, number }: Scribe): Returned | undefined {
  const answer: unknown = addon.scribeGiveBack(number)
  if (!(answer instanceof ArrayBuffer) || answer.byteLength === 0) return undefined
  const told = Buffer.from(answer)
  const blocks = []
  const chainAt = told.length - CHAIN_BYTES
  for (let at = BACK_HEAD_BYTES; at < chainAt; at += BLOCK_BYTES) {
    const [firstSequence, sequences, timeMs, bytes] = [0, 8, 16, 24].map((i) =>
      readU64(told, at + i),
    ) as [number, number, number, number]
    blocks.push({ firstSequence, sequences, timeMs, bytes })
  }
  const step = STEPS[readU64(told, 0)]
  const failure = step && { step, code: nameOf(readU64(told, 8)) }
  return {
    ...{ blocks, failure, chain: told.subarray(chainAt) },
    turn: readU64(told, 16),
    fileBytes: readU64(told, 24),
    aheadBytes: readU64(told, 32),
  }
}

function nameOf(errno: number): string {
  return errno === 0 ? 'unknown' : getSystemErrorName(-errno)
}
