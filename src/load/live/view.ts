/**
 * A run as it goes on, as lines for a terminal: a function of what was measured so far, and of nothing else.
 *
 *     ingest · 1 min 12 s of 5 min · paused
 *     rate      4,980/s of 5,000/s planned               ▆▆▇▇▆▆▂▁▆▇
 *     latency   p50 402 µs   p99 1.55 ms   p99.9 27.4 ms   ▁▁▁▂▁▁▇█▁▁
 *
 * Where there is no terminal there is a line for each window, or its JSON. What draws the lines is screen.ts.
 *
 * @module
 */
import {
  bytesRateText,
  bytesText,
  countText,
  digits,
  durationText,
  rateText,
  timeText,
} from '../report/figures.js'
import type { Window } from '../report/run.js'
import { visible } from '../report/visible.js'

export interface LiveRun {
  readonly name: string
  /** Those that are over, the last one last. */
  readonly windows: readonly Window[]
  /** How long it goes on for; null when nobody knows. */
  readonly plannedSeconds: number | null
  readonly isPaused: boolean
  /** How many times the planned rate somebody wants. */
  readonly factor: number
  readonly isWarmup: boolean
  /** Whether there is a plan that somebody can have more or less of. */
  readonly isPlanned: boolean
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const BARS_MAX = 30
const CODES_MAX = 3
/** A busy target tells of its syncs some windows later. */
const SYNCS_WITHIN = 5
const LABEL = 10
/** Bars begin below each other, behind the longest of what usually stands before them. */
const BARS_FROM = 55
/** Fewer are not worth the room. */
const BARS_MIN = 5

/** As many lines whatever happens, each of `width` characters at most. */
export function liveLines(run: LiveRun, width: number): string[] {
  const last = run.windows.at(-1)
  const lines = [titleLine(run), ...(last === undefined ? waiting() : figures(run, last, width))]
  const keys = run.isPlanned ? '+ more   - less   p pause   ' : ''
  return [...lines, `${keys}Ctrl-C end`].map((line) => cut(line, width))
}

/** A window in one line, for a log. */
export function windowLine(window: Window): string {
  const { at, ms, ok, dropped, inFlight, bytes, corrected, clientCpu, target } = window
  const { p50, p99, p999 } = corrected
  const cpu = target === null ? '' : `, target ${digits(target.cpu)}`
  const parts = [
    `${durationText((at + ms) / 1000)}: ${rateText(perSecond(ok, window))} of ${rateText(perSecond(window.planned, window))}`,
    `p50 ${timeText(p50)} p99 ${timeText(p99)} p99.9 ${timeText(p999)}`,
    `${countText(errorsOf(window))} errors, ${countText(dropped)} not sent, ${countText(inFlight)} in flight`,
    ...(bytes > 0 ? [bytesRateText(perSecond(bytes, window))] : []),
    `CPU ${digits(clientCpu)}${cpu}`,
  ]
  return parts.join('; ')
}

function titleLine({ name, windows, plannedSeconds, isPaused, factor, isWarmup }: LiveRun): string {
  const last = windows.at(-1)
  const seconds = last === undefined ? 0 : (last.at + last.ms) / 1000
  const passed = durationText(seconds)
  const isOver = plannedSeconds !== null && seconds >= plannedSeconds
  const parts = [
    visible(name),
    plannedSeconds === null ? passed : `${passed} of ${durationText(plannedSeconds)}`,
    ...(isWarmup ? ['warming up'] : []),
    ...(factor === 1 ? [] : [`${digits(factor)} times the rate`]),
    ...(isPaused ? ['paused'] : []),
    ...(isOver ? ['its last answers, and whether all of it holds'] : []),
  ]
  return parts.join(' · ')
}

function waiting(): string[] {
  return [row('rate', 'nothing yet'), ...Array.from({ length: 6 }, () => '')]
}

function figures({ windows }: LiveRun, last: Window, width: number): string[] {
  const planned = last.planned > 0 ? ` of ${rateText(perSecond(last.planned, last))} planned` : ''
  const room = Math.min(BARS_MAX, width - BARS_FROM)
  const shown = room < BARS_MIN ? [] : windows.slice(-room)
  const rates = shown.map((window) => perSecond(window.ok, window))
  const tails = shown.map(({ corrected }) => corrected.p99)
  const rate = `${rateText(perSecond(last.ok, last))}${planned}`
  return [
    row('rate', rate, bars(rates)),
    row('latency', latencyText(last), bars(tails)),
    row('errors', errorsText(last)),
    row('waiting', `${countText(last.inFlight)} in flight, ${countText(last.dropped)} not sent`),
    row('payload', payloadText(last)),
    row('CPU', cpuText(last)),
    row('target', targetText(windows)),
  ]
}

function latencyText({ corrected: { count, p50, p99, p999 } }: Window): string {
  if (count === 0) return 'nothing was answered'
  return `p50 ${timeText(p50)}   p99 ${timeText(p99)}   p99.9 ${timeText(p999)}`
}

function errorsText(window: Window): string {
  const codes = Object.entries(window.errors)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
  if (codes.length === 0) return 'none'
  const told = codes
    .slice(0, CODES_MAX)
    .map(([code, count]) => `${visible(code)} ${countText(count)}`)
  const others = codes.length - told.length
  return [...told, ...(others > 0 ? [`${others} others`] : [])].join(', ')
}

function payloadText(window: Window): string {
  const { bytes, storedBytes } = window
  const ratio = storedBytes ? `, compressed ${digits(bytes / storedBytes)} : 1` : ''
  return `${bytesRateText(perSecond(bytes, window))}${ratio}`
}

function cpuText({ clientCpu, target }: Window): string {
  const generator = `generator ${digits(clientCpu)}`
  return target === null ? generator : `target ${digits(target.cpu)}   ${generator}`
}

/** How often it waited for the disk it tells a little later: of the last window of which it is known. */
function targetText(windows: readonly Window[]): string {
  const target = windows.at(-1)?.target ?? null
  if (target === null) return 'cannot be seen from here'
  const told = windows
    .slice(-SYNCS_WITHIN)
    .findLast(({ target }) => (target?.fsyncs ?? null) !== null)
  const syncs = told && `   ${countText(perSecond(told.target?.fsyncs ?? 0, told))} fsyncs/s`
  return `${bytesText(target.rssBytes)}   ${countText(target.threads)} threads${syncs ?? ''}`
}

/** Heights from nothing to the highest. */
function bars(values: readonly number[]): string {
  const highest = Math.max(0, ...values)
  const bar = (value: number) => BARS[Math.min(7, Math.floor((value / highest) * 8))]!
  return highest > 0 ? values.map(bar).join('') : ''
}

function row(label: string, text: string, more = ''): string {
  const line = `${label.padEnd(LABEL)}${text}`
  return more === '' ? line : `${line.padEnd(BARS_FROM - 2)}  ${more}`
}

function perSecond(count: number, { ms }: Window): number {
  return ms > 0 ? (count / ms) * 1000 : 0
}

function errorsOf({ errors }: Window): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0)
}

/** Characters of ours are one column wide; what others wrote may be wider, and is then cut by the terminal. */
function cut(line: string, width: number): string {
  const characters = [...line]
  return characters.length <= width
    ? line
    : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}
