/**
 * The command line: which command, which options, which exit code.
 *
 * One file per command stands beside this one, and is loaded when it is named; here are only the options they share. The
 * process around it is main.ts.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { explain } from './terminal/failure.js'
import { meaning } from './terminal/settings.js'
import { type Io, Terminal } from './terminal/terminal.js'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

type Make = (terminal: Terminal) => Command

/** In the order of --help. */
const COMMANDS: ReadonlyMap<string, () => Promise<Make>> = new Map([
  ['serve', async () => (await import('./serve.js')).serveCommand],
  ['keys', async () => (await import('./keys/keys.js')).keysCommand],
  ['objects', async () => (await import('./objects/objects.js')).objectsCommand],
  ['seal', async () => (await import('./seal.js')).sealCommand],
  ['open', async () => (await import('./open.js')).openCommand],
  ['explain', async () => (await import('./explain.js')).explainCommand],
  ['trail', async () => (await import('./trails/trail.js')).trailCommand],
  ['usage', async () => (await import('./usage.js')).usageCommand],
  ['load', async () => (await import('./load/load.js')).loadCommand],
  ['doctor', async () => (await import('./doctor.js')).doctorCommand],
  ['fsck', async () => (await import('./fsck.js')).fsckCommand],
  ['demo', async () => (await import('./demo/demo.js')).demoCommand],
  ['bench', async () => (await import('./bench/bench.js')).benchCommand],
])

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 used wrongly, 3 refused because bytes, key or
context do not fit. Under --json a failure is {"error":{"code","message"}}.`

/** Runs the command that `args` name, and gives its exit code. Nothing is thrown. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const terminal = new Terminal(args, io)
  const output = new Output(terminal)
  try {
    await parse(args, terminal, output).catch(async (error: unknown) => {
      // Help and version end in an error of commander's that is none.
      if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error
      await output.shown
    })
    return terminal.exitCode
  } catch (error) {
    return await explain(error, terminal)
  }
}

async function parse(args: readonly string[], terminal: Terminal, output: Output): Promise<void> {
  const program = sealtrailCommand()
  output.prepare(program)
  const [first = '', second = ''] = program.parseOptions([...args]).operands
  const named = COMMANDS.get(first === 'help' ? second : first)
  // Who names none, or one that is not there, is shown them all.
  for (const load of named === undefined ? COMMANDS.values() : [named]) {
    const make = await load()
    program.addCommand(make(terminal))
  }
  output.prepare(program)
  await program.parseAsync(args, { from: 'user' })
}

function sealtrailCommand(): Command {
  return new Command('sealtrail')
    .description(manifest.description)
    .version(manifest.version)
    .option('--config <file>', 'settings as one JSON object (docs/CONFIG.md)')
    .option('--data-dir <dir>', meaning('dataDir'))
    .option('--root-key-file <file>', meaning('rootKeyFile'))
    .addOption(
      new Option('--engine <name>', meaning('engine')).choices(['auto', 'native', 'wasm', 'node']),
    )
    .option('--account <id>', meaning('account'))
    .option('--region <name>', meaning('region'))
    .option('--json', 'results and failures as JSON')
    .addHelpText('after', EXIT_CODES)
}

/**
 * Commander throws instead of exiting and leaves failures to us, so that output is flushed, the code is ours, and
 * --json holds. Every command's help shows the shared options too, unless it says which of them it takes.
 */
class Output {
  readonly #terminal: Terminal
  #shown = Promise.resolve()

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Once all has been shown. */
  get shown(): Promise<void> {
    return this.#shown
  }

  /** With all commands below it. */
  prepare(command: Command): void {
    command.exitOverride().configureHelp({ showGlobalOptions: true, ...command.configureHelp() })
    command.configureOutput({
      writeOut: (text) => {
        this.#shown = this.#shown.then(() => this.#terminal.toStdout(text))
      },
      outputError: () => undefined,
    })
    for (const below of command.commands) this.prepare(below)
  }
}
