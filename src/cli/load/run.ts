/**
 * A scenario carried out, and what came of it told: on the terminal, and as files.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { systemClock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import { type MachinesOptions, runOnMachines } from '../../load/coordination/machines.js'
import { SECRET_FILE } from '../../load/coordination/secret.js'
import { latencyLog, windowsCsv } from '../../load/recording/files.js'
import { reportMarkdown } from '../../load/report/markdown.js'
import { reportPage } from '../../load/report/page/page.js'
import type { RunReport } from '../../load/report/run.js'
import { type Judged, judge } from '../../load/report/thresholds/judge.js'
import { parseThreshold } from '../../load/report/thresholds/parse.js'
import { runLoad } from '../../load/running/lead.js'
import { checkedScenario, readScenario } from '../../load/scenario/read.js'
import type { Scenario } from '../../load/scenario/scenario.js'
import { readPublicFile } from '../../store/files/public-file.js'
import { writeWholeFile } from '../../store/files/whole-file.js'
import type { AccessParts } from '../../upstream/client/access.js'
import { EXIT } from '../terminal/failure.js'
import type { Terminal } from '../terminal/terminal.js'
import { untilSignal } from '../terminal/through.js'
import { scenarioFlags } from './flags.js'
import { refuseSettings } from './settings.js'
import { summary } from './summary.js'
import { watch } from './watching.js'

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url))
const EXAMPLE_NAMES = ['ingest', 'kms', 'sse-kms']
/** Of a scenario that is no file: members, and how flags say them. */
const NEEDED = [
  ['target', '--target'],
  ['work', '--work'],
  ['shape', '--rate or --users'],
] as const
const FILE_BYTES_MAX = 1 << 20

/** `command` has what was said of it. */
export async function runScenario(
  terminal: Terminal,
  command: Command,
  name: string | undefined,
): Promise<void> {
  const { out, threshold: given = [], secret: secretFile = SECRET_FILE, ...flags } = command.opts()
  refuseSettings(command.optsWithGlobals())
  const scenario = await scenarioOf(name, scenarioFlags(flags))
  const thresholds = [...scenario.thresholds.map(parseThreshold), ...given]
  if (scenario.raw && out === undefined) {
    throw new SealtrailError('ConfigInvalid', 'raw needs a place for its lines: --out')
  }
  if (out !== undefined) await mkdir(out, { recursive: true })
  const report = await watched(terminal, scenario, { out, secretFile })
  const judged = judge(thresholds, report)
  try {
    if (out !== undefined) await writeFiles(out, report, judged)
  } finally {
    // What was measured for an hour is told, also when there is no room for its files.
    await terminal.print(report, summary(report, judged))
  }
  const isGood = report.ended === 'complete' || report.ended === 'steady'
  if (!isGood || judged.some(({ isKept }) => !isKept)) terminal.exitCode = EXIT.failed
}

async function watched(
  terminal: Terminal,
  scenario: Scenario,
  { out, secretFile }: { readonly out: string | undefined; readonly secretFile: string },
): Promise<RunReport> {
  const { signal, forget } = untilSignal()
  const key = new AbortController()
  const stopped = Object.assign(new Error('stopped by Ctrl-C'), { code: 'SIGINT' })
  const watching = watch(terminal, scenario, () => key.abort(stopped))
  try {
    const seconds = (scenario.warmupMs + scenario.durationMs) / 1000
    const options: MachinesOptions = {
      ...{ clock: systemClock, access: accessIn(terminal.io.env), out, secretFile },
      signal: AbortSignal.any([signal, key.signal]),
      onBegin(change) {
        const { warmupMs } = scenario
        const warmup = warmupMs > 0 ? `, the first ${warmupMs / 1000} s to warm up` : ''
        terminal.note(`${scenario.name} runs for ${seconds} s${warmup}; Ctrl-C ends it`)
        watching.onBegin(change)
      },
      onWindow: watching.onWindow,
    }
    const run = scenario.machines.length > 0 ? runOnMachines : runLoad
    const { report, notes } = await run(scenario, options)
    for (const note of notes) terminal.note(note)
    return report
  } finally {
    watching.close()
    forget()
  }
}

async function scenarioOf(
  name: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<Scenario> {
  if (name === undefined) {
    const lacking = NEEDED.filter(([member]) => flags[member] === undefined)
    if (lacking.length === 0) return checkedScenario(flags, 'the command line')
    const flagsLacking = lacking.map(([, flag]) => flag).join(', ')
    throw new SealtrailError(
      'ConfigInvalid',
      `the command line is no scenario without ${flagsLacking}; else name a file, or one of ${EXAMPLE_NAMES.join(', ')}`,
    )
  }
  const isName = /^[\w-]+$/.test(name)
  if (isName && !EXAMPLE_NAMES.includes(name)) {
    throw new SealtrailError(
      'ConfigInvalid',
      `no example is called ${name}: there are ${EXAMPLE_NAMES.join(', ')}; a file is meant by its path, such as ./${name}`,
    )
  }
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError('ConfigInvalid', `the scenario ${name} ${reason}`, {}, { cause })
  const path = isName ? join(EXAMPLES, `${name}.yaml`) : name
  const bytes = await readPublicFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  return readScenario(bytes, name, flags)
}

async function writeFiles(
  out: string,
  report: RunReport,
  judged: readonly Judged[],
): Promise<void> {
  const files = {
    'scenario.json': `${JSON.stringify(report.scenario, null, 2)}\n`,
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'report.html': reportPage(report, judged),
    'report.md': reportMarkdown(report, judged),
    'windows.csv': windowsCsv(report),
    'latency.hlog': latencyLog(report),
  }
  for (const [name, text] of Object.entries(files)) {
    await writeWholeFile(join(out, name), [Buffer.from(text)])
  }
}

function accessIn(env: NodeJS.ProcessEnv): AccessParts | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN || undefined }
}
