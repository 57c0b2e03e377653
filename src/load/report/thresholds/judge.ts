/**
 * Whether a run kept to its thresholds: what was measured, beside what was asked for.
 *
 * What was not measured is not kept: latencies of nothing, an operation that was not there, a plan that a closed loop does
 * not have. How thresholds are written is in parse.ts.
 *
 * @module
 */
import { percentileOf } from '../latency-curve.js'
import type { RunReport, Totals } from '../run.js'
import { holds } from './comparison.js'
import type { Metric, Threshold } from './parse.js'

export interface Judged {
  /** The threshold, as it was written. */
  readonly text: string
  readonly kind: Metric['kind']
  readonly isKept: boolean
  /** In the unit of `limit`: nanoseconds, bytes/s, operations/s, or a count; null when it was not measured. */
  readonly measured: number | null
  readonly limit: number | null
  /** Why there is nothing to hold against it. */
  readonly why: string | null
}

export function judge(thresholds: readonly Threshold[], run: RunReport): Judged[] {
  return thresholds.map((threshold) => judgeOne(threshold, run))
}

function judgeOne(threshold: Threshold, run: RunReport): Judged {
  const { text, operation, comparison, value, share } = threshold
  const { kind } = threshold.metric
  const unjudged = (why: string): Judged => {
    return { text, kind, isKept: false, measured: null, limit: null, why }
  }
  const known = operation === undefined || Object.hasOwn(run.operations, operation)
  const totals = operation === undefined ? run.totals : run.operations[operation]
  if (totals === undefined || !known) return unjudged(`the run has no operation ${operation}`)
  const { measured, all, why } = measure(threshold, totals, run)
  if (measured === undefined) return unjudged(why ?? 'nothing was measured')
  const plan = operation === undefined ? run.plannedRate : totals.planned / totals.seconds
  if (share === 'plan' && (plan === null || run.plannedRate === null)) {
    return unjudged('a closed loop has no plan')
  }
  const limit = share === 'plan' ? value * plan! : share === 'all' ? value * all! : value
  return { text, kind, isKept: holds(measured, comparison, limit), measured, limit, why: null }
}

interface Measured {
  readonly measured: number | undefined
  /** What a share is a share of. */
  readonly all?: number
  readonly why?: string
}

function measure({ metric }: Threshold, totals: Totals, { checks }: RunReport): Measured {
  switch (metric.kind) {
    case 'latency': {
      const latency = totals[metric.of]
      if (latency.count === 0) return { measured: undefined, why: 'nothing was answered' }
      const { at } = metric
      return { measured: typeof at === 'number' ? percentileOf(latency, at) : latency[at] }
    }
    case 'errors':
      if (totals.sent === 0) return { measured: undefined, why: 'nothing was sent' }
      return { measured: sum(Object.values(totals.errors)), all: totals.sent }
    case 'dropped':
      return { measured: totals.dropped, all: totals.planned }
    case 'failed': {
      const all = sum(checks.map(({ count }) => count))
      if (all === 0) return { measured: undefined, why: 'no answer was looked at' }
      return { measured: sum(checks.map(({ failed }) => failed)), all }
    }
    case 'rate':
      return totals.seconds > 0 ? { measured: totals.ok / totals.seconds } : { measured: undefined }
    case 'throughput':
      return totals.seconds > 0
        ? { measured: totals.bytes / totals.seconds }
        : { measured: undefined }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
