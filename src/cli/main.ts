#!/usr/bin/env node
/**
 * The command line: which command, which options, which exit code.
 *
 * One file per command stands beside this one; here are only the options they share.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { demoCommand } from './demo.js'
import { doctorCommand } from './doctor.js'
import { explain } from './failure.js'
import { keysCommand } from './keys.js'
import { openCommand } from './open.js'
import { sealCommand } from './seal.js'
import { serveCommand } from './serve.js'
import { meaning } from './settings.js'
import { toStdout } from './stdout.js'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 used wrongly, 3 refused because bytes, key or
context do not fit. Under --json a failure is {"error":{"code","message"}}.`

const program = new Command('sealtrail')
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
  .addCommand(serveCommand())
  .addCommand(keysCommand())
  .addCommand(sealCommand())
  .addCommand(openCommand())
  .addCommand(doctorCommand())
  .addCommand(demoCommand())

let shown = Promise.resolve()
prepare(program)

try {
  await program.parseAsync(process.argv).catch(helpShown)
} catch (error) {
  process.exitCode = await explain(error)
}

/** Help and version end in an error of commander's that is none. */
async function helpShown(error: unknown): Promise<void> {
  if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error
  await shown
}

/**
 * Commander throws instead of exiting and leaves failures to us, so that output is flushed, the code is ours, and
 * --json holds. Every command's help shows the shared options too.
 */
function prepare(command: Command): void {
  command.exitOverride().configureHelp({ showGlobalOptions: true })
  command.configureOutput({
    writeOut(text) {
      shown = shown.then(() => toStdout(text))
    },
    outputError: () => undefined,
  })
  for (const child of command.commands) prepare(child)
}
