/**
 * Whether a run has shown what it can: it is steady, or its target is gone.
 *
 * @module
 */
import type { Window } from '../report/run.js'
import type { Steady } from '../scenario/scenario.js'

/** So many windows in a row, and so long, nothing was answered well. */
const LOST_WINDOWS = 5
const LOST_MS = 5000

/** Throughput and p99 of the last windows lie within so many per cent of one another. */
export function isSteady(windows: readonly Window[], steady: Steady | undefined): boolean {
  if (steady === undefined || windows.length < steady.windows) return false
  const last = windows.slice(-steady.windows)
  const rates = last.map(({ ok, ms }) => ok / ms)
  const tails = last.map(({ corrected }) => corrected.p99)
  return [rates, tails].every((values) => spreadOf(values) * 100 <= steady.percent)
}

export function isLost(windows: readonly Window[]): boolean {
  let [count, sumMs] = [0, 0]
  for (let index = windows.length - 1; index >= 0; index--) {
    const { ok, errors, ms } = windows[index]!
    if (ok > 0 || Object.keys(errors).length === 0) return false
    sumMs += ms
    if (++count >= LOST_WINDOWS && sumMs >= LOST_MS) return true
  }
  return false
}

function spreadOf(values: readonly number[]): number {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least > 0 ? most / least - 1 : Number.POSITIVE_INFINITY
}
