/**
 * Two reports of benches held against each other: each contender, what was set otherwise, and a verdict.
 *
 * The tests are those of load's comparisons (load/report/compare), over rounds. On one
 * machine the baselines are the control: where one has become slower as much as a contender, the machine has. There a
 * contender differs when its times do and its times relative to a baseline do, in the same direction. Of two machines, or
 * two versions of Node, the times alone are compared. Baselines have no verdict themselves.
 *
 * @module
 */
import { type Difference, differenceOf } from '../../load/report/compare/blocks.js'
import { type Changed, changesIn } from '../../load/report/compare/changes.js'
import { BLIND, CHANCE_MAX } from '../../load/report/compare/compare.js'
import { holm } from '../../load/report/compare/holm.js'
import type { Standing } from '../contest.js'
import type { BenchReport } from '../report/report.js'
import { checkDraws, checkValues } from './bounds.js'
import { controlNotes, notesOn } from './notes.js'
import { type Missing, missingIn, type Pair, type Place, pairsOf } from './pairs.js'

/** So many for each contender, so that the least chance is small enough of all of them. */
const DRAWS_FOR_EACH = 100
const DRAWS_LEAST = 1999
/** Two processes of the same build differ by some per cent, for reasons that no round of either shows. */
const LEAST = 0.1
export type BenchVerdict = 'no difference' | 'worse' | 'better' | 'unclear'

export interface ComparedContender extends Place {
  readonly before: Standing
  readonly after: Standing
  /** How much more time it takes than before, as a share, and between what bounds that is; null when there were too few rounds. */
  readonly change: number
  readonly low: number | null
  readonly high: number | null
  /** The same of its time relative to a baseline. */
  readonly relative: Readonly<Record<string, number>>
  /** That chance alone did it, all contenders considered; null of a baseline. */
  readonly chance: number | null
  /** Null of a baseline. */
  readonly verdict: BenchVerdict | null
  /** A change so large would have been found nine times of ten; null when there were too few rounds for any. */
  readonly detectable: number | null
}

export interface BenchComparison {
  readonly verdict: BenchVerdict | 'mixed'
  /** That it is no chance, of the contender that shows it best; null where nothing differs. */
  readonly confidence: number | null
  readonly contenders: readonly ComparedContender[]
  readonly onlyBefore: readonly Missing[]
  readonly onlyAfter: readonly Missing[]
  /** How benches were asked. */
  readonly parameters: readonly Changed[]
  readonly environment: readonly Changed[]
  readonly notes: readonly string[]
}

interface Seen {
  readonly pair: Pair
  readonly times: Difference
  readonly relative: ReadonlyMap<string, Difference>
  /** What has to differ for the contender to differ. */
  readonly measures: readonly Difference[]
  readonly chance: number
}

/** @throws SealtrailError `InputInvalid` where that would take too long (bounds.ts) */
export function compareBenches(before: BenchReport, after: BenchReport): BenchComparison {
  for (const report of [before, after]) checkValues(report)
  const isOneMachine = changesIn(machineOf(before), machineOf(after)).length === 0
  const pairs = pairsOf(before, after)
  const own = pairs.filter(({ isBaseline }) => !isBaseline)
  const draws = Math.max(DRAWS_LEAST, DRAWS_FOR_EACH * own.length - 1)
  checkDraws(
    pairs.reduce((sum, { relative }) => sum + 1 + relative.size, 0),
    draws,
  )
  const seen = pairs.map((pair, i) => look(pair, isOneMachine, i + 1, draws))
  const chances = holm(
    seen.filter(({ pair }) => !pair.isBaseline).map(({ chance }) => chance),
  ).values()
  const contenders = seen.map((one) => {
    return told(one, one.pair.isBaseline ? null : (chances.next().value ?? null))
  })
  const onlyBefore = missingIn(before, after)
  const verdict = verdictOf(contenders, onlyBefore)
  return {
    verdict,
    confidence: confidenceIn(contenders, verdict),
    contenders,
    onlyBefore,
    onlyAfter: missingIn(after, before),
    parameters: changesIn(askedOf(before), askedOf(after)),
    environment: changesIn(settingOf(before), settingOf(after)),
    notes: [
      ...notesOn(before, 'the first report'),
      ...notesOn(after, 'the second report'),
      ...controlNotes(
        contenders.filter((one) => one.verdict === null).map(({ change }) => change),
        isOneMachine,
      ),
    ],
  }
}

function look(pair: Pair, isOneMachine: boolean, seed: number, draws: number): Seen {
  const times = differenceOf(...pair.times, seed, draws)
  const relative = new Map(
    [...pair.relative].map(([name, series]) => [name, differenceOf(...series, seed, draws)]),
  )
  // The control is the baseline beside which it varies least.
  const [control] = [...relative.values()].sort((a, b) => a.detectable - b.detectable)
  const measures = isOneMachine && control !== undefined ? [times, control] : [times]
  const chance = Math.max(...measures.map((one) => one.chance))
  return { pair, times, relative, measures, chance }
}

function told({ pair, times, relative, measures }: Seen, chance: number | null): ComparedContender {
  const { question, title, name, before, after } = pair
  return {
    ...{ question, title, name, before, after },
    ...{ change: Math.expm1(times.difference), low: share(times.low), high: share(times.high) },
    relative: Object.fromEntries(
      [...relative].map(([other, { difference }]) => [other, Math.expm1(difference)]),
    ),
    chance,
    verdict: chance === null ? null : verdictOn(measures, chance),
    detectable: share(Math.max(...measures.map(({ detectable }) => detectable))),
  }
}

/** It differs where all of its measures do, one way; and does not where one of them clearly does not. */
function verdictOn(measures: readonly Difference[], chance: number): BenchVerdict {
  const isWorse = measures[0]!.difference > 0
  const isOneWay = measures.every(({ difference }) => difference > 0 === isWorse)
  const isLarge = measures.every(({ difference }) => Math.abs(difference) >= Math.log1p(LEAST))
  if (isOneWay && isLarge && chance <= CHANCE_MAX) return isWorse ? 'worse' : 'better'
  const isNone = ({ chance: own, difference, detectable }: Difference) => {
    const isSeen = own <= CHANCE_MAX && Math.abs(difference) >= Math.log1p(LEAST)
    return !isSeen && detectable <= Math.log1p(BLIND)
  }
  return measures.some(isNone) ? 'no difference' : 'unclear'
}

/** Null where there were too few rounds. */
function share(logarithm: number): number | null {
  return Number.isFinite(logarithm) ? Math.expm1(logarithm) : null
}

/** What nobody could see of any of them is not passed over, nor is one that is not there any more. */
function verdictOf(
  contenders: readonly ComparedContender[],
  onlyBefore: readonly Missing[],
): BenchComparison['verdict'] {
  const isGone = onlyBefore.some(({ isBaseline, wasAsked }) => wasAsked && !isBaseline)
  const has = (verdict: BenchVerdict) => contenders.some((one) => one.verdict === verdict)
  if (has('worse')) return has('better') ? 'mixed' : 'worse'
  if (isGone || has('unclear') || !contenders.some(({ verdict }) => verdict !== null))
    return 'unclear'
  return has('better') ? 'better' : 'no difference'
}

function confidenceIn(
  contenders: readonly ComparedContender[],
  verdict: BenchComparison['verdict'],
): number | null {
  if (verdict === 'unclear' || verdict === 'no difference') return null
  const differing = contenders.filter((one) => one.verdict === 'worse' || one.verdict === 'better')
  return 1 - Math.min(...differing.map(({ chance }) => chance!))
}

/** What makes times of one process those of another. */
function machineOf({ environment }: BenchReport): object {
  const { engine: _, commit: __, stealMs: ___, ...machine } = environment
  return machine
}

/** What was taken from a machine is no setting of it. */
function settingOf({ environment }: BenchReport): object {
  const { stealMs: _, ...setting } = environment
  return setting
}

function askedOf({ pace, questions }: BenchReport): object {
  const pinned = questions.map(({ name, core }) => [name, { pinned: core !== null }])
  return { pace, ...Object.fromEntries(pinned) }
}
