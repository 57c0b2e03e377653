/**
 * `sealtrail trail ingest TRAIL [FILE]`: events that somebody else made, into log files of a trail.
 *
 * @module
 */
import { Command } from 'commander'
import { isSealtrailError } from '../../errors.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { outOf, rate } from '../terminal/through.js'

export function ingestCommand(terminal: Terminal): Command {
  return new Command('ingest')
    .description('put CloudTrail events, one JSON object a line, into log files of a trail')
    .argument('<trail>', 'its name or ARN')
    .argument('[in]', 'a file, or - for stdin', '-')
    .action(async function ingest(this: Command, name: string, source: string) {
      const config = settings(terminal, this)
      await withSealtrail(config, async ({ cloudtrail }) => {
        const { answer, bytesIn, seconds } = await outOf(terminal, source, (pieces) =>
          cloudtrail.ingest(name, pieces),
        ).catch((error: unknown) => {
          if (isSealtrailError(error) && error.detail.events !== undefined) {
            terminal.note(`${error.detail.events} events are safe`)
          }
          throw error
        })
        const { events, files, knownFiles } = answer
        const known = knownFiles === 0 ? '' : `, ${knownFiles} there already`
        await terminal.print({ source, trail: name, seconds, ...answer }, [
          `${source} → ${name}: ${events} events in ${files} log files${known}, ${rate(bytesIn, seconds)}`,
        ])
      })
    })
}
