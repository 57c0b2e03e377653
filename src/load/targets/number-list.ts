/**
 * Many numbers, kept as they come and looked up afterwards: eight bytes each.
 *
 * @module
 */
export class NumberList {
  #numbers = new Float64Array(1024)
  #isSorted = true
  length = 0

  push(number: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Float64Array(this.#numbers.length * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.length++] = number
    this.#isSorted = false
  }

  /** In the order of the numbers. */
  at(index: number): number {
    this.#sort()
    return this.#numbers[index]!
  }

  /** How many stand behind one that is the same. */
  repeated(): number {
    this.#sort()
    let repeated = 0
    for (let i = 1; i < this.length; i++) if (this.#numbers[i] === this.#numbers[i - 1]) repeated++
    return repeated
  }

  has(number: number): boolean {
    return this.indexOf(number) !== -1
  }

  /** In the order of the numbers; -1 when it is not there. */
  indexOf(number: number): number {
    this.#sort()
    let [low, high] = [0, this.length - 1]
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.#numbers[middle]!
      if (found === number) return middle
      if (found < number) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  #sort(): void {
    if (this.#isSorted) return
    this.#numbers.subarray(0, this.length).sort()
    this.#isSorted = true
  }
}
