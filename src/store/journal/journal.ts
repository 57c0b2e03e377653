/**
 * The commit record of everything: appended to, synced, and never changed.
 *
 *     append   block written → synced → the place looked at → mark written → the caller may be answered
 *
 * For the store's thread only, because every call blocks. A block that could not be written for want of room leaves the
 * journal as it was; after any other failure, a failed sync above all, nothing is appended any more until the directory
 * is opened again (a second sync may succeed although the bytes are gone). How a start finds it is in recover.ts, how
 * records are read from it in records.ts. Source: docs/FORMAT.md §5.
 *
 * @module
 */
import { join } from 'node:path'
import type { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { HeldFile, identityAt, makeDirectoryIn, removeAt } from '../files/held-file.js'
import { countSyncs } from '../files/syncs.js'
import { BLOCK_HEADER_BYTES, blockHeader, CHAIN_START } from './block.js'
import { type Failure, giveBack, lendTo, type Scribe } from './loan.js'
import { FIRST_MARK, Mark } from './mark.js'
import { firstSequences, JOURNAL_DIRECTORY, MARK_NAME, type Recovered } from './recover.js'
import { SEGMENT_BYTES, segmentHead, segmentName } from './segment.js'
import { SegmentIndex } from './segment-index.js'
import { isNoRoom, Soundness } from './soundness.js'
import { known } from './stretches.js'

/** Zeros are written ahead of small blocks, so that their sync need not tell the file system of a new size. */
const AHEAD_BYTES_FIRST = 64 * 1024
const AHEAD_BYTES_MAX = 1024 * 1024
const SMALL_BLOCK_BYTES = 32 * 1024
export class Journal {
  readonly #directory: string
  readonly #segments: SegmentIndex[]
  readonly mark: Mark
  readonly sound = new Soundness()
  #file: HeldFile
  #chain: Buffer
  /** The file is so long, be it of zeros. */
  #fileBytes: number
  #aheadBytes = AHEAD_BYTES_FIRST
  #lentTo: Scribe | undefined

  private constructor(
    directory: string,
    segments: SegmentIndex[],
    mark: Mark,
    file: HeldFile,
    chain: Buffer,
  ) {
    this.#directory = directory
    this.#segments = segments
    this.mark = mark
    this.#file = file
    this.#chain = chain
    this.#fileBytes = file.bytes
  }

  /** The journal of a new data directory. */
  static make(dataDir: string): Journal {
    makeDirectoryIn(dataDir, JOURNAL_DIRECTORY)
    const directory = join(dataDir, JOURNAL_DIRECTORY)
    const head = { firstSequence: 1, sequencesBefore: 0, chainBefore: CHAIN_START }
    const path = join(directory, segmentName(1))
    // The mark last: a directory with segments and no mark is a damaged one.
    const file = HeldFile.make(path, segmentHead(head))
    const mark = Mark.make(join(directory, MARK_NAME), FIRST_MARK)
    return new Journal(directory, [new SegmentIndex(path, head)], mark, file, CHAIN_START)
  }

  /**
   * Goes on behind what was recovered. What may never have been synced is written again before anybody builds on it:
   * a sync that failed leaves pages that look clean. Nothing is cut yet; see {@link settle}.
   */
  static open(dataDir: string, { segments, end, unmarkedFrom }: Recovered): Journal {
    const directory = join(dataDir, JOURNAL_DIRECTORY)
    const mark = Mark.open(join(directory, MARK_NAME))
    invariant(mark !== undefined, 'a mark that was read is there')
    const file = HeldFile.open(segments.at(-1)!.path)
    if (end.offset > unmarkedFrom) {
      file.write([file.read(unmarkedFrom, end.offset - unmarkedFrom)], unmarkedFrom)
      file.sync()
    }
    return new Journal(directory, [...segments], mark, file, end.chain)
  }

  /** Cuts what was being written when the last process ended, and ends a drop that was under way. */
  settle(): void {
    const { end, head } = { end: this.#segments.at(-1)!.end, head: this.#segments[0]!.head }
    for (const first of firstSequences(this.#directory)) {
      if (first < head.firstSequence) removeAt(join(this.#directory, segmentName(first)))
    }
    if (this.#fileBytes > end) this.#file.resize(end)
    this.#fileBytes = end
  }

  /** Nobody has written anything to it yet. */
  get isEmpty(): boolean {
    return this.nextSequence === 1
  }

  get markPath(): string {
    return join(this.#directory, MARK_NAME)
  }

  /** Oldest first. */
  get segments(): readonly SegmentIndex[] {
    return this.#segments
  }

  /** Given to the next entry. */
  get nextSequence(): number {
    return this.#segments.at(-1)!.nextSequence
  }

  /** Behind the last block. */
  get chain(): Buffer {
    return this.#chain
  }

  /** Of the segment that is being written, and all before it. */
  bytesSince(sequence: number): number {
    let bytes = 0
    for (const segment of this.#segments) if (segment.nextSequence > sequence) bytes += segment.end
    return bytes
  }

  /**
   * Makes a block of `pieces` durable; gives its first sequence number.
   * @param timeMs milliseconds since the epoch.
   * @throws SealtrailError `StoreFailed`; look at {@link sound} then.
   */
  append(pieces: readonly Uint8Array[], sequences: number, timeMs: number): number {
    if (this.sound.broken !== undefined) throw this.sound.broken
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, BLOCK_HEADER_BYTES)
    this.sound.whileRoom('the journal', () => this.#prepare(bytes))
    const index = this.#segments.at(-1)!
    const firstSequence = index.nextSequence
    const block = { firstSequence, sequences, timeMs }
    const header = blockHeader(block, pieces, this.#chain)
    const offset = index.end
    this.sound.whileRoom('the journal', () => this.#file.write([header, ...pieces], offset))
    this.sound.orBroken('a sync of the journal failed', () => {
      this.#file.sync()
      this.checkPlace()
      this.#chain = Buffer.from(header.subarray(32, 64))
      index.add(block, bytes)
      this.#fileBytes = Math.max(this.#fileBytes, offset + bytes)
      const sequence = firstSequence + sequences - 1
      this.mark.write({ sequence, chain: this.#chain })
    })
    return firstSequence
  }

  /** The scribe appends from now on, until {@link regain}: nothing else may be asked of the journal meanwhile. */
  lend(scribe: Scribe): void {
    const index = this.#segments.at(-1)!
    const isLent = lendTo(scribe, {
      file: this.#file,
      fileBytes: this.#fileBytes,
      smallBytes: SMALL_BLOCK_BYTES,
      aheadBytes: this.#aheadBytes,
      aheadBytesMax: AHEAD_BYTES_MAX,
      segmentBytes: SEGMENT_BYTES,
      end: index.end,
      nextSequence: index.nextSequence,
      chain: this.#chain,
      mark: this.mark,
    })
    if (isLent) this.#lentTo = scribe
  }

  /** Takes in what the scribe appended; a failure of its own counts as ours. */
  regain(): void {
    const scribe = this.#lentTo
    if (scribe === undefined) return
    this.#lentTo = undefined
    const back = giveBack(scribe)
    if (back === undefined) {
      this.sound.breakWith('the thread that appends to the journal has ended')
      return
    }
    const { blocks, chain, turn, failure } = back
    this.#fileBytes = back.fileBytes
    this.#aheadBytes = back.aheadBytes
    // Each of its blocks is one sync.
    countSyncs(blocks.length)
    if (blocks.length > 0) {
      const index = this.#segments.at(-1)!
      for (const block of blocks) index.add(block, block.bytes)
      this.#chain = chain
      this.mark.become(turn, { sequence: index.nextSequence - 1, chain })
    }
    if (failure !== undefined) this.#takeFailure(failure)
  }

  /** @throws SealtrailError `StoreFailed` when the files are no longer those that the paths lead to. */
  checkPlace(): void {
    const there = identityAt(this.#file.path)
    const own = this.#file.identity
    if (there?.device === own.device && there.inode === own.inode) return
    throw this.#gone()
  }

  /** Lets go of segments whose last block is older than `beforeMs` and before `sequence`. */
  dropBefore(sequence: number, beforeMs: number): void {
    while (this.#segments.length > 1) {
      const [oldest, next] = this.#segments as [SegmentIndex, SegmentIndex]
      const { firstSequence, chainBefore } = next.head
      if (firstSequence - 1 > sequence) return
      if (known(this.#segments, oldest).timeMs > beforeMs) return
      this.mark.write({ oldest: { sequence: firstSequence, chain: chainBefore } })
      this.mark.sync()
      removeAt(oldest.path)
      this.#segments.shift()
    }
  }

  /** The zeros ahead are cut, so that a closed journal is all blocks. */
  close(): void {
    if (this.sound.broken === undefined && this.mark.isOurs) {
      const { end } = this.#segments.at(-1)!
      if (this.#fileBytes > end) this.#file.resize(end)
      this.mark.sync()
    }
    this.#file.close()
    this.mark.close()
  }

  /** Room for a block of `bytes`: the next segment, or zeros ahead. */
  #prepare(bytes: number): void {
    const { end } = this.#segments.at(-1)!
    if (
      end + bytes > SEGMENT_BYTES &&
      this.nextSequence > this.#segments.at(-1)!.head.firstSequence
    ) {
      this.#roll()
    } else if (bytes <= SMALL_BLOCK_BYTES && end + bytes > this.#fileBytes) {
      this.#writeAhead()
    }
  }

  #writeAhead(): void {
    try {
      this.#file.write([Buffer.alloc(this.#aheadBytes)], this.#fileBytes)
      this.#fileBytes += this.#aheadBytes
      this.#aheadBytes = Math.min(2 * this.#aheadBytes, AHEAD_BYTES_MAX)
    } catch (error) {
      // The block itself may still fit.
      if (!isNoRoom((error as NodeJS.ErrnoException).code)) throw error
    }
  }

  #roll(): void {
    const last = this.#segments.at(-1)!
    this.#file.resize(last.end)
    this.#fileBytes = last.end
    const { nextSequence: firstSequence } = last
    const sequencesBefore = firstSequence - last.head.firstSequence
    const head = { firstSequence, sequencesBefore, chainBefore: this.#chain }
    const path = join(this.#directory, segmentName(head.firstSequence))
    const file = HeldFile.make(path, segmentHead(head))
    this.#file.close()
    this.#file = file
    this.#fileBytes = file.bytes
    this.#segments.push(new SegmentIndex(path, head))
    this.mark.sync()
  }

  #gone(): SealtrailError {
    return this.sound.breakWith(
      `the data directory is gone or was replaced: ${this.#file.path} is not the file that was opened`,
    )
  }

  #takeFailure({ step, code }: Failure): void {
    // What had no room is tried again, here.
    if (step === 'write' && isNoRoom(code)) return
    if (step === 'place') this.#gone()
    else if (step === 'write') this.sound.breakWith(`the journal cannot be written: ${code}`)
    else this.sound.breakWith(`a sync of the journal failed: ${code}, ${step}`)
  }
}
