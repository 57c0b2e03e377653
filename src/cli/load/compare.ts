/**
 * `sealtrail load compare A.json B.json…`: each later run held against the first.
 *
 * Ends with 1 when one is worse, when that cannot be told, when it does not keep to a threshold, or when it failed or was
 * given up: nothing passes that nobody could see, and nothing that was wrong, however fast.
 *
 * @module
 */
import type { Command } from 'commander'
import { type Comparison, compareRuns } from '../../load/report/compare/compare.js'
import {
  changeLines,
  measureRows,
  operationRows,
  verdictText,
} from '../../load/report/compare/telling.js'
import { readRun } from '../../load/report/read-run.js'
import type { RunReport } from '../../load/report/run.js'
import { type Judged, judge } from '../../load/report/thresholds/judge.js'
import { parseThreshold } from '../../load/report/thresholds/parse.js'
import { judgedTexts } from '../../load/report/thresholds/telling.js'
import { comparingCommand, section } from '../terminal/comparing.js'
import { type Terminal, table } from '../terminal/terminal.js'

const PASSING: ReadonlyArray<Comparison['verdict']> = ['no difference', 'better']

interface Told extends Comparison {
  readonly file: string
  readonly thresholds: readonly Judged[]
  readonly ended: RunReport['ended']
}

export function compareCommand(terminal: Terminal): Command {
  return comparingCommand(terminal, {
    says: 'compare reports of runs (report.json) with the first one',
    thresholdSays: 'what each later run must keep to, such as p99<20ms; repeat for more',
    parse: parseThreshold,
    read: readRun,
    tell(before, after, thresholds, file): Told {
      const { ended } = after
      return { file, ...compareRuns(before, after), thresholds: judge(thresholds, after), ended }
    },
    passes({ verdict, thresholds, ended }) {
      const isKept = thresholds.every(({ isKept }) => isKept)
      return PASSING.includes(verdict) && isKept && ended !== 'failed' && ended !== 'aborted'
    },
    lines: linesOf,
  })
}

function linesOf(before: string, told: Told): string[] {
  const { file, parameters, environment, notes, thresholds, operations } = told
  const kept = judgedTexts(thresholds).map(({ text, measured, isKept }) => {
    return `${text}: ${isKept ? 'kept' : 'not kept'}, ${measured}`
  })
  return [
    ...table([[`${file}, beside ${before}: ${verdictText(told)}`]]),
    ...section('', table(measureRows(told))).slice(1),
    ...section('by operation', table(operationRows(operations))),
    ...section('thresholds', kept),
    ...section('the scenarios differ', changeLines(parameters)),
    ...section('the machines differ', changeLines(environment)),
    ...section('besides', notes),
  ]
}
