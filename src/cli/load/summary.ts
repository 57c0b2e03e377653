/**
 * A run in a few lines: what was asked for, what came of it, how long it took, and whether all of it held.
 *
 * Codes of errors are the target's, checks and kinds of work those of clients on other machines: none of them moves a cursor.
 *
 * @module
 */
import { CLIENT_HEAD, clientRows } from '../../load/report/clients.js'
import type { RunReport, Totals } from '../../load/report/run.js'
import type { Judged } from '../../load/report/thresholds/judge.js'
import { judgedTexts } from '../../load/report/thresholds/telling.js'
import { printable, table } from '../terminal/terminal.js'

const NS_PER_MS = 1e6

export function summary(report: RunReport, judged: readonly Judged[]): string[] {
  return linesOf(report, judged).map(printable)
}

function linesOf(report: RunReport, judged: readonly Judged[]): string[] {
  const { operations, totals, checks, plannedRate, environment, ended } = report
  const kinds = Object.entries(operations)
  const clients = clientRows(report)
  const rows = kinds.map(([name, one]) => rowOf(name, one))
  const all = kinds.length > 1 ? [rowOf('all', totals)] : []
  const rate = plannedRate === null ? 'closed loop' : `${plannedRate.toFixed(0)}/s planned`
  const errors = Object.entries(totals.errors).map(([code, count]) => `${count} ${code}`)
  const lines = [
    `${ended}: ${rate}, ${(totals.ok * per(totals)).toFixed(0)}/s answered well in ${totals.seconds.toFixed(1)} s`,
    `on ${environment.cpu}, ${environment.cores} cores, Node ${environment.node}${environment.engine === null ? '' : `, ${environment.engine} engine`}`,
    '',
    ...table([HEAD, ...rows, ...all]),
    ...(clients.length === 0
      ? []
      : ['', ...table([CLIENT_HEAD.map((name) => name.toUpperCase()), ...clients])]),
    ...(errors.length === 0 ? [] : ['', `errors: ${errors.join(', ')}`]),
    ...(checks.length === 0 ? [] : ['']),
    ...checks.flatMap(({ name, count, failed, examples }) => [
      failed === 0 ? `held    ${name} (${count})` : `FAILED  ${name}: ${failed} of ${count}`,
      ...examples.map((example) => `        ${example}`),
    ]),
    ...judgedTexts(judged).map(({ text, measured, isKept }) => {
      return `${isKept ? 'kept    ' : 'BROKEN  '}${text}: ${measured}`
    }),
  ]
  // Codes of errors, keys and names are what a target said.
  return lines.map(printable)
}

const HEAD = [
  ...['', 'PLANNED', 'OK', 'ERRORS', 'DROPPED', 'PER S', 'MB/S'],
  ...['P50 MS', 'P99', 'P99.9', 'MAX', 'RAW P99'],
]

function rowOf(name: string, one: Totals): string[] {
  const { planned, ok, errors, dropped, bytes, corrected, raw } = one
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  const { p50, p99, p999, max } = corrected
  return [
    ...[name, `${planned}`, `${ok}`, `${failed}`, `${dropped}`],
    ...[(ok * per(one)).toFixed(0), ((bytes / 1e6) * per(one)).toFixed(1)],
    ...[p50, p99, p999, max, raw.p99].map(msText),
  ]
}

/** Narrow: a table of usual names has room on 100 columns. */
function msText(ns: number): string {
  const ms = ns / NS_PER_MS
  return ms.toFixed(ms < 100 ? 2 : 1)
}

/** Nothing of a run that was stopped in its warm-up. */
function per({ seconds }: Totals): number {
  return seconds > 0 ? 1 / seconds : 0
}
