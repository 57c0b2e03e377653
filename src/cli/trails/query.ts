/**
 * `sealtrail trail query`: events of the past, from delivered log files and the journal.
 *
 * It opens the data directory itself, which no server must have then. Log files are read as the account's root, and recorded.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { untilSignal } from '../terminal/through.js'
import { eventPrinter, FILTERS, filterOf, timeOption, withFilters } from './event-options.js'

export function queryCommand(terminal: Terminal): Command {
  const query = new Command('query')
    .description('show events of the account, each once, in the order of time')
    .argument('[trail]', 'whose log files are read; those of all unless said')
    .option('--from <time>', 'since then, or so long ago (default: 90d)', timeOption)
    .option('--until <time>', 'before then (default: now)', timeOption)
  return withFilters(query).action(async function show(this: Command, trail: string | undefined) {
    const { from, until, ...filters } = this.opts()
    const config = settings(terminal, this, ['from', 'until', ...FILTERS])
    const print = eventPrinter(terminal)
    await withSealtrail(config, async ({ cloudtrail }) => {
      const { signal, forget } = untilSignal()
      try {
        const asked = { ...filterOf(filters), from, until, trail, signal }
        for await (const event of cloudtrail.query(asked)) await print(event)
        signal.throwIfAborted()
      } finally {
        forget()
      }
    })
  })
}
