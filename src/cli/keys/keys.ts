/**
 * `sealtrail keys`: KMS keys in a data directory.
 *
 * It opens the directory itself. While a server runs on it, use any AWS client on the server instead. A key that
 * was made stays made: when its ARN cannot be written to stdout, stderr tells it; where that takes nothing either,
 * the exit code is 1, and `keys list` shows the key. One file per command.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { aliasCommand } from './alias.js'
import { createCommand } from './create.js'
import { describeCommand } from './describe.js'
import { expireCommand } from './expire.js'
import { importCommand } from './import.js'
import { listCommand } from './list.js'
import { publicKeyCommand } from './public-key.js'
import { rotateCommand } from './rotate.js'

export function keysCommand(terminal: Terminal): Command {
  return new Command('keys')
    .description('create, list, describe, name, rotate and import KMS keys')
    .addCommand(createCommand(terminal))
    .addCommand(importCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(publicKeyCommand(terminal))
    .addCommand(aliasCommand(terminal))
    .addCommand(rotateCommand(terminal))
    .addCommand(expireCommand(terminal))
}
