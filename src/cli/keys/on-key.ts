/**
 * A command on one key: its first argument, the open house, and the key service in it.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import type { Kms } from '../../kms/kms.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

/** `KeyId` is what the caller wrote: some operations take no alias, and say so. */
type Work = (kms: Kms, KeyId: string, command: Command, rest: readonly string[]) => Promise<void>

/** `names` are the command's own options. More arguments may be added to what is returned. */
export function onKey(
  terminal: Terminal,
  name: string,
  says: string,
  names: readonly string[],
  work: Work,
): Command {
  return new Command(name)
    .description(says)
    .argument('<key>', 'key id or key ARN')
    .action(async function onKey(this: Command) {
      const [key, ...rest] = this.args
      const config = settings(terminal, this, names)
      await withSealtrail(config, ({ kms }) => work(kms, key!, this, rest))
    })
}

export function aliasName(given: string): string {
  if (given === '') throw new InvalidArgumentError('must not be empty')
  return given.startsWith('alias/') ? given : `alias/${given}`
}

export async function isAliasTaken(kms: Kms, name: string): Promise<boolean> {
  for await (const { AliasName } of kms.everyAlias()) if (AliasName === name) return true
  return false
}

export interface Tag {
  readonly TagKey: string
  readonly TagValue: string
}

/** Gathers options of `Name=value`; a value may hold `=`. */
export function tagOf(given: string, tags: readonly Tag[] = []): readonly Tag[] {
  const at = given.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('a tag is written Name=value')
  return [...tags, { TagKey: given.slice(0, at), TagValue: given.slice(at + 1) }]
}
