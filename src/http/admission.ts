/**
 * Places for requests: so many are worked on, so many wait their turn, the rest are turned away.
 *
 * Turning away is cheap, so that a server under too much load keeps doing what it can do; that the turned
 * away do not come back at once is seen to in front/exchange.ts. First come, first served. Who still sends has no
 * place and no turn: it costs only the memory of what it has sent, of which there is so much for all.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'

/** One for all: what costs most of an error is its stack, and nobody reads this one's. */
const FULL = new SealtrailError('ThrottlingException', 'Rate exceeded')

export class Admission {
  readonly #inflightMax: number
  readonly #queueMax: number
  readonly #queue: Array<() => void> = []
  /** Where the queue begins in {@link #queue}; what is before has had its turn. */
  #head = 0
  #inflight = 0

  constructor({ inflightMax, queueMax }: { inflightMax: number; queueMax: number }) {
    this.#inflightMax = inflightMax
    this.#queueMax = queueMax
  }

  get inflight(): number {
    return this.#inflight
  }

  get waiting(): number {
    return this.#queue.length - this.#head
  }

  /** @throws SealtrailError `ThrottlingException` when nobody could be let in now. */
  checkRoom(): void {
    if (this.#inflight >= this.#inflightMax && this.waiting >= this.#queueMax) throw FULL
  }

  /**
   * Undefined when there is a place at once, else a promise of one. Who has been let in calls
   * {@link leave} once.
   * @throws SealtrailError `ThrottlingException` when the queue is full.
   */
  enter(): Promise<void> | undefined {
    if (this.#inflight < this.#inflightMax) {
      this.#inflight++
      return undefined
    }
    if (this.waiting >= this.#queueMax) throw FULL
    return new Promise((resolve) => this.#queue.push(resolve))
  }

  /** The place goes to the one that has waited longest. */
  leave(): void {
    invariant(this.#inflight > 0, 'who leaves has been let in')
    const next = this.#queue[this.#head]
    if (next === undefined) {
      this.#inflight--
      return
    }
    this.#head++
    if (this.#head === this.#queue.length || this.#head === 1024) {
      this.#queue.splice(0, this.#head)
      this.#head = 0
    }
    next()
  }
}

/** Memory for bodies, whoever sends them. */
export class BodyRoom {
  #bytesLeft: number

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax
  }

  /** @throws SealtrailError `ThrottlingException` when there is not so much left. */
  take(bytes: number): void {
    if (bytes > this.#bytesLeft) throw FULL
    this.#bytesLeft -= bytes
  }

  giveBack(bytes: number): void {
    this.#bytesLeft += bytes
  }
}
