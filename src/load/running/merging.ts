/**
 * What several senders counted as the report of one run, and what each of them counted.
 *
 * Histograms add up: those of the report are what one sender would have counted that saw all of it.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { Counts } from '../recording/counts.js'
import type { ClientReport, RunReport, Window } from '../report/run.js'
import type { Scenario } from '../scenario/scenario.js'
import type { Planned } from '../shape/planned.js'
import { mergedChecks } from '../work/checking.js'
import type { Machine } from './machine.js'
import type { Sent } from './sender.js'

/** From here on a late beginning is told; the report has any. */
const LATE_MS = 100

export function mergedReport(
  scenario: Scenario,
  plan: Planned | undefined,
  sent: readonly Sent[],
  windows: readonly Window[],
  ended: RunReport['ended'],
): Omit<RunReport, 'startedAt' | 'environment'> {
  const [warmup, byName] = [new Counts(), new Map<string, Counts>()]
  for (const one of sent) {
    warmup.add(Counts.of(one.warmup))
    for (const [name, data] of Object.entries(one.operations)) {
      const counts = byName.get(name) ?? new Counts()
      byName.set(name, counts)
      counts.add(Counts.of(data))
    }
  }
  const all = new Counts()
  for (const counts of byName.values()) all.add(counts)
  const seconds = Math.max(...sent.map((one) => one.seconds))
  const checks = mergedChecks(sent.flatMap((one) => one.checks))
  const hasEnded = ended === 'complete' || ended === 'steady'
  // Of which nothing was answered well, nothing was seen.
  const isBarren = hasEnded && all.ok === 0
  const isWrong = isBarren || checks.some(({ failed }) => failed > 0)
  const operations = [...byName].map(([name, counts]) => [name, counts.totals(seconds)] as const)
  return {
    version: 1,
    scenario: scenario.given,
    plannedRate: plan === undefined ? null : plan.meanRate(scenario.warmupMs),
    warmup: scenario.warmupMs === 0 ? null : warmup.totals(scenario.warmupMs / 1000),
    totals: all.totals(seconds),
    operations: Object.fromEntries(operations),
    ...{ windows, checks, ended: isWrong ? 'failed' : ended },
  }
}

/** @param end what it counted, or why nobody knows */
export function machineReport(
  { name, environment, clock }: Machine,
  end: Sent | SealtrailError,
): ClientReport {
  if (end instanceof SealtrailError) {
    const nothing = { begunLateMs: null, lateness: null, totals: null }
    const lost = end.message.replace(`client ${name} `, '')
    return { address: name, environment, clock, ...nothing, lost }
  }
  const { begunLateMs, lateness, seconds } = end
  const all = new Counts()
  for (const data of Object.values(end.operations)) all.add(Counts.of(data))
  const totals = all.totals(seconds)
  return { address: name, environment, clock, begunLateMs, lateness, totals, lost: null }
}

/** Sentences on clients that were too late for what the plan had for them. */
export function lateNotes(clients: readonly ClientReport[]): string[] {
  return clients.flatMap(({ address, begunLateMs: late }) =>
    late === null || late < LATE_MS
      ? []
      : [`client ${address} began ${late.toFixed(0)} ms late: what was due by then was sent late`],
  )
}
