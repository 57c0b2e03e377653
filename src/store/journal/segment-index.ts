/**
 * Where in a segment to begin reading: the place of a block every so many bytes.
 *
 * Records need no row each: ids and times grow with the journal, and a stretch of it is read in a fraction of a
 * millisecond (bench/store/journal.bench.ts).
 *
 * @module
 */
import type { BlockNumbers } from './block.js'
import { SEGMENT_HEAD_BYTES, type SegmentHead } from './segment.js'

/** Between two points there are at least so many bytes. */
const POINT_BYTES = 128 * 1024

interface Point {
  readonly sequence: number
  readonly offset: number
}

/** Whole blocks. */
export interface Stretch {
  readonly offset: number
  readonly bytes: number
  readonly firstSequence: number
  /** Of the stretch behind it. */
  readonly nextSequence: number
}

export class SegmentIndex {
  readonly path: string
  readonly head: SegmentHead
  #points: Point[]
  #end: number = SEGMENT_HEAD_BYTES
  #nextSequence: number
  /** When its last block was written; 0 without one. */
  timeMs = 0

  constructor(path: string, head: SegmentHead) {
    this.path = path
    this.head = head
    this.#nextSequence = head.firstSequence
    this.#points = [{ sequence: head.firstSequence, offset: SEGMENT_HEAD_BYTES }]
  }

  get nextSequence(): number {
    return this.#nextSequence
  }

  /** Behind the last block. */
  get end(): number {
    return this.#end
  }

  /** Takes in a block of `bytes` that begins where the last one ended. */
  add({ firstSequence, sequences, timeMs }: BlockNumbers, bytes: number): void {
    const offset = this.#end
    if (offset - this.#points.at(-1)!.offset >= POINT_BYTES) {
      this.#points.push({ sequence: firstSequence, offset })
    }
    this.#end = offset + bytes
    this.#nextSequence = firstSequence + sequences
    this.timeMs = timeMs
  }

  /** Takes over what a walk has found. */
  become(walked: SegmentIndex): void {
    this.#points = walked.#points
    this.#end = walked.#end
    this.#nextSequence = walked.#nextSequence
    this.timeMs = walked.timeMs
  }

  /** The stretch that holds `sequence`, which the segment has. */
  stretchOf(sequence: number): Stretch {
    let low = 0
    let high = this.#points.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#points[middle]!.sequence <= sequence) low = middle
      else high = middle - 1
    }
    const { offset, sequence: firstSequence } = this.#points[low]!
    const next = this.#points[low + 1] ?? { offset: this.#end, sequence: this.#nextSequence }
    return { offset, bytes: next.offset - offset, firstSequence, nextSequence: next.sequence }
  }
}
