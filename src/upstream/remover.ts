/**
 * Objects on their way out: what is to go while a request is under way goes with the next one.
 *
 * Nobody is told of what cannot be removed: no row names it, and the next start sweeps it away.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { DELETED_AT_ONCE_MAX, type UpstreamBucket } from './client/bucket.js'

export class Remover {
  readonly #bucket: UpstreamBucket
  #waiting: Array<{ readonly key: string; readonly done: () => void }> = []
  #running: Promise<void> | undefined

  constructor(bucket: UpstreamBucket) {
    this.#bucket = bucket
  }

  /** Resolves when it was asked for, whatever came of it. */
  remove(key: string): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ key, done })
      this.#running ??= this.#run()
    })
  }

  /** Waits for what is in line. */
  async close(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever removes in this turn comes along.
      await setImmediate()
      const batch = this.#waiting.splice(0, DELETED_AT_ONCE_MAX)
      await this.#bucket.delete(batch.map(({ key }) => key)).catch(() => undefined)
      for (const { done } of batch) done()
    }
    this.#running = undefined
  }
}
