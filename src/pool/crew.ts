/**
 * The threads: piscina, made so that every job settles.
 *
 * A thread that dies fails its job as `WorkerDied`, and the next job starts another. When a job settles, no thread
 * is at its memory any more. Threads start with
 * the first job and end when they have been idle for a while; idle ones do not keep the process alive. How
 * many jobs come at once, and whether a job is tried again, is pool.ts's business.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import { errorOf, SealtrailError } from '../errors.js'
import type { Job } from './jobs.js'
import type { Result } from './worker.js'

const IDLE_MS = 30_000
/** Jobs hold their bytes outside the heap; a thread that needs more has gone astray. */
const HEAP_MIB_MAX = 256
/** Threads that die while they start, one after the other, before their jobs are failed. */
const STILLBORN_MAX = 3

export class Crew {
  readonly #threads: number
  readonly #workerUrl: URL
  #piscina: Promise<Piscina> | undefined
  #running = 0
  #stillborn = 0
  /** Until every thread that was told to end has ended. */
  #ending: Promise<unknown> = Promise.resolve()

  constructor(threads: number, workerUrl: URL) {
    this.#threads = threads
    this.#workerUrl = workerUrl
  }

  /**
   * The job's bytes, if it makes any. At most as many at once as there are threads.
   * @throws SealtrailError what the job threw; `WorkerDied`.
   */
  async run(job: Job): Promise<Uint8Array | undefined> {
    this.#piscina ??= this.#start()
    this.#running++
    let result: Result
    let death: SealtrailError | undefined
    try {
      const piscina = await this.#piscina
      result = await piscina.run(job)
    } catch (cause) {
      const message = 'the thread ended before its work was done'
      death = new SealtrailError('WorkerDied', message, {}, { cause })
    } finally {
      this.#running--
      this.#stillborn = 0
    }
    if (death !== undefined) {
      // A thread that died of its job is done with it. One that is told to end is not, while it is in native code;
      // piscina fails its job at once.
      await this.#ending
      throw death
    }
    if (result === undefined || result instanceof Uint8Array) return result
    throw errorOf(result)
  }

  /** Ends all threads; what they were doing fails. */
  async close(): Promise<void> {
    const piscina = this.#piscina
    this.#piscina = undefined
    const ended = piscina?.then((one) => one.destroy())
    this.#ending = Promise.allSettled([this.#ending, ended])
    await ended
  }

  async #start(): Promise<Piscina> {
    // Only who has work for threads waits for piscina to load.
    const { Piscina } = await import('piscina')
    const started = this.#piscina
    const piscina = new Piscina({
      filename: fileURLToPath(this.#workerUrl),
      name: 'runJob',
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: IDLE_MS,
      // Flags of the owner, such as --input-type, are not the thread's.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
      recordTiming: false,
    })
    // Told of threads that die without a job. They harm nobody, except as below.
    piscina.on('error', () => {})
    piscina.on('workerDestroy', () => {
      setImmediate(() => {
        if (started === this.#piscina) this.#refill(piscina)
      })
    })
    return piscina
  }

  /**
   * piscina starts a thread when a job comes, and not for a job that is waiting still when the thread that
   * was to do it dies while it starts. So another job comes.
   */
  #refill(piscina: Piscina): void {
    if (piscina.threads.length >= this.#running) return
    if (++this.#stillborn > STILLBORN_MAX) {
      void this.close()
    } else {
      piscina.run({ kind: 'nothing' } satisfies Job).catch(() => {})
    }
  }
}
