/**
 * What goes on in the background: one sweep after a start (sweep.ts), then room given back whenever there is some
 * (packs/compact.ts).
 *
 * Nobody waits for it. What fails is tried again the next time that somebody removes something.
 *
 * @module
 */
import type { Disk } from '../files/disk.js'
import type { BlobRows } from './blobs.js'
import { compact } from './packs/compact.js'
import type { Descriptors } from './packs/descriptors.js'
import type { Ledger } from './packs/ledger.js'
import type { Packer } from './packs/packer.js'
import type { Places } from './places.js'
import { sweep } from './sweep.js'

export interface TendingParts {
  readonly disk: Disk
  readonly places: Places
  readonly ledger: Ledger
  readonly packer: Packer
  readonly descriptors: Descriptors
  readonly isStopped: () => boolean
}

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
        await compact(this.#parts, this.#rows)
      } catch {
        // Whoever puts or reads is told of a disk that fails; here it can wait.
      }
    }
    this.#running = undefined
  }
}
