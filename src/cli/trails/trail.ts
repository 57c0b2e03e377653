/**
 * `sealtrail trail`: what trails delivered and will deliver, and what they need; the log of all records, and proofs from it.
 *
 * All but `tail` open the data directory themselves, which no server must have then.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { checkLogCommand } from './check-log.js'
import { compactCommand } from './compact.js'
import { ingestCommand } from './ingest.js'
import { checkpointCommand, logKeyCommand, writeLogCommand } from './log.js'
import { policyCommand } from './policy.js'
import { proveCommand } from './prove.js'
import { queryCommand } from './query.js'
import { tailCommand } from './tail.js'
import { validateCommand } from './validate.js'
import { verifyProofCommand } from './verify-proof.js'

export function trailCommand(terminal: Terminal): Command {
  return new Command('trail')
    .description(
      'show events, and ingest others; validate and compact what a trail delivered; print the policies that it needs; prove what is recorded',
    )
    .addCommand(validateCommand(terminal))
    .addCommand(policyCommand(terminal))
    .addCommand(tailCommand(terminal))
    .addCommand(queryCommand(terminal))
    .addCommand(compactCommand(terminal))
    .addCommand(ingestCommand(terminal))
    .addCommand(logKeyCommand(terminal))
    .addCommand(checkpointCommand(terminal))
    .addCommand(proveCommand(terminal))
    .addCommand(verifyProofCommand(terminal))
    .addCommand(checkLogCommand(terminal))
    .addCommand(writeLogCommand(terminal))
}
