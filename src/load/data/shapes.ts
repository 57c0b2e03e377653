/**
 * Which shape the next event has: events of one service and client come in bursts, several at a time, and some follow one of
 * their own shape.
 *
 * However bursts go, each shape is as frequent as its weight says: a burst that ends is followed by one of the last few
 * events' or by any, by its weight.
 *
 * @module
 */
import type { Profile } from './profile.js'
import type { Random } from './random.js'
import { RECENT } from './slots.js'
import { Weighted } from './weighted.js'

export class Shapes {
  readonly #chances: Pick<Profile, 'stay' | 'near' | 'again'>
  readonly #bursts: Weighted
  /** Of each burst: its shapes, and one of them by its weight. */
  readonly #shapes: ReadonlyArray<{ readonly all: readonly number[]; readonly pick: Weighted }>
  /** The bursts of the last events, and where the next one's goes. */
  readonly #recent = new Int32Array(RECENT).fill(-1)
  #at = 0
  #burst = -1
  #shape = -1

  constructor({ templates, stay, near, again }: Profile) {
    this.#chances = { stay, near, again }
    const bursts: number[][] = []
    for (const [shape, template] of templates.entries()) {
      const burst = template[1]!
      bursts[burst] ??= []
      bursts[burst].push(shape)
    }
    const weights = bursts.map((shapes) => shapes.map((shape) => templates[shape]![0]!))
    this.#bursts = new Weighted(weights.map((some) => some.reduce((sum, weight) => sum + weight)))
    this.#shapes = bursts.map((all, burst) => ({ all, pick: new Weighted(weights[burst]!) }))
  }

  /** Its number in the profile. */
  next(random: Random): number {
    const { stay, near, again } = this.#chances
    const word = random.word()
    const chance = word & 0xff
    const before = this.#shape
    if (chance >= stay || before < 0) {
      const recent = this.#recent[(word >>> 8) & (RECENT - 1)]!
      this.#burst = chance < near && recent >= 0 ? recent : this.#bursts.pick(random)
    }
    this.#recent[this.#at] = this.#burst
    this.#at = (this.#at + 1) & (RECENT - 1)
    if (chance < again && before >= 0) return before
    const { all, pick } = this.#shapes[this.#burst]!
    this.#shape = all[pick.pick(random)]!
    return this.#shape
  }
}
