/**
 * What a run must keep to, in a few words: `p99<20ms`, `errors==0`, `rate>=0.95*plan`.
 *
 *     threshold  = [ operation ":" ] metric comparison value
 *     metric     = [ "raw." ] ( "p" number | "mean" | "max" | "min" )     a time; p99.9 may be written p999
 *                | "errors" | "dropped" | "failed" | "rate" | "throughput"
 *     comparison = "<" | "<=" | ">" | ">=" | "=="
 *     value      = number unit                                            ns us ms s, or B/s KB/s MB/s GB/s
 *                | number [ "%" ]                                         of errors, dropped, failed
 *                | number [ "/s" | "*plan" ]                              of rate
 *
 * An operation is the name of a kind of work (`kms.Decrypt:p99<5ms`); without one, all are meant. What was measured is held
 * against it in judge.ts.
 *
 * @module
 */
import { givenText } from '../../../given.js'
import { type Comparison, invalid, RATES, THRESHOLD_CHARACTERS_MAX, TIMES } from './comparison.js'

export type Metric =
  /** Nanoseconds. */
  | {
      readonly kind: 'latency'
      readonly of: 'corrected' | 'raw'
      readonly at: number | 'mean' | 'max' | 'min'
    }
  | { readonly kind: 'errors' | 'dropped' | 'failed' | 'rate' | 'throughput' }

export interface Threshold {
  /** As it was written. */
  readonly text: string
  readonly operation: string | undefined
  readonly metric: Metric
  readonly comparison: Comparison
  readonly value: number
  /** Of what `value` is a part: of all that could be so, or of what the plan says; undefined when it is the value itself. */
  readonly share: 'all' | 'plan' | undefined
}

const FORM = /^(?:([\w.-]+)\s*:)?\s*([a-z][a-z0-9.]*)\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*(\S*)$/
const METRICS =
  'p50 p90 p99 p99.9 mean max min (raw. before them), errors, dropped, failed, rate, throughput'

/** @throws SealtrailError `InputInvalid`, which says what there can be */
export function parseThreshold(given: string): Threshold {
  const text = givenText(given, 'a threshold').trim()
  const [, operation, name = '', comparison, number, unit = ''] =
    text.length > THRESHOLD_CHARACTERS_MAX ? [] : (FORM.exec(text) ?? [])
  if (number === undefined) {
    throw invalid(
      text,
      'it must be a metric, < <= > >= or ==, and a number with its unit, such as p99<20ms',
    )
  }
  const metric = metricOf(name)
  if (metric === undefined) throw invalid(text, `'${name}' is no metric: there are ${METRICS}`)
  if (metric.kind === 'failed' && operation !== undefined) {
    throw invalid(text, 'checks are of the whole run, not of one operation')
  }
  const measured = { text, operation, metric, comparison: comparison as Comparison }
  return { ...measured, ...limitOf(text, metric, Number(number), unit) }
}

function metricOf(name: string): Metric | undefined {
  switch (name) {
    case 'errors':
    case 'dropped':
    case 'failed':
    case 'rate':
    case 'throughput':
      return { kind: name }
  }
  const isRaw = name.startsWith('raw.')
  const short = isRaw ? name.slice('raw.'.length) : name
  const of = isRaw ? 'raw' : 'corrected'
  if (short === 'mean' || short === 'max' || short === 'min')
    return { kind: 'latency', of, at: short }
  const digits = /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(short)?.[1]
  if (digits === undefined) return undefined
  const at = digits === '999' ? 99.9 : Number(digits)
  return at > 0 && at <= 100 ? { kind: 'latency', of, at } : undefined
}

function limitOf(
  text: string,
  { kind }: Metric,
  number: number,
  unit: string,
): Pick<Threshold, 'value' | 'share'> {
  const [value, share] = [number, undefined]
  switch (kind) {
    case 'latency':
      return { value: number * unitOf(text, TIMES, unit), share }
    case 'throughput':
      return { value: number * unitOf(text, RATES, unit), share }
    case 'rate':
      if (unit === '' || unit === '/s') return { value, share }
      if (unit === '*plan') return { value, share: 'plan' }
      throw invalid(text, `after a rate comes nothing, /s or *plan, not '${unit}'`)
    default:
      if (unit === '') return { value, share }
      if (unit === '%') return { value: number / 100, share: 'all' }
      throw invalid(text, `after a count comes nothing or %, not '${unit}'`)
  }
}

function unitOf(text: string, units: Readonly<Record<string, number>>, unit: string): number {
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (factor !== undefined) return factor
  const known = Object.keys(units).join(', ')
  throw invalid(
    text,
    unit === ''
      ? `its number needs a unit: ${known}`
      : `'${unit}' is no unit of it: there are ${known}`,
  )
}
