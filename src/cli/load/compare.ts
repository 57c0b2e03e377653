/**
 * `sealtrail load compare A.json B.json…`: each later run held against the first.
 *
 * Ends with 1 when one is worse, when that cannot be told, when it does not keep to a threshold, or when it failed or was
 * given up: nothing passes that nobody could see, and nothing that was wrong, however fast.
 *
 * @module
 */
import { Command } from 'commander'
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
import { parseThreshold, type Threshold } from '../../load/report/thresholds/parse.js'
import { judgedTexts } from '../../load/report/thresholds/telling.js'
import { EXIT } from '../terminal/failure.js'
import { type Terminal, table } from '../terminal/terminal.js'

const PASSING: ReadonlyArray<Comparison['verdict']> = ['no difference', 'better']

interface Told extends Comparison {
  readonly file: string
  readonly thresholds: readonly Judged[]
  readonly ended: RunReport['ended']
}

export function compareCommand(terminal: Terminal): Command {
  return new Command('compare')
    .description('compare reports of runs (report.json) with the first one')
    .argument('<before>')
    .argument('<after...>')
    .option(
      '--threshold <text>',
      'what each later run must keep to, such as p99<20ms; repeat for more',
      (text, before: readonly Threshold[] = []) => [...before, parseThreshold(text)],
    )
    .action(async function compare(this: Command, before: string, after: readonly string[]) {
      // Of the same name as one of `load`, which takes it, wherever it stands.
      const thresholds: readonly Threshold[] = this.optsWithGlobals().threshold ?? []
      const first = await readRun(before)
      const told: Told[] = []
      for (const file of after) {
        const run = await readRun(file)
        const { ended } = run
        told.push({ file, ...compareRuns(first, run), thresholds: judge(thresholds, run), ended })
      }
      const lines = told.flatMap((one, i) => [...(i > 0 ? [''] : []), ...linesOf(before, one)])
      await terminal.print(told, lines)
      if (!told.every(passes)) terminal.exitCode = EXIT.failed
    })
}

function passes({ verdict, thresholds, ended }: Told): boolean {
  const isKept = thresholds.every(({ isKept }) => isKept)
  return PASSING.includes(verdict) && isKept && ended !== 'failed' && ended !== 'aborted'
}

function linesOf(before: string, told: Told): string[] {
  const { file, parameters, environment, notes, thresholds, operations } = told
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
  const kept = judgedTexts(thresholds).map(({ text, measured, isKept }) => {
    return `${text}: ${isKept ? 'kept' : 'not kept'}, ${measured}`
  })
  return [
    ...table([[`${file}, beside ${before}: ${verdictText(told)}`]]),
    ...section('', table(measureRows(told))).slice(1),
    ...section('by operation', table(operationRows(operations))),
    ...section('thresholds', table(kept.map((line) => [line]))),
    ...section('the scenarios differ', table(changeLines(parameters).map((line) => [line]))),
    ...section('the machines differ', table(changeLines(environment).map((line) => [line]))),
    ...section('besides', notes),
  ]
}
