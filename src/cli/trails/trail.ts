/**
 * `sealtrail trail`: what trails delivered and will deliver, and what they need.
 *
 * All but `tail` open the data directory themselves, which no server must have then.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { compactCommand } from './compact.js'
import { ingestCommand } from './ingest.js'
import { policyCommand } from './policy.js'
import { queryCommand } from './query.js'
import { tailCommand } from './tail.js'
import { validateCommand } from './validate.js'

export function trailCommand(terminal: Terminal): Command {
  return new Command('trail')
    .description(
      'show events, and ingest others; validate and compact what a trail delivered; print the policies that it needs',
    )
    .addCommand(validateCommand(terminal))
    .addCommand(policyCommand(terminal))
    .addCommand(tailCommand(terminal))
    .addCommand(queryCommand(terminal))
    .addCommand(compactCommand(terminal))
    .addCommand(ingestCommand(terminal))
}
