/**
 * The whole journal of a closed data directory, walked to its end or to where it is not as it was written.
 *
 * Reads only. A start walks no more than it must (journal/recover.ts); this walks all, and behind damage it counts what
 * can still be read. Source: docs/FORMAT.md §5.
 *
 * @module
 */
import { join } from 'node:path'
import { type Damage, orDamage } from '../damage.js'
import { bytesAt } from '../files/held-file.js'
import { BLOCK_HEADER_BYTES, CHAIN_START, readHeader, seekHeader } from '../journal/block.js'
import { entriesOf } from '../journal/entry.js'
import { type MarkState, readMark } from '../journal/mark.js'
import {
  firstSequences,
  headBytes,
  JOURNAL_DIRECTORY,
  MARK_NAME,
  segmentAt,
} from '../journal/recover.js'
import { readSegmentHead, segmentName, type WalkEnd, walkSegment } from '../journal/segment.js'
import { findBase } from '../thread/base.js'

export interface JournalReport {
  readonly mark: MarkState | undefined
  /** The first that is there, and the chain before it. */
  readonly oldest: { readonly sequence: number; readonly chain: Buffer }
  /** Up to here all is as it was written. */
  readonly sound: SoundEnd
  readonly records: number
  readonly damage: readonly Damage[]
  /** The chain at the mark's sequence is the mark's: up to there all is as it was acknowledged. */
  readonly isMarkMet: boolean
  /** Records outside of the sound part that can be read. */
  readonly recordsBehind: number
  /** A write that was cut short, and that nobody was told of: the next start cuts it. */
  readonly torn: Damage | undefined
}

interface SoundEnd {
  readonly path: string
  readonly offset: number
  readonly sequence: number
  readonly chain: Buffer
}

export function inspectJournal(dataDir: string): JournalReport {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const damage: Damage[] = []
  const mark = inspectMark(join(directory, MARK_NAME), damage)
  const firsts = firstSequences(directory).filter((first) => first >= (mark?.oldest.sequence ?? 0))
  const walk = new Walk(directory, mark, damage)
  const passed = mark === undefined ? 0 : headlessIn(dataDir, mark, firsts)
  for (const [i, first] of firsts.entries()) {
    if (i < passed) walk.passOver(first)
    else walk.segment(first, i === firsts.length - 1)
  }
  walk.finish(firsts[0])
  const { oldest, sound, records, recordsBehind, torn, isMarkMet } = walk
  return { mark, oldest, sound, records, damage, isMarkMet, recordsBehind, torn }
}

function inspectMark(path: string, damage: Damage[]): MarkState | undefined {
  const bytes = bytesAt(path)
  const mark = bytes && readMark(bytes)
  if (mark !== undefined) return mark
  const reason = bytes === undefined ? 'the file is missing' : 'it is not as it was written'
  damage.push({ file: path, reason })
  return undefined
}

/**
 * How many at the beginning do not begin as segments do, where a copy of the tables has all facts that were in them: then
 * nothing behind them is given up for their sake.
 */
function headlessIn(dataDir: string, mark: MarkState, firsts: readonly number[]): number {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const passed = firsts.findIndex((first) => {
    const head = readSegmentHead(headBytes(join(directory, segmentName(first))))
    return head?.firstSequence === first
  })
  if (passed <= 0) return 0
  const oldest = { sequence: firsts[passed]!, chain: CHAIN_START }
  return 'answer' in orDamage(() => findBase(dataDir, { ...mark, oldest })) ? passed : 0
}

/** It has its beginning. */
export function goesBack({ oldest }: JournalReport): boolean {
  return oldest.sequence === 1
}

class Walk {
  readonly #directory: string
  readonly #mark: MarkState | undefined
  readonly #damage: Damage[]
  #before: WalkEnd | undefined
  #isBroken = false
  isMarkMet = false
  oldest: { sequence: number; chain: Buffer } = { sequence: 1, chain: CHAIN_START }
  sound: SoundEnd
  records = 0
  recordsBehind = 0
  torn: Damage | undefined

  constructor(directory: string, mark: MarkState | undefined, damage: Damage[]) {
    this.#directory = directory
    this.#mark = mark
    this.#damage = damage
    const path = join(directory, segmentName(1))
    this.sound = { path, offset: 0, sequence: 0, chain: CHAIN_START }
  }

  segment(first: number, isLast: boolean): void {
    const path = join(this.#directory, segmentName(first))
    const bytes = segmentAt(path)
    if (this.#isBroken) {
      this.recordsBehind += readableRecords(bytes, 0)
      return
    }
    const head = readSegmentHead(bytes)
    const before = this.#before
    const isNext =
      before === undefined ||
      (head?.firstSequence === before.nextSequence && head.chainBefore.equals(before.chain))
    if (head?.firstSequence !== first || !isNext) {
      const reason = 'the segment does not begin where the one before it ends'
      const sequence = before?.nextSequence ?? first
      this.#break({ file: path, offset: 0, sequence, reason }, bytes, 0)
      return
    }
    if (before === undefined) this.oldest = { sequence: first, chain: head.chainBefore }
    this.#meetMark(first - 1, head.chainBefore, path, 0)
    const end = walkSegment(bytes, head, (block) => {
      this.records += recordsIn(block.body)
      this.#meetMark(block.firstSequence + block.sequences - 1, block.chain, path, block.offset)
    })
    this.#before = end
    this.sound = {
      ...{ path, offset: end.offset, chain: end.chain },
      sequence: end.nextSequence - 1,
    }
    this.#look(path, bytes, end, isLast)
  }

  /** One that does not begin as it was written, before all others. */
  passOver(first: number): void {
    const file = join(this.#directory, segmentName(first))
    const reason = 'the file does not begin as its segment of the journal does'
    this.#damage.push({ file, offset: 0, sequence: first, reason })
    this.recordsBehind += readableRecords(segmentAt(file), 0)
  }

  finish(first: number | undefined): void {
    const { sequence } = this.sound
    const oldest = this.#mark?.oldest.sequence ?? first
    if (oldest !== undefined && oldest !== first) {
      const file = join(this.#directory, segmentName(oldest))
      this.#damage.push({ file, sequence: oldest, reason: 'the file is missing' })
    }
    if (this.#mark === undefined || this.#mark.sequence <= sequence) return
    const reason = `the journal ends at sequence ${sequence}; up to ${this.#mark.sequence} was acknowledged`
    this.#damage.push({
      file: this.sound.path,
      offset: this.sound.offset,
      sequence: sequence + 1,
      reason,
    })
  }

  #look(path: string, bytes: Buffer, end: WalkEnd, isLast: boolean): void {
    const { offset, nextSequence: sequence, tail } = end
    if (offset === bytes.length || (isLast && tail === 'empty')) return
    const found = { file: path, offset, sequence, reason: 'a block is not as it was written' }
    const isUnknown = (this.#mark?.sequence ?? sequence) < sequence
    if (isLast && tail === 'torn' && isUnknown)
      this.torn = { ...found, reason: 'a write was cut short' }
    else this.#break(found, bytes, offset + 1)
  }

  #break(damage: Damage, bytes: Buffer, from: number): void {
    this.#damage.push(damage)
    this.#isBroken = true
    this.recordsBehind += readableRecords(bytes, from)
  }

  #meetMark(sequence: number, chain: Buffer, file: string, offset: number): void {
    if (this.#mark?.sequence !== sequence) return
    this.isMarkMet = this.#mark.chain.equals(chain)
    if (this.isMarkMet) return
    const reason = 'the blocks up to here are not those that were acknowledged (journal/mark)'
    this.#damage.push({ file, offset, sequence, reason })
  }
}

function readableRecords(bytes: Buffer, from: number): number {
  let records = 0
  for (let at = seekHeader(bytes, from); at !== -1; at = seekHeader(bytes, at + 1)) {
    const bodyAt = at + BLOCK_HEADER_BYTES
    records += recordsIn(bytes.subarray(bodyAt, bodyAt + readHeader(bytes, at)!.bodyBytes))
  }
  return records
}

function recordsIn(body: Buffer): number {
  let records = 0
  for (const entry of entriesOf(body)) records += entry?.records.length ?? 0
  return records
}
