/**
 * The command line: which command, which options, which exit code.
 *
 * One file per command stands beside this one; here are only the options they share. The process around it is main.ts.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { benchCommand } from './bench/bench.js'
import { demoCommand } from './demo/demo.js'
import { doctorCommand } from './doctor.js'
import { explainCommand } from './explain.js'
import { fsckCommand } from './fsck.js'
import { keysCommand } from './keys/keys.js'
import { loadCommand } from './load/load.js'
import { objectsCommand } from './objects/objects.js'
import { openCommand } from './open.js'
import { sealCommand } from './seal.js'
import { serveCommand } from './serve.js'
import { explain } from './terminal/failure.js'
import { meaning } from './terminal/settings.js'
import { type Io, Terminal } from './terminal/terminal.js'
import { trailCommand } from './trails/trail.js'
import { usageCommand } from './usage.js'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 used wrongly, 3 refused because bytes, key or
context do not fit. Under --json a failure is {"error":{"code","message"}}.`

/** Runs the command that `args` name, and gives its exit code. Nothing is thrown. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const terminal = new Terminal(args, io)
  const program = sealtrailCommand(terminal)
  const shown = prepare(program, terminal)
  try {
    await program.parseAsync(args, { from: 'user' }).catch(async (error: unknown) => {
      // Help and version end in an error of commander's that is none.
      if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error
      await shown()
    })
    return terminal.exitCode
  } catch (error) {
    return await explain(error, terminal)
  }
}

function sealtrailCommand(terminal: Terminal): Command {
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
    .addCommand(serveCommand(terminal))
    .addCommand(keysCommand(terminal))
    .addCommand(objectsCommand(terminal))
    .addCommand(sealCommand(terminal))
    .addCommand(openCommand(terminal))
    .addCommand(explainCommand(terminal))
    .addCommand(trailCommand(terminal))
    .addCommand(usageCommand(terminal))
    .addCommand(loadCommand(terminal))
    .addCommand(doctorCommand(terminal))
    .addCommand(fsckCommand(terminal))
    .addCommand(demoCommand(terminal))
    .addCommand(benchCommand(terminal))
}

/**
 * Commander throws instead of exiting and leaves failures to us, so that output is flushed, the code is ours, and
 * --json holds. Every command's help shows the shared options too. What is returned waits until it has been shown.
 */
function prepare(program: Command, terminal: Terminal): () => Promise<void> {
  let shown = Promise.resolve()
  const all = [program]
  for (const command of all) {
    command.exitOverride().configureHelp({ showGlobalOptions: true })
    command.configureOutput({
      writeOut(text) {
        shown = shown.then(() => terminal.toStdout(text))
      },
      outputError: () => undefined,
    })
    all.push(...command.commands)
  }
  return () => shown
}
