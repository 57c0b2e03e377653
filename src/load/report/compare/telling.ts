/**
 * A comparison in words and tables.
 *
 * @module
 */
import { bytesRateText, changeText, rateText, shareText, timeText } from '../figures.js'
import type { Changed } from './changes.js'
import type { Compared, ComparedOperation, Comparison } from './compare.js'

const VERDICTS: Readonly<Record<Comparison['verdict'], string>> = {
  'no difference': 'no difference',
  worse: 'worse than before',
  better: 'better than before',
  mixed: 'in some worse than before, in others better',
  unclear: 'unclear: too few windows, or too noisy ones, to tell a difference from chance',
}
/** Behind so many nines nobody has counted. */
const CONFIDENCE_MAX = 0.999

export function verdictText({ verdict, confidence, detectable }: Comparison): string {
  if (confidence === null) {
    const seen =
      detectable === null ? '' : ` (one of ${seenText(detectable)} would have been found)`
    return `${VERDICTS[verdict]}${seen}`
  }
  const percent = (Math.min(confidence, CONFIDENCE_MAX) * 100).toFixed(1)
  return `${VERDICTS[verdict]} (confidence ${percent} %)`
}

function seenText(detectable: number): string {
  return changeText(detectable).replace(/^[+±]/, '')
}

/** The first row is the heading. */
export function measureRows({ measures }: Comparison): string[][] {
  const rows = measures.map((one) => [
    one.name,
    figure(one, one.before),
    figure(one, one.after),
    changeOf(one, one.change),
    `${changeOf(one, one.low)} … ${changeOf(one, one.high)}`,
    one.verdict === 'no difference' ? '' : one.verdict,
    one.detectable === null ? '–' : changeOf(one, one.detectable).replace(/^[+±]/, ''),
  ])
  return [
    ['MEASURE', 'BEFORE', 'AFTER', 'CHANGE', '95 % INTERVAL', 'VERDICT', 'WOULD SEE'],
    ...rows,
  ]
}

/** The first row is the heading. */
export function operationRows(operations: readonly ComparedOperation[]): string[][] {
  const pair = (
    { before, after }: ComparedOperation,
    of: keyof NonNullable<ComparedOperation['before']>,
    text: (value: number) => string,
  ) => [before, after].map((run) => (run === null ? '–' : text(run[of]))).join(' → ')
  const rows = operations.map((one) => [
    one.name,
    pair(one, 'rate', rateText),
    ...(['p50', 'p90', 'p99', 'p999'] as const).map((of) => pair(one, of, timeText)),
  ])
  return [['OPERATION', 'RATE', 'P50', 'P90', 'P99', 'P99.9'], ...rows]
}

export function changeLines(changes: readonly Changed[]): string[] {
  return changes.map(({ place, before = 'not there', after = 'not there' }) => {
    return `${place}: ${before} → ${after}`
  })
}

function figure({ unit }: Compared, value: number | null): string {
  if (value === null) return '–'
  switch (unit) {
    case 'ns':
      return timeText(value)
    case 'per second':
      return rateText(value)
    case 'bytes per second':
      return bytesRateText(value)
    case 'share':
      return shareText(value)
  }
}

/** Of shares it is points, not a share of the share. */
function changeOf({ unit }: Compared, change: number): string {
  return unit === 'share' ? changeText(change).replace(' %', ' pt') : changeText(change)
}
