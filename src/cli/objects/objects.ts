/**
 * `sealtrail objects`: buckets and their objects in a data directory.
 *
 * It opens the directory itself. While a server runs on it, use any client of S3 on the server instead.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { mbCommand, rbCommand } from './buckets.js'
import { cpCommand } from './cp.js'
import { getCommand, statCommand } from './get.js'
import { lsCommand } from './ls.js'
import { putCommand } from './put.js'
import { rmCommand } from './rm.js'

export function objectsCommand(terminal: Terminal): Command {
  return new Command('objects')
    .description('put, get, list, copy and remove objects')
    .addCommand(putCommand(terminal))
    .addCommand(getCommand(terminal))
    .addCommand(lsCommand(terminal))
    .addCommand(statCommand(terminal))
    .addCommand(cpCommand(terminal))
    .addCommand(rmCommand(terminal))
    .addCommand(mbCommand(terminal))
    .addCommand(rbCommand(terminal))
}
