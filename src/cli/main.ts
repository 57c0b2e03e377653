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
import { keysCommand } from './keys.js'
import { openCommand } from './open.js'
import { sealCommand } from './seal.js'
import { serveCommand } from './serve.js'
import { EXIT, explain } from './terminal.js'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const program = new Command('sealtrail')
  .description(manifest.description)
  .version(manifest.version)
  .option('--config <file>', 'settings as JSON (see docs/CONFIG.md)')
  .option('--data-dir <dir>', 'directory of keys, aliases and audit records')
  .option('--root-key-file <file>', 'file of the root key')
  .addOption(
    new Option('--engine <name>', 'crypto engine').choices(['auto', 'native', 'wasm', 'node']),
  )
  .option('--account <id>', 'account, 12 digits')
  .option('--region <name>', 'region')
  .option('--json', 'results as JSON')
  .exitOverride()
  .addCommand(serveCommand())
  .addCommand(keysCommand())
  .addCommand(sealCommand())
  .addCommand(openCommand())
  .addCommand(doctorCommand())
  .addCommand(demoCommand())

for (const command of program.commands) exitInsteadOf(command)

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (!(error instanceof CommanderError)) process.exitCode = explain(error)
  else process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
}

/** Commander throws instead of exiting, so that output is flushed and the code is ours. */
function exitInsteadOf(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) exitInsteadOf(child)
}
