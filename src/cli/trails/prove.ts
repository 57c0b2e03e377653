/**
 * `sealtrail trail prove`: that a record is in the log, for somebody who trusts nobody but the log's key.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function proveCommand(terminal: Terminal): Command {
  return new Command('prove')
    .description(
      'print a proof that a record is in the log (c2sp.org/tlog-proof), the record in it',
    )
    .argument('<event-id>', 'eventID of a record of the account')
    .action(async function prove(this: Command, eventId: string) {
      const config = settings(terminal, this)
      const proof = await withSealtrail(config, ({ proofs }) => proofs.inclusion(eventId))
      // The text ends its last line itself.
      await terminal.print({ proof }, [proof.slice(0, -1)])
    })
}
