/**
 * `sealtrail keys`: KMS keys in a data directory.
 *
 * It opens the directory itself. While a server runs on it, use any AWS client on the server instead. A key that
 * was made stays made: when its ARN cannot be written to stdout, stderr tells it; where that takes nothing either,
 * the exit code is 1, and `keys list` shows the key.
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { aliasCommand } from './alias.js'
import { createCommand } from './create.js'
import { describeCommand } from './describe.js'
import { expireCommand } from './expire.js'
import { grantCommand, grantsCommand, revokeCommand } from './grants.js'
import { importCommand } from './import.js'
import { listCommand } from './list.js'
import { policyCommand } from './policy.js'
import { publicKeyCommand } from './public-key.js'
import { rotateCommand, rotationsCommand } from './rotate.js'
import { deleteCommand, disableCommand, enableCommand, restoreCommand } from './state.js'
import { tagCommand, tagsCommand, untagCommand } from './tags.js'

export function keysCommand(terminal: Terminal): Command {
  return new Command('keys')
    .description('make, show, name, rotate, share and delete KMS keys')
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(aliasCommand(terminal))
    .addCommand(publicKeyCommand(terminal))
    .addCommand(importCommand(terminal))
    .addCommand(rotateCommand(terminal))
    .addCommand(rotationsCommand(terminal))
    .addCommand(grantCommand(terminal))
    .addCommand(grantsCommand(terminal))
    .addCommand(revokeCommand(terminal))
    .addCommand(policyCommand(terminal))
    .addCommand(tagCommand(terminal))
    .addCommand(tagsCommand(terminal))
    .addCommand(untagCommand(terminal))
    .addCommand(enableCommand(terminal))
    .addCommand(disableCommand(terminal))
    .addCommand(deleteCommand(terminal))
    .addCommand(restoreCommand(terminal))
    .addCommand(expireCommand(terminal))
}
