/**
 * What benches must keep to, in a few words: `engine/seal:native>=2x`, `kms/calls[Decrypt]:sealtrail<60us`.
 *
 *     threshold  = question [ "[" title "]" ] ":" contender comparison number unit [ baseline ]
 *     question   = a part of a bench's name, as the command takes it
 *     title      = a part of a contest's title; without one all contests of the bench are meant
 *     contender  = its name, or what stands in it before a comma
 *     comparison = "<" | "<=" | ">" | ">=" | "=="
 *     unit       = "x"                     times as fast as the baseline; the first of the contest unless named
 *                | "ns" "us" "ms" "s"      median time of one operation
 *                | "/s"                    operations a second
 *                | "B/s" "KB/s" "MB/s" "GB/s"
 *
 * All that is meant must keep to it. What was measured is held against it in judge.ts.
 *
 * @module
 */
import { givenText } from '../../given.js'
import {
  type Comparison,
  invalid,
  RATES,
  THRESHOLD_CHARACTERS_MAX,
  TIMES,
} from '../../load/report/thresholds/comparison.js'

export type Kind = 'ratio' | 'time' | 'rate' | 'throughput'

export interface BenchThreshold {
  /** As it was written. */
  readonly text: string
  readonly question: string
  /** Empty for all. */
  readonly title: string
  readonly contender: string
  readonly comparison: Comparison
  readonly kind: Kind
  /** Times, nanoseconds, operations/s, bytes/s. */
  readonly value: number
  /** Of a ratio, where it is named. */
  readonly baseline: string | undefined
}

const FORM =
  /^([\w./-]+)\s*(?:\[([^\]]*)\])?\s*:\s*([^<>=]*[^<>=\s])\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*([^\s\d]\S*)?(?:\s+(\S.*))?$/

/** @throws SealtrailError `InputInvalid`, which says what there can be */
export function parseBenchThreshold(given: string): BenchThreshold {
  const text = givenText(given, 'a threshold').trim()
  const [, question, title = '', contender, comparison, number, unit = '', baseline] =
    text.length > THRESHOLD_CHARACTERS_MAX ? [] : (FORM.exec(text) ?? [])
  if (question === undefined || contender === undefined) {
    throw invalid(
      text,
      'it must be a bench, a colon, a contender, < <= > >= or ==, and a number with its unit, such as engine/seal:native>=2x',
    )
  }
  const measured = measuredIn(text, Number(number), unit)
  if (baseline !== undefined && measured.kind !== 'ratio') {
    throw invalid(text, `nothing comes after ${unit}: a baseline is for x only`)
  }
  const meant = { question, title: title.trim(), contender, baseline }
  return { text, ...meant, comparison: comparison as Comparison, ...measured }
}

function measuredIn(
  text: string,
  number: number,
  unit: string,
): Pick<BenchThreshold, 'kind' | 'value'> {
  if (unit === 'x') return { kind: 'ratio', value: number }
  if (unit === '/s') return { kind: 'rate', value: number }
  for (const [kind, units] of [
    ['time', TIMES],
    ['throughput', RATES],
  ] as const) {
    if (Object.hasOwn(units, unit)) return { kind, value: number * units[unit]! }
  }
  const known = ['x', '/s', ...Object.keys(TIMES), ...Object.keys(RATES)].join(', ')
  throw invalid(
    text,
    unit === ''
      ? `its number needs a unit: ${known}`
      : `'${unit}' is no unit of it: there are ${known}`,
  )
}
