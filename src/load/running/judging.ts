/**
 * Whether a run has shown what it can: it is steady, or its target is gone.
 *
 * @module
 */
import type { Window } from '../report/run.js'
import type { Steady } from '../scenario/scenario.js'

/** So many windows in a row in which nothing was answered well. */
const LOST_WINDOWS = 5

/** Throughput and p99 of the last windows lie within so many per cent of one another. */
export function isSteady(windows: readonly Window[], steady: Steady | undefined): boolean {
  if (steady === undefined || windows.length < steady.windows) return false
  const last = windows.slice(-steady.windows)
  const rates = last.map(({ ok, ms }) => ok / ms)
  const tails = last.map(({ corrected }) => corrected.p99)
  return [rates, tails].every((values) => spreadOf(values) * 100 <= steady.percent)
}

export function isLost(windows: readonly Window[]): boolean {
  const last = windows.slice(-LOST_WINDOWS)
  const isBarren = ({ ok, errors }: Window) => ok === 0 && Object.keys(errors).length > 0
  return last.length === LOST_WINDOWS && last.every(isBarren)
}

function spreadOf(values: readonly number[]): number {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least > 0 ? most / least - 1 : Number.POSITIVE_INFINITY
}
