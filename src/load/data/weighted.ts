/**
 * One of many, each as often as its weight says, in the same time however many there are.
 *
 * Vose's alias method, in whole numbers: each place is shared by two at most, and what a place holds is a count of parts of
 * which all places have equally many. Source: M. D. Vose, "A linear algorithm for generating random numbers with a given
 * distribution" (1991).
 *
 * @module
 */
import type { Random } from './random.js'

export class Weighted {
  readonly #total: number
  /** Of each place: how many of its `total` parts are its own, and whose the others are. */
  readonly #own: Int32Array
  readonly #other: Int32Array

  /** Whole numbers from 0 on, of which one is more; fewer than 2^21 in all. */
  constructor(weights: readonly number[]) {
    const count = weights.length
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const parts = weights.map((weight) => weight * count)
    this.#total = total
    this.#own = new Int32Array(count)
    this.#other = new Int32Array(count)
    const few = [...parts.keys()].filter((i) => parts[i]! < total)
    const many = [...parts.keys()].filter((i) => parts[i]! >= total)
    while (few.length > 0) {
      const [poor, rich] = [few.pop()!, many.at(-1)!]
      this.#own[poor] = parts[poor]!
      this.#other[poor] = rich
      parts[rich]! -= total - parts[poor]!
      if (parts[rich]! < total) few.push(many.pop()!)
    }
    for (const full of many) this.#own[full] = total
  }

  pick(random: Random): number {
    const place = random.below(this.#own.length)
    return random.below(this.#total) < this.#own[place]! ? place : this.#other[place]!
  }
}
