/**
 * `sealtrail keys list`: all keys of the account and region, with their aliases.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import { type Terminal, table } from '../terminal/terminal.js'

const HEAD = ['KEY ID', 'STATE', 'SPEC', 'USAGE', 'CREATED', 'ALIASES', 'DESCRIPTION']

export function listCommand(terminal: Terminal): Command {
  return new Command('list').description('list keys and their aliases').action(async function list(
    this: Command,
  ) {
    await withSealtrail(settings(terminal, this), async ({ kms }) => {
      const aliases = new Map<string, string[]>()
      for await (const { AliasName, TargetKeyId } of kms.everyAlias()) {
        if (TargetKeyId) aliases.set(TargetKeyId, [...(aliases.get(TargetKeyId) ?? []), AliasName])
      }
      const keys = []
      for await (const { KeyId } of kms.everyKey()) {
        const { KeyMetadata } = await kms.describeKey({ KeyId })
        keys.push({ ...KeyMetadata, Aliases: aliases.get(KeyId) ?? [] })
      }
      const rows = keys.map((key) => [
        ...[key.KeyId, key.KeyState, key.KeySpec, key.KeyUsage, key.CreationDate.toISOString()],
        ...[key.Aliases.join(' '), key.Description],
      ])
      await terminal.print(keys, table([HEAD, ...rows]))
    })
  })
}
