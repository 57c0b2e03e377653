/**
 * `sealtrail load [SCENARIO]`: load on a house, a server, an endpoint or a directory, and what came of it.
 *
 * Here is what can be said of it; what it takes to do it is read when it is to be done (run.ts).
 *
 * @module
 */
import { Command, type Option } from 'commander'
import { parseThreshold, type Threshold } from '../../load/report/thresholds/parse.js'
import type { Terminal } from '../terminal/terminal.js'
import { clientCommand } from './client.js'
import { compareCommand } from './compare.js'
import { withScenarioFlags } from './flags.js'

const HELP = `
SCENARIO is a file of YAML or JSON (docs/LOAD.md), or the name of one that comes
with the package: ingest, kms, sse-kms. Flags stand in for what it says; without
it they are the scenario: --target, --work, and --rate or --users.
--clients host:port,… has clients on other machines send (sealtrail load client).
Ctrl-C ends the run, with a report of what was. Exit codes: 0 done, 1 stopped,
given up, did not hold or keep to a threshold, 2 no scenario that can be run.`

/** The other shared options are of a house that a command opens (run.ts). */
const TAKEN = { visibleGlobalOptions: (command: Command) => sharedOptions(command, ['--json']) }

export function loadCommand(terminal: Terminal): Command {
  const load = new Command('load')
    .description('send load, and measure and check what comes of it; or compare what came of it')
    .addCommand(compareCommand(terminal).configureHelp(TAKEN))
    .addCommand(clientCommand(terminal).configureHelp(TAKEN))
    .configureHelp(TAKEN)
    .argument('[scenario]')
    .option(
      '--out <dir>',
      'for report.json, .html and .md, scenario.json, windows.csv, latency.hlog',
    )
    .option('--secret <file>', 'that clients on other machines have, too; sealtrail-load.secret')
    .option('--threshold <text>', 'what it must keep to, such as p99<20ms; repeat', thresholds)
    .addHelpText('after', HELP)
  return withScenarioFlags(load).action(async function load(this: Command, name?: string) {
    const { runScenario } = await import('./run.js')
    await runScenario(terminal, this, name)
  })
}

function thresholds(text: string, before: readonly Threshold[] = []): readonly Threshold[] {
  return [...before, parseThreshold(text)]
}

function sharedOptions(command: Command, names: readonly string[]): Option[] {
  let program = command
  while (program.parent !== null) program = program.parent
  return program.options.filter(({ long }) => names.includes(long ?? ''))
}
