/**
 * A comparison of benches in words and tables.
 *
 * @module
 */
import { changeText, timeText } from '../../load/report/figures.js'
import type { BenchComparison, ComparedContender } from './compare.js'
import type { Place } from './pairs.js'

const VERDICTS: Readonly<Record<BenchComparison['verdict'], string>> = {
  'no difference': 'no difference',
  worse: 'worse than before',
  better: 'better than before',
  mixed: 'in some worse than before, in others better',
  unclear: 'unclear: not all of it could be told from chance, or was there to be compared',
}
/** Behind so many nines nobody has counted. */
const CONFIDENCE_MAX = 0.999

export function verdictText({ verdict, confidence }: BenchComparison): string {
  if (confidence === null) return VERDICTS[verdict]
  const percent = (Math.min(confidence, CONFIDENCE_MAX) * 100).toFixed(1)
  return `${VERDICTS[verdict]} (confidence ${percent} %)`
}

/** A title, and a table whose first row is the heading. */
export interface ContestRows {
  readonly title: string
  readonly rows: string[][]
}

export function contestRows({ contenders }: BenchComparison): ContestRows[] {
  const contests = new Map<string, ComparedContender[]>()
  for (const one of contenders) {
    const title = `${one.question}: ${one.title}`
    contests.set(title, [...(contests.get(title) ?? []), one])
  }
  return [...contests].map(([title, some]) => ({ title, rows: [HEAD, ...some.map(row)] }))
}

const HEAD = [
  ...['CONTENDER', 'BEFORE', 'AFTER', 'TIME', '95 % INTERVAL', 'BESIDE BASELINES'],
  ...['VERDICT', 'WOULD SEE'],
]

function row(one: ComparedContender): string[] {
  const { name, before, after, change, low, high, relative, verdict, detectable } = one
  const beside = Object.entries(relative).map(([other, by]) => `${changeText(by)} ${other}`)
  return [
    ...[name, timeText(before.median), timeText(after.median), changeText(change)],
    low === null || high === null ? '–' : `${changeText(low)} … ${changeText(high)}`,
    beside.join(', ') || '–',
    verdict === null ? 'baseline' : verdict === 'no difference' ? '' : verdict,
    detectable === null ? '–' : changeText(detectable).replace(/^[+±]/, ''),
  ]
}

export function placeLines(places: readonly Place[]): string[] {
  return places.map(({ question, title, name }) => `${question}: ${title}: ${name}`)
}
