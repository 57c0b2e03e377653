/**
 * `sealtrail bench compare A.json B.json…`: each later report held against the first.
 *
 * Ends with 1 when one is worse, when that cannot be told, when it does not keep to a threshold, or when a bench of it was
 * not answered: nothing passes that nobody could see.
 *
 * @module
 */
import { Command } from 'commander'
import { type BenchComparison, compareBenches } from '../../bench/compare/compare.js'
import { contestRows, placeLines, verdictText } from '../../bench/compare/telling.js'
import { readBench } from '../../bench/report/read-report.js'
import { type BenchJudged, judgeBenches } from '../../bench/thresholds/judge.js'
import { type BenchThreshold, parseBenchThreshold } from '../../bench/thresholds/parse.js'
import { benchJudgedTexts } from '../../bench/thresholds/telling.js'
import { changeLines } from '../../load/report/compare/telling.js'
import { EXIT } from '../terminal/failure.js'
import { type Terminal, table } from '../terminal/terminal.js'

const PASSING: ReadonlyArray<BenchComparison['verdict']> = ['no difference', 'better']

interface Told extends BenchComparison {
  readonly file: string
  readonly thresholds: readonly BenchJudged[]
  /** Whether all that was asked was answered. */
  readonly isWhole: boolean
}

export function compareCommand(terminal: Terminal): Command {
  return new Command('compare')
    .description('compare reports of benches (bench.json) with the first one')
    .argument('<before>')
    .argument('<after...>')
    .option(
      '--threshold <text>',
      'what each later report must keep to, such as engine/seal:native>=2x; repeat for more',
      (text, before: readonly BenchThreshold[] = []) => [...before, parseBenchThreshold(text)],
    )
    .action(async function compare(this: Command, before: string, after: readonly string[]) {
      // Of the same name as one of `bench`, which takes it, wherever it stands.
      const thresholds: readonly BenchThreshold[] = this.optsWithGlobals().threshold ?? []
      const first = await readBench(before)
      const told: Told[] = []
      for (const file of after) {
        const report = await readBench(file)
        const isWhole = report.questions.every(({ failed }) => failed === null)
        const judged = judgeBenches(thresholds, report)
        told.push({ file, ...compareBenches(first, report), thresholds: judged, isWhole })
      }
      const lines = told.flatMap((one, i) => [...(i > 0 ? [''] : []), ...linesOf(before, one)])
      await terminal.print(told, lines)
      if (!told.every(passes)) terminal.exitCode = EXIT.failed
    })
}

function passes({ verdict, thresholds, isWhole }: Told): boolean {
  return PASSING.includes(verdict) && isWhole && thresholds.every(({ isKept }) => isKept)
}

function linesOf(before: string, told: Told): string[] {
  const { file, parameters, environment, notes, thresholds, onlyBefore, onlyAfter } = told
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : ['', ...table([title, ...lines.map((line) => `  ${line}`)].map((line) => [line]))]
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
