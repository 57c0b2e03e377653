/**
 * Who may go to a thread now, and who waits: in order of arrival, so many at once, so many bytes at once.
 *
 * Nothing is dropped and nothing is refused here: who waits, waits. What is larger than all the bytes there
 * may be goes alone.
 *
 * @module
 */
import { invariant } from '../invariant.js'

interface Waiting {
  readonly bytes: number
  readonly enter: () => void
}

export class Line {
  readonly #placesMax: number
  readonly #bytesMax: number
  readonly #waiting: Waiting[] = []
  #places = 0
  #bytes = 0

  constructor(placesMax: number, bytesMax: number) {
    this.#placesMax = placesMax
    this.#bytesMax = bytesMax
  }

  /** Runs `work` when it is its turn. */
  async pass<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    invariant(Number.isSafeInteger(bytes) && bytes >= 0, 'bytes in line are a whole number')
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
      await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }))
    } else {
      this.#take(bytes)
    }
    try {
      return await work()
    } finally {
      this.#leave(bytes)
    }
  }

  #leave(bytes: number): void {
    this.#places--
    this.#bytes -= bytes
    invariant(this.#places >= 0 && this.#bytes >= 0, 'who leaves has entered')
    for (;;) {
      const next = this.#waiting[0]
      if (next === undefined || !this.#hasRoom(next.bytes)) return
      this.#waiting.shift()
      this.#take(next.bytes)
      next.enter()
    }
  }

  #hasRoom(bytes: number): boolean {
    if (this.#places === 0) return true
    return this.#places < this.#placesMax && this.#bytes + bytes <= this.#bytesMax
  }

  #take(bytes: number): void {
    this.#places++
    this.#bytes += bytes
  }
}
