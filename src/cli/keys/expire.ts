/**
 * `sealtrail keys expire`: the clock is right, and what is due by it is done.
 *
 * @module
 */
import { Command } from 'commander'
import type { Kms } from '../../kms/kms.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function expireCommand(terminal: Terminal): Command {
  return new Command('expire')
    .description(
      'say that the clock is right: delete keys, and objects by lifecycle rules, whose time is over by it',
    )
    .action(async function expire(this: Command) {
      await withSealtrail(settings(terminal, this), async ({ kms, confirmClock }) => {
        const before = await countKeys(kms)
        await confirmClock()
        const deleted = before - (await countKeys(kms))
        await terminal.print({ deleted }, [`deleted: ${deleted}`])
      })
    })
}

async function countKeys(kms: Kms): Promise<number> {
  let count = 0
  for await (const _key of kms.everyKey()) count++
  return count
}
