/**
 * bench.md: benches in tables, for a pull request.
 *
 * @module
 */
import { machineText, plainText, table, thresholdsTable } from '../../load/report/markdown.js'
import type { BenchJudged } from '../thresholds/judge.js'
import { benchJudgedTexts } from '../thresholds/telling.js'
import type { Answered, BenchReport } from './report.js'
import { standingRows } from './standings.js'
import { againText, paceText } from './telling.js'

export function benchMarkdown(report: BenchReport, judged: readonly BenchJudged[] = []): string {
  const { environment, questions } = report
  const lines = [
    `### sealtrail bench: ${questions.map(({ name }) => plainText(name)).join(', ')}`,
    '',
    `${machineText(environment)}; ${paceText(report)}.`,
    ...(judged.length === 0 ? [] : ['', ...thresholdsTable(benchJudgedTexts(judged))]),
    ...questions.flatMap(questionLines),
    '',
    `Again: \`${againText(report)}\``,
  ]
  return `${lines.join('\n')}\n`
}

function questionLines({ name, asks, outcomes, notes, failed }: Answered): string[] {
  return [
    ...['', `#### ${plainText(name)}: ${plainText(asks)}`],
    ...outcomes.flatMap((outcome) => [
      ...['', plainText(outcome.title), ''],
      ...table(standingRows(outcome)),
    ]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${plainText(note)}`)]),
    ...(failed === null ? [] : ['', `**Not answered:** ${plainText(failed)}`]),
  ]
}
