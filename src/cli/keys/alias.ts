/**
 * `sealtrail keys alias`: a name for a key.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { aliasName, isAliasTaken } from './on-key.js'

export function aliasCommand(terminal: Terminal): Command {
  return new Command('alias')
    .description('point an alias at a key, making the alias when it is new')
    .argument('<name>', 'such as alias/logs', aliasName)
    .argument('<key>', 'key id or key ARN')
    .action(async function alias(this: Command, name: string, key: string) {
      await withSealtrail(settings(terminal, this), async ({ kms }) => {
        const target = { AliasName: name, TargetKeyId: key }
        const isThere = await isAliasTaken(kms, target.AliasName)
        await (isThere ? kms.updateAlias(target) : kms.createAlias(target))
        await terminal.print(target, [`${target.AliasName} → ${key}`])
      })
    })
}
