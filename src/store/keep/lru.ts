/**
 * A map that forgets what was asked for longest ago.
 *
 * @module
 */

export class Lru<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #entriesMax: number
  readonly #forget: (value: Value) => void

  /** `forget` is told of every value that leaves, whatever the reason. */
  constructor(entriesMax: number, forget: (value: Value) => void = () => {}) {
    this.#entriesMax = entriesMax
    this.#forget = forget
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
    if (before !== undefined && before !== value) this.#forget(before)
    if (this.#entries.size > this.#entriesMax) this.delete(this.#entries.keys().next().value!)
  }

  delete(name: string): void {
    const value = this.#entries.get(name)
    if (value === undefined) return
    this.#entries.delete(name)
    this.#forget(value)
  }

  clear(): void {
    for (const name of [...this.#entries.keys()]) this.delete(name)
  }

  /** Names and values, longest unused first. */
  entries(): IterableIterator<[string, Value]> {
    return this.#entries.entries()
  }
}
