/**
 * Who writes into which bucket just now, so that none is dropped meanwhile.
 *
 * A bucket is empty when it is dropped, and stays so: whoever puts something into it holds a place here from before it
 * looks the bucket up until its commit is done, and whoever drops it waits for nobody: one of the two is told to try again.
 *
 * @module
 */
import { tryAgain } from '../refusals.js'

export class BucketWrites {
  /** Writers, by name of the bucket. */
  readonly #writers = new Map<string, number>()
  readonly #doomed = new Set<string>()

  /** @throws SealtrailError `OperationAborted` while the bucket `name` is dropped. */
  async write<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
    if (this.#doomed.has(name)) throw tryAgain()
    this.#writers.set(name, (this.#writers.get(name) ?? 0) + 1)
    try {
      return await work()
    } finally {
      const left = this.#writers.get(name)! - 1
      if (left === 0) this.#writers.delete(name)
      else this.#writers.set(name, left)
    }
  }

  /** One at a time. @throws SealtrailError `OperationAborted` while somebody writes into it. */
  async drop<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
    if (this.#writers.has(name)) throw tryAgain()
    this.#doomed.add(name)
    try {
      return await work()
    } finally {
      this.#doomed.delete(name)
    }
  }
}
