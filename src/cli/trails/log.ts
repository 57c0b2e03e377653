/**
 * `sealtrail trail log-key`, `checkpoint`, `write-log`: what is given away of the log over all records.
 *
 * The first of them begins the log.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { readProof } from './proof-file.js'

export function logKeyCommand(terminal: Terminal): Command {
  return new Command('log-key')
    .description('print the key that whoever checks proofs of the log needs (c2sp.org/signed-note)')
    .action(async function logKey(this: Command) {
      const config = settings(terminal, this)
      const key = await withSealtrail(config, ({ proofs }) => proofs.key())
      await terminal.print({ key }, [key])
    })
}

export function checkpointCommand(terminal: Terminal): Command {
  return new Command('checkpoint')
    .description('print a signed checkpoint of the log, to be kept elsewhere')
    .option('--since <file>', 'prove that it has all that an older checkpoint had')
    .action(async function checkpoint(this: Command) {
      const { since } = this.opts()
      const config = settings(terminal, this, ['since'])
      const old = since === undefined ? undefined : await readProof(since)
      const text = await withSealtrail(config, ({ proofs }) =>
        old === undefined ? proofs.checkpoint() : proofs.consistency(old),
      )
      // The text ends its last line itself.
      const shown = old === undefined ? { checkpoint: text } : { proof: text }
      await terminal.print(shown, [text.slice(0, -1)])
    })
}

export function writeLogCommand(terminal: Terminal): Command {
  return new Command('write-log')
    .description('write the log as static files (c2sp.org/tlog-tiles): hashes only, no records')
    .argument('<directory>', 'what is there of it already, stays')
    .action(async function writeLog(this: Command, directory: string) {
      const config = settings(terminal, this)
      await withSealtrail(config, ({ proofs }) => proofs.writeTo(directory))
      await terminal.print({ directory }, [`written to ${directory}`])
    })
}
