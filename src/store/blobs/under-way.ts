/**
 * What is being put, until it is: who closes lets nothing more begin, and waits for it.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

export class UnderWay {
  readonly #works = new Set<Promise<unknown>>()
  #isClosed = false

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @throws SealtrailError `Closed` */
  check(): void {
    if (this.#isClosed) throw new SealtrailError('Closed', 'the blobs are closed')
  }

  /** @throws SealtrailError `Closed` */
  async run<Answer>(begin: () => Promise<Answer>): Promise<Answer> {
    this.check()
    const work = begin()
    this.#works.add(work)
    try {
      return await work
    } finally {
      this.#works.delete(work)
    }
  }

  close(): void {
    this.#isClosed = true
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#works)
  }
}
