/**
 * Benches asked, one after the other, each in a process of its own; told as they come, and kept as files.
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Asking, paceOf } from '../../bench/asking/ask.js'
import { askInProcess } from '../../bench/asking/asked.js'
import { engineNames } from '../../bench/engines.js'
import { machineLines, stateLine } from '../../bench/machine.js'
import type { Question } from '../../bench/question.js'
import { questionsFor } from '../../bench/questions.js'
import { benchMarkdown } from '../../bench/report/markdown.js'
import { benchPage } from '../../bench/report/page.js'
import type { Answered, BenchReport } from '../../bench/report/report.js'
import { standingsTable } from '../../bench/report/standings.js'
import { type BenchJudged, judgeBenches } from '../../bench/thresholds/judge.js'
import type { BenchThreshold } from '../../bench/thresholds/parse.js'
import { benchJudgedTexts } from '../../bench/thresholds/telling.js'
import { systemClock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import { environment, stolenMs } from '../../load/recording/machine.js'
import { writeWholeFile } from '../../store/files/whole-file.js'
import { EXIT } from '../terminal/failure.js'
import { settings } from '../terminal/settings.js'
import { type Terminal, table } from '../terminal/terminal.js'
import { untilSignal } from '../terminal/through.js'

const OWN = ['quick', 'dir', 'out', 'threshold']
/** They are of a house that a command opens: those of benches are their own. */
const OTHERS = ['dataDir', 'rootKeyFile', 'account', 'region']

/** `command` has what was said of it. */
export async function runBenches(
  terminal: Terminal,
  command: Command,
  names: readonly string[],
): Promise<void> {
  const { dir = tmpdir(), out, threshold: thresholds = [], quick } = command.opts()
  const asked = questionsFor(names)
  checkUse(command.optsWithGlobals(), thresholds, asked)
  const { engine } = settings(terminal, command, OWN)
  if (out !== undefined) await mkdir(out, { recursive: true })
  const report = await answers(terminal, asked, dir, { engine, isQuick: quick === true })
  const judged = judgeBenches(thresholds, report)
  try {
    if (out !== undefined) await writeFiles(out, report, judged)
  } finally {
    // What was measured for minutes is told, also when there is no room for its files.
    const kept = benchJudgedTexts(judged).map(({ text, measured, isKept }) => {
      return [`${isKept ? 'kept    ' : 'BROKEN  '}${text}: ${measured}`]
    })
    if (terminal.isJson) await terminal.print(report, [])
    else if (kept.length > 0) await terminal.printLine(table(kept).join('\n'))
  }
  const isWhole = report.questions.every(({ failed }) => failed === null)
  if (!isWhole || judged.some(({ isKept }) => !isKept)) terminal.exitCode = EXIT.failed
}

/** Before minutes are spent on it. */
function checkUse(
  given: Readonly<Record<string, unknown>>,
  thresholds: readonly BenchThreshold[],
  asked: readonly Question[],
): void {
  const other = OTHERS.find((name) => given[name] !== undefined)
  if (other !== undefined) {
    throw new SealtrailError('ConfigInvalid', `${other} is not for bench: it has houses of its own`)
  }
  for (const { text, question } of thresholds) {
    if (asked.some(({ name }) => name.includes(question))) continue
    const names = asked.map(({ name }) => name).join(', ')
    throw new SealtrailError(
      'InputInvalid',
      `'${text}' means no bench that is asked: these are ${names}`,
    )
  }
}

async function answers(
  terminal: Terminal,
  asked: readonly Question[],
  dir: string,
  given: Omit<Asking, 'folder'>,
): Promise<BenchReport> {
  const [startedAt, stolen] = [new Date(systemClock.now()).toISOString(), stolenMs()]
  const machine = environment(engineNames(given.engine).join(', '))
  const line = (text: string) => (terminal.isJson ? undefined : terminal.printLine(text))
  await line(machineLines(machine).join('\n'))
  const { signal, forget } = untilSignal()
  const questions: Answered[] = []
  try {
    for (const question of asked) {
      questions.push(await answer(terminal, question, dir, given, signal))
    }
  } finally {
    forget()
  }
  const stealMs = stolen === null ? null : (stolenMs() ?? stolen) - stolen
  const pace = paceOf(given)
  return { version: 1, startedAt, environment: { ...machine, stealMs }, pace, questions }
}

async function answer(
  terminal: Terminal,
  question: Question,
  dir: string,
  given: Omit<Asking, 'folder'>,
  signal: AbortSignal,
): Promise<Answered> {
  const folder = await mkdtemp(join(dir, 'sealtrail-bench-'))
  // In their order; what stdout does not take is told when all is said.
  let said: Promise<unknown> = Promise.resolve()
  const line = (text: string) => {
    if (!terminal.isJson) said = said.then(() => terminal.printLine(text))
    said.catch(() => undefined)
  }
  line(`\n${question.name}: ${question.asks}`)
  try {
    const answered = await askInProcess(
      question,
      { ...given, folder },
      {
        ...{ env: withThreads(terminal.io.env), signal },
        tell: {
          begun: (load, core) => line(stateLine(load, question.cores === 'one' ? core : undefined)),
          outcome: (outcome) => line(`\n${standingsTable(outcome).join('\n')}`),
        },
      },
    )
    const { notes, failed } = answered
    for (const note of notes) line(`  ${note}`)
    if (failed !== null) terminal.note(`${question.name} was not answered: ${failed}`)
    await said
    return answered
  } finally {
    // Servers that are on their way out may still be at it.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Node's own thread pool, which baselines use, has a thread for each core, as ours has. */
function withThreads(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { UV_THREADPOOL_SIZE: `${Math.max(4, availableParallelism())}`, ...env }
}

async function writeFiles(
  out: string,
  report: BenchReport,
  judged: readonly BenchJudged[],
): Promise<void> {
  const files = {
    'bench.json': `${JSON.stringify(report, null, 2)}\n`,
    'bench.html': benchPage(report, judged),
    'bench.md': benchMarkdown(report, judged),
  }
  for (const [name, text] of Object.entries(files)) {
    await writeWholeFile(join(out, name), [Buffer.from(text)])
  }
}
