/**
 * The records of a journal that another process writes, read from its files beside it.
 *
 *     mark: how far it is acknowledged → blocks up to there → records.ts
 *
 * Nothing is locked, and nothing written. What is behind the mark is not looked at: it may not be durable yet, and may
 * never be. The mark has two slots, each with a checksum: one that is being written leaves the other. A look at it is all
 * that happens while nothing is written. Source: docs/FORMAT.md §5.
 *
 * @module
 */
import { join, resolve } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { damaged } from '../damage.js'
import { HeldFile, sizeAt } from '../files/held-file.js'
import { BLOCK_HEADER_BYTES, isIntact, readHeader } from './block.js'
import { type RecordPage, type RecordQuery, readRecordPage } from './records.js'
import { firstSequences, headAt, JOURNAL_DIRECTORY, MARK_NAME, markAt } from './recover.js'
import { segmentName } from './segment.js'
import { SegmentIndex } from './segment-index.js'

const LOOK_MS = 250
/** Read at once; a block that is longer, by itself. */
const READ_BYTES = 1024 * 1024

export class JournalFollower {
  readonly #directory: string
  readonly #listeners = new Set<() => void>()
  readonly #looking: NodeJS.Timeout
  #segments: SegmentIndex[] = []
  /** Of the last segment, behind its last block that was read. */
  #chain: Buffer = Buffer.alloc(0)
  #seen = 0

  /** @throws SealtrailError `StoreFailed` where there is no data directory */
  constructor(dataDir: string) {
    this.#directory = join(resolve(dataDir), JOURNAL_DIRECTORY)
    if (sizeAt(join(this.#directory, MARK_NAME)) === undefined) {
      throw new SealtrailError('StoreFailed', `there is no journal in ${dataDir}`, { dataDir })
    }
    this.#looking = setInterval(() => this.#look(), LOOK_MS)
  }

  /** As those of a store. @throws SealtrailError `StoreDamaged`, `StoreFailed` */
  async records(query: RecordQuery): Promise<RecordPage> {
    try {
      this.#catchUp()
      return readRecordPage(this.#segments, query)
    } catch (error) {
      if (error instanceof SealtrailError) throw error
      const message = `records cannot be read: ${(error as Error).message}`
      throw new SealtrailError('StoreFailed', message, {}, { cause: error })
    }
  }

  /** `listener` is told when there may be more records. Returns what takes it back. */
  onRecords(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#looking)
  }

  #look(): void {
    let sequence: number
    try {
      sequence = markAt(this.#directory).sequence
    } catch {
      // Whoever reads is told.
      sequence = Number.NaN
    }
    if (sequence === this.#seen) return
    this.#seen = sequence
    for (const listener of this.#listeners) listener()
  }

  #catchUp(): void {
    const { sequence, oldest } = markAt(this.#directory)
    if (this.#segments.length === 0) this.#begin(oldest.sequence, sequence)
    // Older ones are gone (recordDays).
    this.#segments = this.#segments.filter(
      ({ head }, i, all) => head.firstSequence >= oldest.sequence || i === all.length - 1,
    )
    while (this.#last.nextSequence <= sequence) {
      if (!this.#extend(sequence)) this.#goOn()
    }
  }

  get #last(): SegmentIndex {
    return this.#segments.at(-1)!
  }

  #begin(oldest: number, sequence: number): void {
    const firsts = firstSequences(this.#directory).filter((first) => first >= oldest)
    for (const first of firsts) {
      // The next one may be there already, and empty.
      if (first <= Math.max(sequence, oldest)) this.#open(first)
    }
    if (this.#segments.length > 0) return
    throw damaged({ file: this.#directory, reason: 'there is no segment of the journal' })
  }

  #open(first: number): void {
    const path = join(this.#directory, segmentName(first))
    const index = new SegmentIndex(path, headAt(path, first))
    this.#segments.push(index)
    this.#chain = index.head.chainBefore
  }

  /** To the segment behind the last one. */
  #goOn(): void {
    const { path, end, head, nextSequence } = this.#last
    const isThere =
      nextSequence > head.firstSequence &&
      sizeAt(join(this.#directory, segmentName(nextSequence))) !== undefined
    const reason = 'a block that was acknowledged is not as it was written'
    if (!isThere) throw damaged({ file: path, offset: end, sequence: nextSequence, reason })
    const chain = this.#chain
    this.#open(nextSequence)
    if (!this.#last.head.chainBefore.equals(chain)) {
      throw damaged({ file: this.#last.path, offset: 0, reason })
    }
  }

  /** Takes in blocks up to `sequence`; false when the last segment has no more. */
  #extend(sequence: number): boolean {
    const index = this.#last
    const file = HeldFile.open(index.path)
    const begun = index.end
    try {
      while (index.nextSequence <= sequence) {
        let bytes = this.#read(file, READ_BYTES)
        const first = readHeader(bytes, 0)
        if (first === undefined) break
        const size = BLOCK_HEADER_BYTES + first.bodyBytes
        if (size > bytes.length) bytes = this.#read(file, size)
        if (!this.#take(bytes, sequence)) break
      }
    } finally {
      file.close()
    }
    return index.end > begun
  }

  #read(file: HeldFile, bytes: number): Buffer {
    const { end } = this.#last
    return file.read(end, Math.max(0, Math.min(bytes, (sizeAt(file.path) ?? 0) - end)))
  }

  /** The whole blocks at the beginning of `bytes`; false when there is none. */
  #take(bytes: Buffer, sequence: number): boolean {
    const index = this.#last
    let at = 0
    while (index.nextSequence <= sequence) {
      const header = readHeader(bytes, at)
      const size = BLOCK_HEADER_BYTES + (header?.bodyBytes ?? 0)
      if (header?.firstSequence !== index.nextSequence || at + size > bytes.length) break
      if (!isIntact(bytes, at, header, this.#chain)) break
      index.add(header, size)
      this.#chain = Buffer.from(header.chain)
      at += size
    }
    return at > 0
  }
}
