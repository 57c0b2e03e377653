/**
 * A set of whole numbers from 0 on, a bit for each: what was acknowledged, of millions.
 *
 * @module
 */
export class Bits {
  #words = new Uint32Array(1024)
  #end = 0
  count = 0

  add(number: number): void {
    const word = number >>> 5
    if (word >= this.#words.length) {
      const larger = new Uint32Array(Math.max(this.#words.length * 2, word + 1))
      larger.set(this.#words)
      this.#words = larger
    }
    if (this.has(number)) return
    this.#words[word]! |= 1 << (number & 31)
    this.#end = Math.max(this.#end, number + 1)
    this.count++
  }

  has(number: number): boolean {
    return ((this.#words[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0
  }

  *[Symbol.iterator](): Generator<number> {
    for (let number = 0; number < this.#end; number++) if (this.has(number)) yield number
  }
}
