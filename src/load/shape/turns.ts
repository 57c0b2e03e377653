/**
 * Which of several is next, as often as their weights say and as evenly as they allow.
 *
 * @module
 */
export class Turns {
  readonly #weights: readonly number[]
  readonly #credits: number[]
  readonly #sum: number

  constructor(weights: readonly number[]) {
    this.#weights = weights
    this.#credits = weights.map(() => 0)
    this.#sum = weights.reduce((sum, weight) => sum + weight, 0)
  }

  /** The one with the most credit, which pays for all. */
  next(): number {
    const credits = this.#credits
    let best = 0
    for (let one = 0; one < credits.length; one++) {
      credits[one]! += this.#weights[one]!
      if (credits[one]! > credits[best]!) best = one
    }
    credits[best]! -= this.#sum
    return best
  }
}
