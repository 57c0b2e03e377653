/**
 * `sealtrail bench [NAME…]`: what this machine does, beside what one would take instead.
 *
 * Here is what can be said of it; what it takes to do it is read when it is to be done (run.ts).
 *
 * @module
 */
import { Command } from 'commander'
import { QUESTIONS } from '../../bench/questions.js'
import { type BenchThreshold, parseBenchThreshold } from '../../bench/thresholds/parse.js'
import type { Terminal } from '../terminal/terminal.js'
import { compareCommand } from './compare.js'

export function benchCommand(terminal: Terminal): Command {
  const known = QUESTIONS.map(({ name, asks }) => `  ${name.padEnd(16)} ${asks}`)
  return new Command('bench')
    .description('measure this machine, beside what one would take instead; or compare reports')
    .addCommand(compareCommand(terminal))
    .argument('[name...]', 'benches whose name holds one of the words; all of them')
    .option('--quick', 'a fraction of the time, for a first look')
    .option(
      '--dir <folder>',
      'where what is written goes, on the disk that is asked about (default: a temporary one)',
    )
    .option('--out <dir>', 'for bench.json, .html and .md')
    .option(
      '--threshold <text>',
      'what it must keep to, such as engine/seal:native>=2x; repeat',
      benchThresholds,
    )
    .addHelpText(
      'after',
      `
Benches:
${known.join('\n')}

--engine: the only one of ours that takes part. Exit codes: 0 done, 1 one was not
answered, or a threshold not kept, 2 used wrongly.`,
    )
    .action(async function bench(this: Command, names: readonly string[]) {
      const { runBenches } = await import('./run.js')
      await runBenches(terminal, this, names)
    })
}

function benchThresholds(
  text: string,
  before: readonly BenchThreshold[] = [],
): readonly BenchThreshold[] {
  return [...before, parseBenchThreshold(text)]
}
