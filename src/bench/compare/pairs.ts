/**
 * What of two reports is held against each other: contenders of the same name, in a contest of the same title.
 *
 * Their rounds are compared by logarithms, so that a tenth more is as much wherever it is: of times, and of times relative to
 * each baseline in the same round, where the machine was in one mood for both. A round in which it was elsewhere counts no
 * more than three deviations. Source: P. J. Huber, "Robust Statistics" (1981), 1.7 (winsorizing), 5.1 (the median deviation).
 *
 * @module
 */
import type { Standing } from '../contest.js'
import type { Answered, BenchReport, Outcome } from '../report/report.js'

const DEVIATIONS = 3
/** Of a normal distribution, how many times the median deviation its standard deviation is. */
const NORMAL = 1.4826

export interface Place {
  readonly question: string
  readonly title: string
  readonly name: string
}

export interface Pair extends Place {
  /** What others are held against. */
  readonly isBaseline: boolean
  readonly before: Standing
  readonly after: Standing
  readonly times: Series
  readonly relative: ReadonlyMap<string, Series>
}

/** Logarithms of the rounds, before and after. */
export type Series = readonly [before: readonly number[], after: readonly number[]]

interface Found extends Place {
  readonly standing: Standing
  readonly outcome: Outcome
}

export function pairsOf(before: BenchReport, after: BenchReport): Pair[] {
  const others = found(after)
  return [...found(before)].flatMap(([key, first]) => {
    const second = others.get(key)
    return second === undefined ? [] : [pairOf(first, second)]
  })
}

export interface Missing extends Place {
  readonly isBaseline: boolean
  /** Whether the question was asked, and answered without it. */
  readonly wasAsked: boolean
}

/** Those of `report` that `other` does not have. */
export function missingIn(report: BenchReport, other: BenchReport): Missing[] {
  const there = found(other)
  const asked = new Set(other.questions.map(({ name }) => name))
  return [...found(report)].flatMap(([key, { question, title, name, outcome }]) => {
    const isBaseline = outcome.baselines.includes(name)
    const missing = { question, title, name, isBaseline, wasAsked: asked.has(question) }
    return there.has(key) ? [] : [missing]
  })
}

function found({ questions }: BenchReport): Map<string, Found> {
  const all = questions.flatMap(({ name: question, outcomes }: Answered) =>
    outcomes.flatMap((outcome) =>
      outcome.standings.map((standing): [string, Found] => {
        const place = { question, title: outcome.title, name: standing.name }
        return [JSON.stringify(Object.values(place)), { ...place, standing, outcome }]
      }),
    ),
  )
  return new Map(all)
}

function pairOf(first: Found, second: Found): Pair {
  const { question, title, name } = first
  const relative = first.outcome.baselines.flatMap((baseline): Array<[string, Series]> => {
    if (baseline === name) return []
    const [a, b] = [relativeTo(baseline, first), relativeTo(baseline, second)]
    return a === undefined || b === undefined ? [] : [[baseline, [a, b]]]
  })
  return {
    ...{ question, title, name, before: first.standing, after: second.standing },
    isBaseline: first.outcome.baselines.includes(name),
    times: [
      steady(first.standing.rounds.map(logarithm)),
      steady(second.standing.rounds.map(logarithm)),
    ],
    relative: new Map(relative),
  }
}

/** Undefined where the baseline did not take part. */
function relativeTo(
  baseline: string,
  { standing, outcome: { standings } }: Found,
): readonly number[] | undefined {
  const rounds = standings.find(({ name }) => name === baseline)?.rounds
  if (rounds === undefined || rounds.length !== standing.rounds.length) return undefined
  return steady(standing.rounds.map((own, i) => logarithm(own) - logarithm(rounds[i]!)))
}

/** What lies further from the middle is as far as that. */
function steady(values: readonly number[]): readonly number[] {
  const middle = median(values)
  const reach = DEVIATIONS * NORMAL * median(values.map((value) => Math.abs(value - middle)))
  if (reach === 0) return values
  return values.map((value) => Math.min(middle + reach, Math.max(middle - reach, value)))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** Nothing is done in less than a thousandth of a nanosecond. */
function logarithm(ns: number): number {
  return Math.log(Math.max(ns, 1e-3))
}
