/**
 * Whether benches kept to their thresholds: what was measured, beside what was asked for.
 *
 * Of several contests that a threshold means, the one furthest from it is told. What was not measured is not kept: a bench
 * that was not asked, a contender or a baseline that did not take part. How thresholds are written is in parse.ts.
 *
 * @module
 */
import { holds } from '../../load/report/thresholds/comparison.js'
import type { Standing } from '../contest.js'
import type { BenchReport, Outcome } from '../report/report.js'
import type { BenchThreshold } from './parse.js'

export interface BenchJudged {
  /** The threshold, as it was written. */
  readonly text: string
  readonly kind: BenchThreshold['kind']
  readonly isKept: boolean
  /** In the unit of `limit`: times as fast, nanoseconds, operations/s, bytes/s; null when it was not measured. */
  readonly measured: number | null
  readonly limit: number
  /** Who, and in which contest. */
  readonly where: string | null
  /** Why there is nothing to hold against it. */
  readonly why: string | null
}

export function judgeBenches(
  thresholds: readonly BenchThreshold[],
  report: BenchReport,
): BenchJudged[] {
  return thresholds.map((threshold) => judgeOne(threshold, report))
}

interface Measured {
  readonly value: number
  readonly where: string
}

function judgeOne(threshold: BenchThreshold, report: BenchReport): BenchJudged {
  const { text, kind, comparison, value: limit } = threshold
  const measured = measure(threshold, report)
  if (typeof measured === 'string') {
    return { text, kind, isKept: false, measured: null, limit, where: null, why: measured }
  }
  const isKept = measured.every(({ value }) => holds(value, comparison, limit))
  const { value, where } = worst(measured, threshold)
  return { text, kind, isKept, measured: value, limit, where, why: null }
}

/** One for each contender that is meant, at least; or why there is none. */
function measure(threshold: BenchThreshold, { questions }: BenchReport): Measured[] | string {
  const { question, title, contender } = threshold
  const asked = questions.filter(({ name }) => name.includes(question))
  if (asked.length === 0) return `no bench ${question} was asked`
  const failed = asked.find((one) => one.failed !== null)
  if (failed !== undefined) return `${failed.name} was not answered: ${failed.failed}`
  const contests = asked
    .flatMap(({ outcomes }) => outcomes)
    .filter((one) => one.title.includes(title))
  if (contests.length === 0) return `no contest has ${title} in its title`
  const found: Measured[] = []
  for (const contest of contests) {
    const meant = named(contender, contest.standings)
    for (const standing of meant) {
      const value = figureOf(threshold, standing, contest)
      if (typeof value === 'string') return value
      found.push({ value, where: `${standing.name}, ${contest.title}` })
    }
  }
  return found.length === 0 ? `${contender} did not take part` : found
}

/** Who is called so; else those whose name begins so, up to a comma. */
function named(contender: string, standings: readonly Standing[]): readonly Standing[] {
  const exactly = standings.filter(({ name }) => name === contender)
  return exactly.length > 0
    ? exactly
    : standings.filter(({ name }) => name.startsWith(`${contender},`))
}

function figureOf(
  { kind, baseline }: BenchThreshold,
  { median, ratios }: Standing,
  { title, baselines, bytesPerOp }: Outcome,
): number | string {
  switch (kind) {
    case 'time':
      return median
    case 'rate':
      return 1e9 / median
    case 'throughput':
      return bytesPerOp === null ? `${title} has no bytes` : (bytesPerOp * 1e9) / median
    case 'ratio': {
      const other = baseline ?? baselines[0]
      if (other === undefined) return `${title} has no baseline`
      return Object.hasOwn(ratios, other) ? ratios[other]! : `${title}: ${other} did not take part`
    }
  }
}

/** Where an upper bound is asked for, the largest. */
function worst(measured: readonly Measured[], { comparison, value: limit }: BenchThreshold) {
  const distance = ({ value }: Measured) => {
    if (comparison === '==') return Math.abs(value - limit)
    return comparison.startsWith('<') ? value : -value
  }
  return measured.reduce((a, b) => (distance(b) > distance(a) ? b : a))
}
