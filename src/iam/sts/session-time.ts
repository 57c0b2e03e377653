/**
 * The time by which sessions end: the wall clock, but never slower than time passes.
 *
 * A clock that is set back while we run prolongs nothing; one that is set ahead ends sessions, and a clock that is set
 * right again makes them good again. Across a start only the wall clock is left: a token from later than now is refused
 * (sessions.ts), so that a clock set back gives a session no more than the time between its beginning and its end.
 *
 * @module
 */
import type { Clock } from '../../clock.js'

export class SessionTime {
  readonly #clock: Clock
  /** What the wall clock said at the monotonic clock's zero, when we began. */
  readonly #zero: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#zero = clock.now() - clock.elapsed()
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Math.max(this.#clock.now(), this.#zero + this.#clock.elapsed())
  }
}
