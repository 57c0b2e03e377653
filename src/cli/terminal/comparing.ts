/**
 * `compare A.json B.json…` of whatever makes reports: each later one held against the first.
 *
 * Ends with 1 when one does not pass.
 *
 * @module
 */
import { Command } from 'commander'
import { EXIT } from './failure.js'
import { type Terminal, table } from './terminal.js'

/** @template Told of one later report, beside the first */
export interface Comparing<Threshold, Report, Told> {
  readonly says: string
  /** Of --threshold. */
  readonly thresholdSays: string
  parse(threshold: string): Threshold
  read(file: string): Promise<Report>
  tell(before: Report, after: Report, thresholds: readonly Threshold[], file: string): Told
  passes(told: Told): boolean
  lines(before: string, told: Told): string[]
}

export function comparingCommand<Threshold, Report, Told>(
  terminal: Terminal,
  { says, thresholdSays, parse, read, tell, passes, lines }: Comparing<Threshold, Report, Told>,
): Command {
  return new Command('compare')
    .description(says)
    .argument('<before>')
    .argument('<after...>')
    .option('--threshold <text>', thresholdSays, (text, before: readonly Threshold[] = []) => [
      ...before,
      parse(text),
    ])
    .action(async function compare(this: Command, before: string, after: readonly string[]) {
      // Of the same name as one of the command above, which takes it, wherever it stands.
      const thresholds: readonly Threshold[] = this.optsWithGlobals().threshold ?? []
      const first = await read(before)
      const told: Told[] = []
      for (const file of after) told.push(tell(first, await read(file), thresholds, file))
      const shown = told.flatMap((one, i) => [...(i > 0 ? [''] : []), ...lines(before, one)])
      await terminal.print(told, shown)
      if (!told.every(passes)) terminal.exitCode = EXIT.failed
    })
}

/** Nothing without lines. */
export function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  return ['', ...table([title, ...lines.map((line) => `  ${line}`)].map((line) => [line]))]
}
