/**
 * Two runs held against each other: each measure, what was set otherwise, and a verdict.
 *
 * A measure differs when chance alone would hardly make as much of a difference, of all measures that were looked at (Holm:
 * one in twenty comparisons of like runs finds anything), and when it is more than a machine makes from one run to the next,
 * which windows of one run cannot show: LEAST. Under LEAST there may well be a difference, and nobody can say of what.
 *
 * @module
 */
import type { RunReport } from '../run.js'
import { type Difference, differenceOf } from './blocks.js'
import { type Changed, changesIn } from './changes.js'
import { holm } from './holm.js'
import { type Measure, measuresOf } from './series.js'
import { stolenNotes } from './stolen.js'

/** Of latencies, rates and throughput. */
const LEAST = 0.05
/** Of errors: their share of what was sent. */
const LEAST_SHARE = 0.001
export const CHANCE_MAX = 0.05
/** Runs in which half as much again may pass unseen tell nothing. */
export const BLIND = 0.5
const SEED = 1
const ENDED = { interrupted: 'was interrupted', aborted: 'was given up', failed: 'failed' } as const

export type Verdict = 'no difference' | 'worse' | 'better' | 'mixed' | 'unclear'

export interface Compared {
  readonly name: string
  readonly unit: Measure['unit']
  readonly before: number | null
  readonly after: number | null
  /** How much more than before, as a share; of errors, the difference of the shares. From the windows, as the others. */
  readonly change: number
  readonly low: number
  readonly high: number
  /** That chance alone did it, all measures considered. */
  readonly chance: number
  readonly verdict: 'no difference' | 'worse' | 'better'
  /** A change so large would have been found nine times of ten; null when there were too few windows for any. */
  readonly detectable: number | null
}

export interface OperationFigures {
  readonly rate: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

export interface ComparedOperation {
  readonly name: string
  /** Null where the run had none of it. */
  readonly before: OperationFigures | null
  readonly after: OperationFigures | null
}

export interface Comparison {
  readonly verdict: Verdict
  /** That it is no chance, of the measure that shows it best; null where nothing differs. */
  readonly confidence: number | null
  /** The least change of any latency that would have been found; null when there were too few windows for any. */
  readonly detectable: number | null
  readonly measures: readonly Compared[]
  /** Each kind of work, as it was; windows do not tell them apart, so that there is no verdict on them. */
  readonly operations: readonly ComparedOperation[]
  /** Of the scenario, and of the machine and programs. */
  readonly parameters: readonly Changed[]
  readonly environment: readonly Changed[]
  /** Of one of the runs, what else there is to know. */
  readonly notes: readonly string[]
}

export function compareRuns(before: RunReport, after: RunReport): Comparison {
  const others = new Map(measuresOf(after).map((measure) => [measure.name, measure]))
  const pairs = measuresOf(before).map((first, i) => {
    const second = others.get(first.name)!
    return { first, second, found: differenceOf(first.windows, second.windows, SEED + i) }
  })
  const chances = holm(pairs.map(({ found }) => found.chance))
  const measures = pairs.map(({ first, second, found }, i) => {
    return compared(first, second, found, chances[i]!)
  })
  const differing = measures.filter(({ verdict }) => verdict !== 'no difference')
  const best = Math.min(...differing.map(({ chance }) => chance))
  const detectable = leastDetectable(measures)
  return {
    verdict: verdictOf(measures, detectable),
    detectable,
    confidence: differing.length > 0 ? 1 - best : null,
    measures,
    operations: operationsOf(before, after),
    parameters: changesIn(before.scenario, after.scenario),
    environment: changesIn(settingOf(before), settingOf(after)),
    notes: [...notesOn(before, 'the first run'), ...notesOn(after, 'the second run')],
  }
}

function compared(first: Measure, second: Measure, found: Difference, chance: number): Compared {
  const isShare = first.unit === 'share'
  const told = (difference: number) => (isShare ? difference : Math.expm1(difference))
  const change = told(found.difference)
  const least = isShare ? LEAST_SHARE : LEAST
  // A twentieth less is as far as a twentieth more.
  const isLarge = Math.abs(found.difference) >= (isShare ? least : Math.log1p(least))
  const isWorse = change > 0 === (first.isBetter === 'lower')
  const differs = isLarge && chance <= CHANCE_MAX
  return {
    ...{ name: first.name, unit: first.unit, before: first.value, after: second.value },
    ...{ change, low: told(found.low), high: told(found.high), chance },
    verdict: differs ? (isWorse ? 'worse' : 'better') : 'no difference',
    detectable: Number.isFinite(found.detectable) ? told(found.detectable) : null,
  }
}

function verdictOf(measures: readonly Compared[], detectable: number | null): Verdict {
  const has = (verdict: Compared['verdict']) => measures.some((one) => one.verdict === verdict)
  if (has('worse')) return has('better') ? 'mixed' : 'worse'
  if (has('better')) return 'better'
  return detectable === null || detectable > BLIND ? 'unclear' : 'no difference'
}

function leastDetectable(measures: readonly Compared[]): number | null {
  const known = measures.flatMap(({ unit, detectable }) => {
    return unit === 'ns' && detectable !== null ? [detectable] : []
  })
  return known.length === 0 ? null : Math.min(...known)
}

/** What was taken from a machine is no setting of it. */
function settingOf({ environment }: RunReport): object {
  const { stealMs: _, ...setting } = environment
  return setting
}

function operationsOf(before: RunReport, after: RunReport): ComparedOperation[] {
  const names = [...new Set([before, after].flatMap(({ operations }) => Object.keys(operations)))]
  const figures = ({ operations }: RunReport, name: string): OperationFigures | null => {
    if (!Object.hasOwn(operations, name)) return null
    const { ok, seconds, corrected } = operations[name]!
    const { p50, p90, p99, p999 } = corrected
    return { rate: seconds > 0 ? ok / seconds : 0, p50, p90, p99, p999 }
  }
  return names.map((name) => ({ name, before: figures(before, name), after: figures(after, name) }))
}

function notesOn(run: RunReport, which: string): string[] {
  const { ended, checks, totals, environment } = run
  const failed = checks.reduce((sum, check) => sum + check.failed, 0)
  return [
    ...(ended === 'complete' || ended === 'steady' ? [] : [`${which} ${ENDED[ended]}`]),
    ...(failed === 0 ? [] : [`${which} failed ${failed} checks of its answers`]),
    ...(totals.dropped === 0 ? [] : [`${which} could not send ${totals.dropped} of its arrivals`]),
    ...stolenNotes(environment, totals.seconds, which),
  ]
}
