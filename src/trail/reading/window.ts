/**
 * The earliest events from some time on, as many as there is room for: each once, and then in order.
 *
 *     from ──── kept ──── until ──── left for the next window ────
 *
 * When more come than there is room for, the later ones are dropped and the window ends before them: whoever reads again
 * from `until` on finds them. Only those of one time stay together whatever room they take: a record says no more of it.
 *
 * @module
 */

/** Characters of records. */
const ROOM = 32 * 1024 * 1024
/** Of it, what stays when it is full. */
const KEPT = 0.75

export interface Held {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly seq: number | undefined
  readonly record: string
}

export class Window {
  readonly from: number
  readonly #held = new Map<string, Held>()
  #room: number
  #characters = 0
  #until: number

  /** Milliseconds since the epoch, `until` excluded. */
  constructor(from: number, until: number, room = ROOM) {
    this.from = from
    this.#until = until
    this.#room = room
  }

  get until(): number {
    return this.#until
  }

  /** Whether an event of this time is in it. */
  spans(time: number): boolean {
    return time >= this.from && time < this.#until
  }

  /** An event that is there already stays as it is. */
  take(held: Held): void {
    if (!this.spans(held.time) || this.#held.has(held.id)) return
    this.#held.set(held.id, held)
    this.#characters += held.record.length
    if (this.#characters > this.#room) this.#shrink()
  }

  /** By time, and of one time by id, which grows with time where it is ours. */
  inOrder(): Held[] {
    return [...this.#held.values()].sort(
      (a, b) => a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    )
  }

  #shrink(): void {
    const sorted = this.inOrder()
    const first = sorted[0]!.time
    let [last, characters] = [first, 0]
    for (const { time, record } of sorted) {
      characters += record.length
      last = time
      if (characters > this.#room * KEPT && time > first) break
    }
    this.#until = Math.min(this.#until, last > first ? last : first + 1)
    this.#characters = 0
    for (const { id, time, record } of sorted) {
      if (time >= this.#until) this.#held.delete(id)
      else this.#characters += record.length
    }
    // Of one time there may be more than there is room for.
    this.#room = Math.max(this.#room, 2 * this.#characters)
  }
}
