/**
 * A job's way to a thread: its turn, its memory, its key, and a second try.
 *
 * A job whose thread dies is done again, from input that is here still; one that kills every thread fails as
 * `WorkerDied`. Turns are in line.ts, shared memory in
 * slabs.ts, threads in crew.ts.
 *
 * @module
 */
import { openEngine } from '../engine/choose.js'
import type { KeyHandle } from '../engine/engine.js'
import { isSealtrailError } from '../errors.js'
import { Crew } from './crew.js'
import type { Job, LentKey } from './jobs.js'
import { Line } from './line.js'
import { Slabs } from './slabs.js'
import { wipe } from './wipe.js'

const ATTEMPTS_MAX = 3

/** @throws SealtrailError what the job threw; `WorkerDied` */
export type Run = (job: Job) => Promise<Uint8Array | undefined>

export class Dispatch {
  readonly counts = { onThread: 0, again: 0 }
  readonly #line: Line
  readonly #crew: Crew
  readonly #slabs = new Slabs()
  #unsettled = 0
  #drained: (() => void) | undefined

  constructor(threads: number, bytesInFlightMax: number, workerUrl: URL) {
    this.#line = new Line(threads, bytesInFlightMax)
    this.#crew = new Crew(threads, workerUrl)
  }

  /** One job on memory that is the caller's, and shared; it stays as it is until this settles. */
  async inPlace(bytes: number, job: Job): Promise<Uint8Array | undefined> {
    return await this.#inTurn(bytes, () => this.#crew.run(job))
  }

  /** `work` fills its slab, runs one job on it, and leaves nothing secret in it unless it fails. */
  async withSlab<T>(
    bytes: number,
    work: (slab: Uint8Array<SharedArrayBuffer>, run: Run) => Promise<T>,
  ): Promise<T> {
    return await this.#inTurn(bytes, async () => {
      const slab = this.#slabs.take(bytes)
      try {
        return await work(slab, (job) => this.#crew.run(job))
      } catch (error) {
        // No thread is at it any more: a job does not settle before (crew.ts).
        wipe(slab)
        throw error
      } finally {
        this.#slabs.give(slab)
      }
    })
  }

  /** Waits for the jobs of others, of which there must come no more, then ends the threads. */
  async close(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>((drained) => (this.#drained = drained))
    await this.#crew.close()
  }

  async #inTurn<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    this.counts.onThread++
    this.#unsettled++
    try {
      return await this.#line.pass(bytes, () => this.#persist(work))
    } finally {
      if (--this.#unsettled === 0) this.#drained?.()
    }
  }

  async #persist<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const isDeath = isSealtrailError(error, 'WorkerDied')
        if (!isDeath || attempt === ATTEMPTS_MAX) throw error
        this.counts.again++
      }
    }
  }
}

/** Lends a thread a key for as long as `use` takes. @throws SealtrailError `KeyReleased` */
export async function lend<T>(key: KeyHandle, use: (lent: LentKey) => Promise<T>): Promise<T> {
  const { ticket, end } = openEngine(key.engine).shareKey(key)
  try {
    return await use({ engine: key.engine, ticket })
  } finally {
    // The thread may have died before it took the ticket.
    end()
  }
}
