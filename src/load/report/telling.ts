/**
 * Sentences about a run that its page and its summary have in common.
 *
 * @module
 */
import { bytesText, countText, digits } from './figures.js'
import type { RunReport } from './run.js'

const ENDED: Readonly<Record<RunReport['ended'], string>> = {
  complete: 'complete',
  steady: 'ended when it was steady',
  interrupted: 'interrupted',
  aborted: 'given up',
  failed: 'failed',
}
const NAME_MAX = 120

/** What the scenario calls itself, or what it did. */
export function nameOf({ scenario, operations }: RunReport): string {
  const { name } = scenario as { readonly name?: unknown }
  const isNamed = typeof name === 'string' && name !== ''
  const did = Object.keys(operations).join(', ') || 'a run of load'
  return (isNamed ? name : did).slice(0, NAME_MAX)
}

export function endedText({ ended }: RunReport): string {
  return ENDED[ended]
}

/** Wrong answers, of all checks. */
export function failedChecks({ checks }: RunReport): number {
  return checks.reduce((sum, { failed }) => sum + failed, 0)
}

/** What the target used in the measured time; undefined where it cannot be seen. */
export function targetText({ target, totals }: RunReport): string | undefined {
  if (target === undefined || target === null) return undefined
  const { cpuSeconds, rssBytesMax, threadsMax, fsyncs } = target
  const { seconds, ok } = totals
  const cores = seconds > 0 ? `${digits(cpuSeconds / seconds)} cores` : ''
  const each = fsyncs !== null && ok > 0 ? `, ${digits(fsyncs / ok)} for each answer` : ''
  const syncs = fsyncs === null ? 'fsyncs not known' : `${countText(fsyncs)} fsyncs${each}`
  const memory = `${bytesText(rssBytesMax)} at most`
  return [cores, memory, `${countText(threadsMax)} threads`, syncs].filter(Boolean).join(', ')
}

export function runAgain(scenarioFile: string): string {
  return `npx sealtrail load ${scenarioFile}`
}
