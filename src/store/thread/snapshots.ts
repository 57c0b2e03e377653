/**
 * Copies of the view, so that a start need not go through the whole journal, and old segments may go.
 *
 *     <dataDir>/snapshots/<sequence, 15 digits>.sqlite        the newest two
 *
 * The mark has the hash of each; one that is not as it was written is passed over for the one before, with more of the
 * journal told behind it. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import { join } from 'node:path'
import { makeDirectoryIn, moveTo, namesIn, removeAt } from '../files/held-file.js'
import type { Journal } from '../journal/journal.js'
import type { KnownCopy } from '../journal/mark.js'
import { hashOf } from '../view/database-file.js'
import type { View } from '../view/view.js'

export const SNAPSHOTS_DIRECTORY = 'snapshots'
/**
 * A snapshot is taken when so much has been written since the last one: what a start has to go through. Facts of large
 * tables are not in it, and count as bytes only.
 */
export const CHANGES_MAX = 50_000
const JOURNAL_BYTES_MAX = 128 * 1024 * 1024
const KEPT = 2
/** Sequence numbers after a snapshot that could not be written. */
const TRY_AGAIN_AFTER = 10_000

export function snapshotPath(dataDir: string, { sequence }: Pick<KnownCopy, 'sequence'>): string {
  const name = `${String(sequence).padStart(15, '0')}.sqlite`
  return join(dataDir, SNAPSHOTS_DIRECTORY, name)
}

/** Undefined for a file that is no snapshot. */
export function sequenceOfSnapshot(name: string): number | undefined {
  const digits = /^(\d{15})\.sqlite$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export class Snapshots {
  readonly #dataDir: string
  #changes: number
  #tryAgainAt = 0

  /** `changes` that the journal has behind the last snapshot. */
  constructor(dataDir: string, changes: number) {
    this.#dataDir = dataDir
    this.#changes = changes
  }

  /** To be told of every change of the view. */
  isDue(journal: Journal, changes: number): boolean {
    this.#changes += changes
    if (journal.nextSequence < this.#tryAgainAt) return false
    if (this.#changes >= CHANGES_MAX) return true
    return journal.bytesSince(journal.mark.state.snapshots[0]?.sequence ?? 0) >= JOURNAL_BYTES_MAX
  }

  /** Of all that is in the journal, which the view has been told. False when it could not be written. */
  take(journal: Journal, view: View): boolean {
    try {
      this.#take(journal, view)
      return true
    } catch {
      this.#tryAgainAt = journal.nextSequence + TRY_AGAIN_AFTER
      return false
    }
  }

  #take(journal: Journal, view: View): void {
    const sequence = journal.nextSequence - 1
    const path = snapshotPath(this.#dataDir, { sequence })
    makeDirectoryIn(this.#dataDir, SNAPSHOTS_DIRECTORY)
    view.copyTo(`${path}.part`)
    const hash = hashOf(`${path}.part`)!
    moveTo(`${path}.part`, path)
    const snapshots = [{ sequence, hash }, ...journal.mark.state.snapshots].slice(0, KEPT)
    journal.mark.write({ snapshots })
    journal.mark.sync()
    this.#changes = 0
    this.#sweep(snapshots)
  }

  /** The journal must go back to here. */
  oldestSequence({ mark }: Journal): number {
    const { snapshots } = mark.state
    return snapshots.length < KEPT ? 0 : snapshots.at(-1)!.sequence
  }

  #sweep(kept: readonly KnownCopy[]): void {
    const paths = kept.map((copy) => snapshotPath(this.#dataDir, copy))
    for (const name of namesIn(join(this.#dataDir, SNAPSHOTS_DIRECTORY))) {
      const path = join(this.#dataDir, SNAPSHOTS_DIRECTORY, name)
      if (!paths.includes(path)) removeAt(path)
    }
  }
}
