/**
 * What goes on in the background upstream: one sweep after a start (sweep.ts), then packs that removals have emptied.
 *
 *     nothing settled is outstanding → rows name nothing in it → removed
 *                                    → less than half of it    → put again elsewhere, row by row → removed
 *
 * Nothing is removed on the word of a count: the rows are asked, and everything that was given out has been settled before.
 * Nobody waits for it. What fails is tried again the next time that somebody removes something.
 *
 * @module
 */
import type { BlobRef, BlobRows } from '../store/blobs/blobs.js'
import { pagesOf } from '../store/blobs/sweep.js'
import { refsOfUpstreamPacks, upstreamPlaceOf } from '../store/blobs/upstream-ref.js'
import { packKey } from './keys.js'
import type { Packing } from './packing.js'
import { openRecord } from './readers.js'
import { isWorthWhile, livesOf, type SweepParts, sweep } from './sweep.js'

export interface TendingParts extends SweepParts {
  readonly packing: Packing
}

const PACKS_AT_ONCE = 16
/** They are put together, and share a pack. */
const MOVES_AT_ONCE = 64

export class Tending {
  readonly #parts: TendingParts
  readonly #rows: BlobRows
  #isSwept = false
  #isWanted = false
  #running: Promise<void> | undefined

  constructor(parts: TendingParts, rows: BlobRows) {
    this.#parts = parts
    this.#rows = rows
  }

  /** There may be something to do. */
  wake(): void {
    this.#isWanted = true
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#parts.isStopped()) {
      this.#isWanted = false
      try {
        if (!this.#isSwept) await sweep(this.#parts, this.#rows)
        this.#isSwept = true
        await this.#lookAtDoubtful()
      } catch {
        // Whoever puts or reads is told of an upstream that fails; here it can wait.
      }
    }
    this.#running = undefined
  }

  async #lookAtDoubtful(): Promise<void> {
    const { known, isStopped } = this.#parts
    for (;;) {
      const ready = [...known.doubtful].filter((pack) => !known.isUnsettledPack(pack))
      if (ready.length === 0 || isStopped()) return
      for (let at = 0; at < ready.length && !isStopped(); at += PACKS_AT_ONCE) {
        const some = ready.slice(at, at + PACKS_AT_ONCE)
        // None is under way any more when one has failed.
        const looked = await Promise.allSettled(some.map((pack) => this.#lookAt(pack)))
        const failed = looked.find(({ status }) => status === 'rejected')
        if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
      }
    }
  }

  async #lookAt(pack: string): Promise<void> {
    const { known, remover } = this.#parts
    known.doubtful.delete(pack)
    try {
      const live = (await livesOf(this.#rows, pack)).get(pack)
      if (live !== undefined && !isWorthWhile(pack, live)) return
      if (live === undefined || (await this.#empty(pack))) await remover.remove(packKey(pack))
    } catch (error) {
      known.doubtful.add(pack)
      throw error
    }
  }

  /** True when rows name nothing in it any more. */
  async #empty(pack: string): Promise<boolean> {
    const between = refsOfUpstreamPacks(pack)
    for await (const page of pagesOf(this.#rows, between)) {
      for (let at = 0; at < page.length; at += MOVES_AT_ONCE) {
        if (this.#parts.isStopped()) return false
        const refs = page.slice(at, at + MOVES_AT_ONCE)
        const read = await Promise.all(refs.map((ref) => this.#read(ref)))
        const moves = refs.map((ref, i) => read[i] && this.#move(ref, read[i]))
        const failed = (await Promise.allSettled(moves)).find(({ status }) => status === 'rejected')
        if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
      }
    }
    return (await this.#rows.named(between.after, between.before, 1)).length === 0
  }

  /** What cannot be read stays where it is, and its pack with it. */
  async #read(ref: BlobRef): Promise<Uint8Array | undefined> {
    const place = upstreamPlaceOf(ref)
    if (place.kind === 'file') return undefined
    const reader = await openRecord(this.#parts.bucket, ref, place).catch(() => undefined)
    return await reader?.read(0, reader.bytes)
  }

  async #move(from: BlobRef, bytes: Uint8Array): Promise<void> {
    const { packing, known } = this.#parts
    const to = await packing.put(bytes)
    if (!(await this.#rows.move(from, to))) known.doubt(to)
    known.settle(to)
  }
}
