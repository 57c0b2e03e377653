/**
 * How thresholds were kept, in words: what was measured, in the unit of its threshold.
 *
 * @module
 */
import { bytesRateText, countText, rateText, timeText } from '../figures.js'
import type { Judged } from './judge.js'

export interface JudgedText {
  readonly text: string
  readonly measured: string
  readonly isKept: boolean
}

export function judgedTexts(judged: readonly Judged[]): JudgedText[] {
  return judged.map(({ text, kind, measured, isKept, why }) => {
    const figure = measured === null ? (why ?? '–') : TEXTS[kind](measured)
    return { text, measured: figure, isKept }
  })
}

const TEXTS: Readonly<Record<Judged['kind'], (measured: number) => string>> = {
  latency: timeText,
  throughput: bytesRateText,
  rate: rateText,
  errors: countText,
  dropped: countText,
  failed: countText,
}
