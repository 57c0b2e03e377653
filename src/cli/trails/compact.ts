/**
 * `sealtrail trail compact`: the many small log files of days that are over, put together into few beside them.
 *
 * It opens the data directory itself, which no server must have then. Whoever stops it goes on where it was with the next.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function compactCommand(terminal: Terminal): Command {
  return new Command('compact')
    .description('put the small log files of days that are over together; they stay as they are')
    .argument('<trail>', 'its name or ARN')
    .option('--day <day>', 'this day only, such as 2026-01-31')
    .action(async function compact(this: Command, name: string) {
      const { day } = this.opts()
      const config = settings(terminal, this, ['day'])
      const made = await withSealtrail(config, ({ cloudtrail }) => cloudtrail.compact(name, day))
      const lines = made.map(({ object, logFiles, records }) => {
        return `${object}: ${records} records of ${logFiles} log files`
      })
      await terminal.print(made, lines.length === 0 ? ['nothing is to be compacted'] : lines)
    })
}
