/**
 * `sealtrail trail tail`: the newest events of the account, and those to come.
 *
 * It reads the journal's files, and needs nothing else: a server may be running on them, or none. Who can read them needs
 * no permission and leaves no record; who asks the server, as LookupEvents, does both. Of all regions.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import { JournalFollower } from '../../store/journal/follower.js'
import { lastEvents } from '../../trail/reading/last.js'
import { Subscriptions } from '../../trail/reading/subscribe.js'
import { settings } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { untilSignal } from '../terminal/through.js'
import { eventPrinter, FILTERS, filterOf, withFilters } from './event-options.js'

const LINES = 10

export function tailCommand(terminal: Terminal): Command {
  const tail = new Command('tail')
    .description('show the newest events of the account, also while a server runs')
    .option('-n, --lines <count>', `so many of those that are there (default: ${LINES})`, lines)
    .option('-f, --follow', 'go on with those to come, until it is stopped')
  return withFilters(tail).action(async function show(this: Command) {
    const { lines: count = LINES, follow, ...filters } = this.opts()
    const config = settings(terminal, this, ['lines', 'follow', ...FILTERS])
    const { account, trailProfile: profile } = config
    const store = new JournalFollower(config.dataDir)
    const { signal, forget } = untilSignal()
    try {
      const print = eventPrinter(terminal)
      const filter = { ...filterOf(filters), signal }
      const { events, upTo } = await lastEvents({ store, profile }, account, filter, count)
      for (const event of events) await print(event)
      if (!follow) return
      const following = new Subscriptions({ store, profile })
      const more = { ...filter, afterSeq: upTo }
      for await (const event of following.open(account, more, mayRead)) await print(event)
    } finally {
      forget()
      store.close()
    }
  })
}

/** He has the files. */
async function mayRead(): Promise<void> {}

function lines(given: string): number {
  if (/^\d{1,6}$/.test(given)) return Number(given)
  throw new InvalidArgumentError('must be a number of events')
}
