/**
 * How thresholds of benches were kept, in words: what was measured, in the unit of its threshold, and where.
 *
 * @module
 */
import { bytesRateText, digits, rateText, timeText } from '../../load/report/figures.js'
import type { JudgedText } from '../../load/report/thresholds/telling.js'
import type { BenchJudged } from './judge.js'

export function benchJudgedTexts(judged: readonly BenchJudged[]): JudgedText[] {
  return judged.map(({ text, kind, measured, isKept, where, why }) => {
    const figure = measured === null ? (why ?? '–') : `${TEXTS[kind](measured)} (${where})`
    return { text, measured: figure, isKept }
  })
}

const TEXTS: Readonly<Record<BenchJudged['kind'], (measured: number) => string>> = {
  ratio: (times) => `${digits(times)}x`,
  time: timeText,
  rate: rateText,
  throughput: bytesRateText,
}
