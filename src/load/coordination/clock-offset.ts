/**
 * How far another's clock is from ours, by round trips: the quickest tells it best.
 *
 *     ours    asked -------------------- answered
 *     theirs             at                           offset = at - the middle, wrong by half of the way at most
 *
 * Clocks are read in whole milliseconds, which adds one to what it may be wrong by. Source: RFC 5905 §8.
 *
 * @module
 */
import type { ClientClock } from '../report/run.js'

export const ROUND_TRIPS = 8
/** Of reading a clock that tells whole milliseconds, twice. */
const READING_MS = 1

export interface RoundTrip {
  /** By our clock, when it was over. */
  readonly answeredAt: number
  /** How long it took. */
  readonly ms: number
  /** By theirs, in between. */
  readonly at: number
}

/** At least one round trip. */
export function clockOffset(trips: readonly RoundTrip[]): ClientClock {
  const { answeredAt, ms, at } = trips.reduce((best, one) => (one.ms < best.ms ? one : best))
  return { offsetMs: at - (answeredAt - ms / 2), uncertaintyMs: ms / 2 + READING_MS }
}
