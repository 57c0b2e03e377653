/**
 * What two runs are compared by: of each measure its value over the whole run, and one for each window.
 *
 * Latencies are compared by their logarithms, so that a tenth more is as much wherever it is; rates too. Windows in which
 * nothing was answered have no latency. The last window is left out where it is cut short.
 *
 * @module
 */
import type { LatencySummary, RunReport, Totals, Window } from '../run.js'

export type Unit = 'ns' | 'per second' | 'bytes per second' | 'share'

export interface Measure {
  readonly name: string
  readonly unit: Unit
  readonly isBetter: 'lower' | 'higher'
  /** Of the whole run; null where there is none. */
  readonly value: number | null
  /** Logarithms, or shares as they are. */
  readonly windows: readonly number[]
}

const LATENCIES = ['p50', 'p90', 'p99', 'p999', 'mean'] as const
const WHOLE_WINDOW = 0.5

export function measuresOf(run: RunReport): Measure[] {
  const windows = wholeWindows(run.windows)
  const { totals } = run
  return [
    ...latencies('corrected', totals, windows),
    ...latencies('raw', totals, windows),
    rate('rate', 'per second', totals, windows, ({ ok }) => ok),
    rate('throughput', 'bytes per second', totals, windows, ({ bytes }) => bytes),
    {
      ...{ name: 'errors', unit: 'share', isBetter: 'lower' },
      value: totals.sent > 0 ? errorsOf(totals) / totals.sent : null,
      windows: windows
        .filter(({ sent }) => sent > 0)
        .map((window) => errorsOf(window) / window.sent),
    },
  ]
}

function latencies(of: 'corrected' | 'raw', totals: Totals, windows: readonly Window[]): Measure[] {
  const answered = windows.filter((window) => window[of].count > 0)
  return LATENCIES.map((at) => ({
    ...{ name: `${of === 'raw' ? 'raw.' : ''}${at}`, unit: 'ns', isBetter: 'lower' },
    value: totals[of].count > 0 ? totals[of][at] : null,
    windows: answered.map((window) => logarithm((window[of] as LatencySummary)[at])),
  }))
}

function rate(
  name: string,
  unit: Unit,
  totals: Totals,
  windows: readonly Window[],
  amount: (of: Totals | Window) => number,
): Measure {
  const value = totals.seconds > 0 ? amount(totals) / totals.seconds : null
  const rates = windows.map((window) => logarithm((amount(window) / window.ms) * 1000))
  return { name, unit, isBetter: 'higher', value, windows: rates }
}

function wholeWindows(windows: readonly Window[]): readonly Window[] {
  const lengths = windows.map(({ ms }) => ms).sort((a, b) => a - b)
  const usual = lengths[Math.floor(lengths.length / 2)] ?? 0
  return windows.filter(({ ms }) => ms > 0 && ms >= usual * WHOLE_WINDOW)
}

function errorsOf({ errors }: Totals | Window): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0)
}

/** Nothing at all is told as one, which is less than anything that is measured. */
function logarithm(value: number): number {
  return Math.log(Math.max(value, 1))
}
