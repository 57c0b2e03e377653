/**
 * A run in a few lines: what was asked for, what came of it, how long it took, and whether all of it held.
 *
 * @module
 */
import type { RunReport, Totals } from '../../load/report/run.js'
import type { Judged } from '../../load/report/thresholds/judge.js'
import { judgedTexts } from '../../load/report/thresholds/telling.js'
import { table } from '../terminal/terminal.js'

const NS_PER_MS = 1e6

export function summary(report: RunReport, judged: readonly Judged[]): string[] {
  const { operations, totals, checks, plannedRate, environment, ended } = report
  const kinds = Object.entries(operations)
  const rows = kinds.map(([name, one]) => rowOf(name, one))
  const all = kinds.length > 1 ? [rowOf('all', totals)] : []
  const rate = plannedRate === null ? 'closed loop' : `${plannedRate.toFixed(0)}/s planned`
  const errors = Object.entries(totals.errors).map(([code, count]) => `${count} ${code}`)
  return [
    `${ended}: ${rate}, ${(totals.ok * per(totals)).toFixed(0)}/s answered well in ${totals.seconds.toFixed(1)} s`,
    `on ${environment.cpu}, ${environment.cores} cores, Node ${environment.node}${environment.engine === null ? '' : `, ${environment.engine} engine`}`,
    '',
    ...table([HEAD, ...rows, ...all]),
    ...clientLines(report),
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
}

function clientLines({ clients = [] }: RunReport): string[] {
  if (clients.length === 0) return []
  const ms = (value: number | null | undefined) => (value == null ? '' : value.toFixed(1))
  const rows = clients.map(({ address, environment, clock, begunLateMs, lateness, totals }) => {
    const { cpu, cores, node } = environment
    const late = [begunLateMs, lateness && lateness.p99 / NS_PER_MS].map(ms)
    const set = [clock?.offsetMs, clock?.uncertaintyMs].map(ms)
    return [address, `${totals?.ok ?? 'lost'}`, ...set, ...late, `${cpu}, ${cores} cores, ${node}`]
  })
  return ['', ...table([CLIENT_HEAD, ...rows])]
}

const CLIENT_HEAD = [
  ...['CLIENT', 'OK', 'CLOCK MS', 'WITHIN MS', 'BEGUN LATE MS', 'TICK P99 LATE MS', 'MACHINE'],
]
const HEAD = [
  ...['', 'PLANNED', 'OK', 'ERRORS', 'DROPPED', 'PER SECOND', 'MB/S'],
  ...['P50 MS', 'P99 MS', 'P99.9 MS', 'MAX MS', 'RAW P99 MS'],
]

function rowOf(name: string, one: Totals): string[] {
  const { planned, ok, errors, dropped, bytes, corrected, raw } = one
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  const { p50, p99, p999, max } = corrected
  return [
    ...[name, `${planned}`, `${ok}`, `${failed}`, `${dropped}`],
    ...[(ok * per(one)).toFixed(0), ((bytes / 1e6) * per(one)).toFixed(1)],
    ...[p50, p99, p999, max, raw.p99].map((ns) => (ns / NS_PER_MS).toFixed(2)),
  ]
}

/** Nothing of a run that was stopped in its warm-up. */
function per({ seconds }: Totals): number {
  return seconds > 0 ? 1 / seconds : 0
}
