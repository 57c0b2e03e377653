/**
 * `sealtrail trail`: what trails delivered, and what they need.
 *
 * It opens the data directory itself, which no server must have then.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { ingestCommand } from './ingest.js'
import { policyCommand } from './policy.js'
import { validateCommand } from './validate.js'

export function trailCommand(terminal: Terminal): Command {
  return new Command('trail')
    .description('validate what a trail delivered; print the policies that it needs; ingest events')
    .addCommand(validateCommand(terminal))
    .addCommand(policyCommand(terminal))
    .addCommand(ingestCommand(terminal))
}
