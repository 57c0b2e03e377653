/**
 * A map that forgets what was asked for longest ago.
 *
 * @module
 */

export class Lru<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #entriesMax: number
  readonly #left: (value: Value, next: Value | undefined) => void

  /** `left` is told of every value that leaves, and of the one that takes its place. */
  constructor(
    entriesMax: number,
    left: (value: Value, next: Value | undefined) => void = () => {},
  ) {
    this.#entriesMax = entriesMax
    this.#left = left
  }

  get(name: string): Value | undefined {
    const value = this.#entries.get(name)
    if (value !== undefined) {
      this.#entries.delete(name)
      this.#entries.set(name, value)
    }
    return value
  }

  set(name: string, value: Value): void {
    const before = this.#entries.get(name)
    this.#entries.delete(name)
    this.#entries.set(name, value)
    if (before !== undefined && before !== value) this.#left(before, value)
    if (this.#entries.size > this.#entriesMax) this.delete(this.#entries.keys().next().value!)
  }

  delete(name: string): void {
    const value = this.#entries.get(name)
    if (value === undefined) return
    this.#entries.delete(name)
    this.#left(value, undefined)
  }

  clear(): void {
    for (const name of [...this.#entries.keys()]) this.delete(name)
  }
}
