/**
 * `sealtrail bench compare A.json B.json…`: each later report held against the first.
 *
 * Ends with 1 when one is worse, when that cannot be told, when it does not keep to a threshold, or when a bench of it was
 * not answered: nothing passes that nobody could see.
 *
 * @module
 */
import type { Command } from 'commander'
import { type BenchComparison, compareBenches } from '../../bench/compare/compare.js'
import { contestRows, placeLines, verdictText } from '../../bench/compare/telling.js'
import { readBench } from '../../bench/report/read-report.js'
import { type BenchJudged, judgeBenches } from '../../bench/thresholds/judge.js'
import { parseBenchThreshold } from '../../bench/thresholds/parse.js'
import { benchJudgedTexts } from '../../bench/thresholds/telling.js'
import { changeLines } from '../../load/report/compare/telling.js'
import { comparingCommand, section } from '../terminal/comparing.js'
import { type Terminal, table } from '../terminal/terminal.js'

const PASSING: ReadonlyArray<BenchComparison['verdict']> = ['no difference', 'better']

interface Told extends BenchComparison {
  readonly file: string
  readonly thresholds: readonly BenchJudged[]
  /** Whether all that was asked was answered. */
  readonly isWhole: boolean
}

export function compareCommand(terminal: Terminal): Command {
  return comparingCommand(terminal, {
    says: 'compare reports of benches (bench.json) with the first one',
    thresholdSays:
      'what each later report must keep to, such as engine/seal:native>=2x; repeat for more',
    parse: parseBenchThreshold,
    read: readBench,
    tell(before, after, thresholds, file): Told {
      const isWhole = after.questions.every(({ failed }) => failed === null)
      const judged = judgeBenches(thresholds, after)
      return { file, ...compareBenches(before, after), thresholds: judged, isWhole }
    },
    passes: ({ verdict, thresholds, isWhole }) =>
      PASSING.includes(verdict) && isWhole && thresholds.every(({ isKept }) => isKept),
    lines: linesOf,
  })
}

function linesOf(before: string, told: Told): string[] {
  const { file, parameters, environment, notes, thresholds, onlyBefore, onlyAfter } = told
  const kept = benchJudgedTexts(thresholds).map(({ text, measured, isKept }) => {
    return `${text}: ${isKept ? 'kept' : 'not kept'}, ${measured}`
  })
  return [
    ...table([[`${file}, beside ${before}: ${verdictText(told)}`]]),
    ...contestRows(told).flatMap(({ title, rows }) => section(title, table(rows))),
    ...section('thresholds', kept),
    ...section(`only in ${before}`, placeLines(onlyBefore)),
    ...section(`only in ${file}`, placeLines(onlyAfter)),
    ...section('benches were asked otherwise', changeLines(parameters)),
    ...section('the machines differ', changeLines(environment)),
    ...section('besides', notes),
  ]
}
