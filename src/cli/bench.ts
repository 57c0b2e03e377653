/**
 * `sealtrail bench`: what this machine does, beside what one would take instead.
 *
 * Of several questions each is put to a process of its own, which is this command with one name: what one leaves behind
 * in the compiler does not slow the next. Exit code 1 when a question could not be answered.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { type Answered, ask } from '../bench/ask.js'
import { FULL, QUICK } from '../bench/contest.js'
import { machineLines } from '../bench/machine.js'
import type { Question } from '../bench/question.js'
import { QUESTIONS, questionsFor } from '../bench/questions.js'
import { standingsTable } from '../bench/standings.js'
import { EXIT } from './terminal/failure.js'
import type { Terminal } from './terminal/terminal.js'

interface Options {
  readonly quick?: true
  readonly dir?: string
}

export function benchCommand(terminal: Terminal): Command {
  const known = QUESTIONS.map(({ name, asks }) => `  ${name.padEnd(16)} ${asks}`)
  return new Command('bench')
    .description(
      'measure this machine: engines, wraps, signatures, sealed objects, gzip, records, key operations',
    )
    .argument('[name...]', 'benches whose name holds one of the words; all of them')
    .option('--quick', 'a fraction of the time, for a first look')
    .option(
      '--dir <folder>',
      'where what is written goes, on the disk that is asked about (default: a temporary one)',
    )
    .addHelpText('after', `\nBenches:\n${known.join('\n')}`)
    .action(async (names: readonly string[], options: Options) => {
      const [only, ...others] = questionsFor(names)
      if (others.length === 0) return await askHere(terminal, only!, options)
      const answers: Answered[] = []
      for (const { name } of [only!, ...others]) {
        const said = await askInChild(terminal, name, options)
        if (said === undefined) terminal.exitCode = EXIT.failed
        else if (terminal.isJson) answers.push(JSON.parse(said) as Answered)
      }
      if (terminal.isJson) await terminal.print(answers, [])
    })
}

async function askHere(
  terminal: Terminal,
  question: Question,
  { quick, dir = tmpdir() }: Options,
): Promise<void> {
  const folder = await mkdtemp(join(dir, 'sealtrail-bench-'))
  const line = (text: string) => (terminal.isJson ? undefined : terminal.printLine(text))
  try {
    await line(`${question.name}: ${question.asks}`)
    const answered = await ask(question, folder, quick ? QUICK : FULL, {
      begun: (machine, core) =>
        line(
          [...machineLines(machine), `pinned  ${core === null ? 'no' : `to CPU ${core}`}`].join(
            '\n',
          ),
        ),
      outcome: ({ standings, ...contest }) =>
        line(`\n${standingsTable(contest, standings).join('\n')}`),
    })
    for (const note of answered.notes) await line(`  ${note}`)
    await line('')
    if (terminal.isJson) await terminal.print(answered, [])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What it says, which people see as it comes; undefined when it fails, which it says itself. */
async function askInChild(
  terminal: Terminal,
  name: string,
  { quick, dir }: Options,
): Promise<string | undefined> {
  const { io, isJson } = terminal
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const own = [...(isJson ? ['--json'] : []), ...(quick ? ['--quick'] : [])]
  if (dir !== undefined) own.push('--dir', dir)
  const child = spawn(process.execPath, [main, 'bench', name, ...own], {
    env: io.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.on('data', (piece) => io.stderr.write(piece))
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  let said = ''
  for await (const piece of child.stdout.setEncoding('utf8')) {
    said += piece
    if (!isJson) await terminal.toStdout(piece)
  }
  return (await closed) === 0 ? said : undefined
}
