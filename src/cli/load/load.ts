/**
 * `sealtrail load`: what runs of the load generator measured.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { compareCommand } from './compare.js'

export function loadCommand(terminal: Terminal): Command {
  return new Command('load')
    .description('compare what runs of load measured')
    .addCommand(compareCommand(terminal))
}
