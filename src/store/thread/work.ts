/**
 * A batch on its way: which of its entries have failed, and the bytes of those that have not.
 *
 * @module
 */
import type { Fault } from '../../errors.js'
import type { Change } from '../change.js'
import { changesOf, entriesOf } from '../journal/entry.js'
import type { Batch, Effect } from './thread-talk.js'

export class Work {
  readonly batch: Batch
  readonly faults: Array<readonly [index: number, fault: Fault]> = []
  readonly #failed = new Set<Effect>()
  readonly #bytes: Buffer

  constructor(batch: Batch) {
    this.batch = batch
    const { buffer, byteOffset, length } = batch.bytes
    this.#bytes = Buffer.from(buffer, byteOffset, length)
  }

  /** Sequence numbers that are taken. */
  get sequences(): number {
    let sequences = this.batch.sequences
    for (const effect of this.#failed) sequences -= effect.sequences
    return sequences
  }

  changesOf({ offset, bytes }: Effect): Change[] {
    const [entry] = entriesOf(this.#bytes.subarray(offset, offset + bytes))
    return changesOf(entry!)
  }

  fail(effect: Effect, fault: Fault): void {
    if (this.#failed.has(effect)) return
    this.#failed.add(effect)
    this.faults.push([effect.index, fault])
  }

  /** The facts of all that has not failed. */
  told(): Change[][] {
    return this.batch.effects
      .filter((effect) => !this.#failed.has(effect))
      .map((effect) => this.changesOf(effect))
  }

  failAll(fault: Fault): void {
    const failed = new Set(this.faults.map(([index]) => index))
    for (let index = 0; index < this.batch.entries; index++) {
      if (!failed.has(index)) this.faults.push([index, fault])
    }
  }

  /** The bytes of all that has not failed. */
  pieces(): Buffer[] {
    const pieces: Buffer[] = []
    let at = 0
    for (const { offset, bytes } of this.batch.effects.filter((effect) =>
      this.#failed.has(effect),
    )) {
      if (offset > at) pieces.push(this.#bytes.subarray(at, offset))
      at = offset + bytes
    }
    if (at < this.#bytes.length) pieces.push(this.#bytes.subarray(at))
    return pieces
  }

  /** Shreds of entries that are durable. */
  erased(): string[] {
    return this.batch.effects
      .filter((effect) => !this.#failed.has(effect))
      .flatMap(({ shreds }) => shreds.flatMap((shred) => ('erase' in shred ? shred.erase : [])))
  }
}
