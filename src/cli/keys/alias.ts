/**
 * `sealtrail keys alias`: names of keys.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import type { Kms } from '../../kms/kms.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function aliasCommand(terminal: Terminal): Command {
  return new Command('alias')
    .description('point an alias at a key, making the alias when it is new')
    .argument('<name>', 'such as alias/logs', aliasName)
    .argument('<key>', 'key id or key ARN')
    .action(async function alias(this: Command, name: string, key: string) {
      await withSealtrail(settings(terminal, this), async ({ kms }) => {
        const target = { AliasName: name, TargetKeyId: key }
        const isThere = await isTaken(kms, target.AliasName)
        await (isThere ? kms.updateAlias(target) : kms.createAlias(target))
        await terminal.print(target, [`${target.AliasName} → ${key}`])
      })
    })
}

export async function isTaken(kms: Kms, name: string): Promise<boolean> {
  for await (const { AliasName } of kms.everyAlias()) if (AliasName === name) return true
  return false
}

export function aliasName(given: string): string {
  if (given === '') throw new InvalidArgumentError('must not be empty')
  return given.startsWith('alias/') ? given : `alias/${given}`
}
