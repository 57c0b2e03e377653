/**
 * report.md: a run in a few lines, for a pull request.
 *
 * What a report holds is escaped: a code of an error may be anything that a target said.
 *
 * @module
 */
import { CLIENT_HEAD, clientRows } from './clients.js'
import { bytesRateText, countText, durationText, rateText, shareText, timeText } from './figures.js'
import type { Environment, RunReport, Totals } from './run.js'
import { endedText, failedChecks, nameOf, runAgain, targetText } from './telling.js'
import type { Judged } from './thresholds/judge.js'
import { type JudgedText, judgedTexts } from './thresholds/telling.js'
import { visible } from './visible.js'

const FLAGS_TOLD = ['aes', 'vaes', 'avx512f', 'sha_ni', 'pclmulqdq', 'vpclmulqdq']

export function reportMarkdown(run: RunReport, judged: readonly Judged[] = []): string {
  const { totals, plannedRate, environment } = run
  const plan = plannedRate === null ? 'closed loop' : `${rateText(plannedRate)} planned`
  const failed = failedChecks(run)
  const used = targetText(run)
  const clients = clientRows(run)
  const lines = [
    `### ${plainText(nameOf(run))}: ${endedText(run)}`,
    '',
    `${durationText(totals.seconds)}, ${plan}. ${machineText(environment)}.${used === undefined ? '' : ` The target used ${used}.`}`,
    '',
    ...table([
      ['operation', 'rate', 'p50', 'p90', 'p99', 'p99.9', 'payload', 'errors', 'not sent'],
      ...Object.entries(run.operations).map(([name, of]) => row(name, of)),
      row('all', totals),
    ]),
    ...(clients.length === 0 ? [] : ['', ...table([CLIENT_HEAD, ...clients])]),
    ...(judged.length === 0 ? [] : ['', ...thresholdsTable(judgedTexts(judged))]),
    ...(failed === 0 ? [] : ['', `**${countText(failed)} answers were wrong.**`]),
    '',
    `Latencies count from when an operation was due. Again: \`${runAgain('scenario.json')}\``,
  ]
  return `${lines.join('\n')}\n`
}

function row(
  name: string,
  { ok, sent, seconds, corrected, bytes, errors, dropped }: Totals,
): string[] {
  const per = seconds > 0 ? 1 / seconds : 0
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  const share = failed === 0 ? '' : ` (${shareText(failed / Math.max(1, sent))})`
  const times = [corrected.p50, corrected.p90, corrected.p99, corrected.p999].map(timeText)
  const what = [bytesRateText(bytes * per), `${countText(failed)}${share}`, countText(dropped)]
  return [name, rateText(ok * per), ...times, ...what]
}

export function machineText({ cpu, cores, flags, node, engine, commit }: Environment): string {
  const told = FLAGS_TOLD.filter((flag) => flags.includes(flag)).join(' ')
  return `${plainText(cpu)}, ${cores} cores${told && ` (${told})`}, Node ${plainText(node)}, engine ${plainText(engine ?? 'not known')}, commit ${plainText(commit ?? 'not known')}`
}

export function thresholdsTable(judged: readonly JudgedText[]): string[] {
  return table([
    ['threshold', 'measured', ''],
    ...judged.map(({ text, measured, isKept }) => {
      return [text, measured, isKept ? 'kept' : '**not kept**']
    }),
  ])
}

/** The first row is the heading; figures stand to the right. */
export function table([head = [], ...rows]: ReadonlyArray<readonly string[]>): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(' | ')} |`
  const rule = head.map((_, i) => (i === 0 ? ':--' : '--:'))
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)]
}

/** Bold of ours stays; no other text has a meaning. */
function cellText(text: string): string {
  const bold = /^\*\*([\w ]+)\*\*$/.exec(text)?.[1]
  return bold === undefined ? plainText(text) : `**${bold}**`
}

/** Text in Markdown that means nothing but itself. */
export function plainText(text: string): string {
  return visible(text).replace(
    /[\\`*_{}[\]()#+!|<>~@&]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  )
}
