/**
 * The earliest events from some place on, as many as there is room for: each once, and then in order.
 *
 *     from ──── kept ──── until ──── left for the next window ────
 *
 * A place is a time and an id: of one time there may be more events than there is room for. When more come than that, the
 * later ones are dropped and the window ends before them: whoever reads again from `until` on finds them. What the journal
 * has is what this house witnessed: it stays instead of what a file says under the same id.
 *
 * @module
 */

/** Characters of records. */
const ROOM = 32 * 1024 * 1024
/** Of it, what stays when it is full. */
const KEPT = 0.75

/** Before all events of its time when the id is empty. */
export interface Place {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly id: string
}

export interface Held extends Place {
  /** Of what the journal has. */
  readonly seq: number | undefined
  readonly record: string
}

export class Window {
  readonly from: Place
  readonly #held = new Map<string, Held>()
  readonly #room: number
  #characters = 0
  #until: Place

  /** `until` excluded. */
  constructor(from: Place, until: Place, room = ROOM) {
    this.from = from
    this.#until = until
    this.#room = room
  }

  get until(): Place {
    return this.#until
  }

  /** The time before which all of it is; milliseconds since the epoch. */
  get end(): number {
    const { time, id } = this.#until
    return id === '' ? time : time + 1
  }

  /** Whether an event of this time may be in it. */
  spans(time: number): boolean {
    return time >= this.from.time && time < this.end
  }

  /** Whether anything of it is known from files alone. */
  get hasUnwitnessed(): boolean {
    for (const { seq } of this.#held.values()) if (seq === undefined) return true
    return false
  }

  take(held: Held): void {
    if (inOrder(held, this.from) < 0 || inOrder(held, this.#until) >= 0) return
    const known = this.#held.get(held.id)
    if (known !== undefined && (known.seq !== undefined || held.seq === undefined)) return
    this.#characters += held.record.length - (known?.record.length ?? 0)
    this.#held.set(held.id, held)
    if (this.#characters > this.#room) this.#shrink()
  }

  /** The journal has this id: what a file says under it is no answer. */
  witness(id: string): void {
    const known = this.#held.get(id)
    if (known === undefined || known.seq !== undefined) return
    this.#characters -= known.record.length
    this.#held.delete(id)
  }

  /** By time, and of one time by id, which grows with time where it is ours. */
  inOrder(): Held[] {
    return [...this.#held.values()].sort(inOrder)
  }

  #shrink(): void {
    let characters = 0
    for (const held of this.inOrder()) {
      const { id, record } = held
      const isFirst = characters === 0
      characters += record.length
      // The first one stays, however large it is: the next window begins behind it.
      if (isFirst || characters <= this.#room * KEPT) continue
      if (inOrder(held, this.#until) < 0) this.#until = held
      this.#characters -= record.length
      this.#held.delete(id)
    }
  }
}

function inOrder(a: Place, b: Place): number {
  return a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
