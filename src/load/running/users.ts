/**
 * A closed loop: so many who each ask again when they have their answer, after a pause if there is one.
 *
 * @module
 */
import { type Budget, takes } from '../shape/arrivals.js'

export interface UsersOptions {
  readonly count: number
  readonly pauseMs: number
  readonly warmupMs: number
  readonly budget: Budget
  /** Milliseconds since the run's start. */
  readonly now: () => number
  /** Somebody asks, now. */
  readonly ask: (at: number) => void
}

export class Users {
  readonly #options: UsersOptions
  #isOver = false
  /** Who have their answers, and come again in this turn of the loop. */
  #coming = 0

  constructor(options: UsersOptions) {
    this.#options = options
  }

  begin(): void {
    for (let user = 0; user < this.#options.count; user++) this.#come()
  }

  /** Not at once: answers that wait for nothing would leave no time for the clock. */
  answered(): void {
    const { pauseMs } = this.#options
    // Nobody waits for who pauses when the run is over.
    if (pauseMs > 0) setTimeout(() => this.#come(), pauseMs).unref()
    else if (this.#coming++ === 0) setImmediate(() => this.#comeAll())
  }

  /** Nobody asks again. */
  end(): void {
    this.#isOver = true
  }

  #comeAll(): void {
    const users = this.#coming
    this.#coming = 0
    for (let user = 0; user < users; user++) this.#come()
  }

  #come(): void {
    const { now, warmupMs, budget, ask } = this.#options
    const at = now()
    if (this.#isOver || (at > warmupMs && !takes(budget))) return
    ask(at)
  }
}
