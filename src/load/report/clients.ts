/**
 * Who sent a run over several machines, as rows of a table.
 *
 * @module
 */
import { countText, timeText } from './figures.js'
import type { RunReport } from './run.js'

const NS_PER_MS = 1e6

export const CLIENT_HEAD: readonly string[] = [
  ...['client', 'answered', 'p99', 'clock off by', 'known within', 'begun late', 'ticks late, p99'],
  'machine',
]

/** None of a run that this machine sent. */
export function clientRows({ clients = [] }: RunReport): string[][] {
  return clients.map(({ address, environment, clock, begunLateMs, lateness, totals, lost }) => {
    const { cpu, cores, node } = environment
    const ms = (value: number | undefined | null) => (value == null ? '–' : signedText(value))
    return [
      address,
      totals === null ? (lost ?? 'lost') : countText(totals.ok),
      totals === null ? '–' : timeText(totals.corrected.p99),
      ...[clock?.offsetMs, clock?.uncertaintyMs, begunLateMs].map(ms),
      lateness === null ? '–' : timeText(lateness.p99),
      `${cpu}, ${cores} cores, Node ${node}`,
    ]
  })
}

function signedText(ms: number): string {
  return `${ms < 0 ? '−' : ''}${timeText(Math.abs(ms) * NS_PER_MS)}`
}
