/**
 * Two passages as one: what comes out of the first goes through the second.
 *
 * The second gets each piece before the first goes on, and the first goes on when a reader has asked for what
 * came out of the second; so little is held, however much the one or the other makes of a byte.
 *
 * @module
 */
import type { Asked, Passage } from './passage.js'

export class JoinedPassage implements Passage {
  readonly #first: Passage
  readonly #second: Passage
  readonly #between: Uint8Array[] = []

  /** The first has nothing to begin with. */
  constructor(first: Passage & { readonly begin?: undefined }, second: Passage) {
    this.#first = first
    this.#second = second
  }

  begin(target: Uint8Array[]): Promise<void> | undefined {
    return this.#second.begin?.(target)
  }

  async push(bytes: Uint8Array, target: Uint8Array[], taken: Asked): Promise<void> {
    const passOn = () => this.#passOn(target, taken)
    try {
      await this.#first.push(bytes, this.#between, passOn)
    } finally {
      // What came before a failure is good.
      await passOn()
    }
  }

  async end(target: Uint8Array[], taken: Asked): Promise<void> {
    const passOn = () => this.#passOn(target, taken)
    await this.#first.end(this.#between, passOn)
    await passOn()
    await this.#second.end(target, taken)
  }

  release(): void {
    this.#first.release()
    this.#second.release()
    this.#wipe()
  }

  async #passOn(target: Uint8Array[], taken: Asked): Promise<void> {
    try {
      for (const piece of this.#between) {
        await this.#second.push(piece, target, taken)
        await taken()
      }
    } finally {
      this.#wipe()
    }
  }

  #wipe(): void {
    for (const piece of this.#between.splice(0)) piece.fill(0)
  }
}
