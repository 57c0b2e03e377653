/**
 * Random words that follow from a seed: the same on every machine and Node version.
 *
 * Chris Doty-Humphrey's sfc32 (PractRand), in 32-bit integers; its state comes of the seed by way of splitmix32. Not for
 * secrets: who sees some of it knows the rest. Those are bytes/random.ts.
 *
 * @module
 */

const WORDS = 1024
const WARM_UP = 12

export class Random {
  readonly #words = new Int32Array(WORDS)
  readonly #state = new Int32Array(4)
  #at = WORDS

  /** Both are whole numbers from 0 on; another stream of a seed has nothing to do with it. */
  constructor(seed: number, stream = 0) {
    let mixed = 0
    for (const half of [seed % 2 ** 32, Math.floor(seed / 2 ** 32), stream]) {
      mixed = mix((mixed ^ half) | 0)
    }
    for (let i = 0; i < 3; i++) {
      mixed = (mixed + 0x9e3779b9) | 0
      this.#state[i] = mix(mixed)
    }
    this.#state[3] = 1
    for (let i = 0; i < WARM_UP; i++) this.#refill(1)
  }

  /** 32 random bits, as a signed number. */
  word(): number {
    if (this.#at === WORDS) this.#refill(WORDS)
    return this.#words[this.#at++]!
  }

  /** 0 to `count` - 1; `count` is at most 2^21. */
  below(count: number): number {
    // The product is exact, and so is its division by a power of two.
    return Math.floor(((this.word() >>> 0) * count) / 4294967296)
  }

  #refill(count: number): void {
    const words = this.#words
    let [a, b, c, d] = this.#state as unknown as [number, number, number, number]
    for (let i = 0; i < count; i++) {
      const sum = (((a + b) | 0) + d) | 0
      d = (d + 1) | 0
      a = b ^ (b >>> 9)
      b = (c + (c << 3)) | 0
      c = (((c << 21) | (c >>> 11)) + sum) | 0
      words[i] = sum
    }
    this.#state.set([a, b, c, d])
    this.#at = count === WORDS ? 0 : WORDS
  }
}

/** The finalizer of splitmix32. */
function mix(given: number): number {
  let word = given
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
  return word ^ (word >>> 15)
}
