/**
 * `sealtrail trail`: what trails delivered, and what they need; the log of all records, and proofs from it.
 *
 * It opens the data directory itself, which no server must have then.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { checkLogCommand } from './check-log.js'
import { checkpointCommand, logKeyCommand, writeLogCommand } from './log.js'
import { policyCommand } from './policy.js'
import { proveCommand } from './prove.js'
import { validateCommand } from './validate.js'
import { verifyProofCommand } from './verify-proof.js'

export function trailCommand(terminal: Terminal): Command {
  return new Command('trail')
    .description(
      'validate what a trail delivered; print the policies that it needs; prove what is recorded',
    )
    .addCommand(validateCommand(terminal))
    .addCommand(policyCommand(terminal))
    .addCommand(logKeyCommand(terminal))
    .addCommand(checkpointCommand(terminal))
    .addCommand(proveCommand(terminal))
    .addCommand(verifyProofCommand(terminal))
    .addCommand(checkLogCommand(terminal))
    .addCommand(writeLogCommand(terminal))
}
