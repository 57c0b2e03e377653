/**
 * `sealtrail usage`: how much keys were used, by day, key, principal and operation, and what of it is charged.
 *
 * It opens the data directory itself, which no server must have then; counted from the records of the account.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import type { Usage } from '../trail/usage/usage.js'
import { settings, withSealtrail } from './terminal/settings.js'
import { type Terminal, table } from './terminal/terminal.js'

const DAY = /^\d{4}-\d\d-\d\d$/

export function usageCommand(terminal: Terminal): Command {
  return new Command('usage')
    .description('count uses of keys by day, key, principal and operation')
    .option('--from <day>', 'the first day, such as 2026-01-31', day)
    .option('--until <day>', 'the last day', day)
    .action(async function usage(this: Command) {
      const { from, until } = this.opts()
      const config = settings(terminal, this, ['from', 'until'])
      const found = await withSealtrail(config, ({ usage }) => usage({ from, until }))
      await terminal.print(found, usageTable(found))
    })
}

export function usageTable(found: readonly Usage[]): string[] {
  const head = ['DAY', 'KEY', 'PRINCIPAL', 'OPERATION', 'BILLED', 'FREE']
  const rows = found.map(({ day, key, principal, operation, billed, free }) => {
    return [day, key, principal, operation, String(billed), String(free)]
  })
  return table([head, ...rows])
}

function day(given: string): string {
  if (!DAY.test(given)) throw new InvalidArgumentError('must be a day, such as 2026-01-31')
  return given
}
