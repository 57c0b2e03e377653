/**
 * When there is something to be done of what rows say, and rows that cannot be done: what every {@link Due} keeps that looks
 * into a table.
 *
 * What is damaged is set aside (set-aside.ts). A look that fails leaves all of it due.
 *
 * @module
 */
import { SetAside } from './set-aside.js'

export class DueRows {
  /** Nothing is due before this moment; not yet known at first. */
  #nextAt = Number.NEGATIVE_INFINITY
  readonly #aside = new SetAside()

  /** To be told when something will be due. */
  expect(at: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
  }

  nextAt(): number {
    return this.#nextAt
  }

  /** So many rows stay due and are in nobody's way. */
  get asideCount(): number {
    return this.#aside.count
  }

  /** `work` does what is due, and tells what will be. */
  async look(work: () => Promise<void>): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY
    try {
      await work()
    } catch (error) {
      this.#nextAt = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  /** As SetAside.try; what has another turn is expected then. */
  async try(name: string, now: number, work: () => Promise<boolean>): Promise<void> {
    const again = await this.#aside.try(name, now, work)
    if (again !== undefined) this.expect(again)
  }
}
