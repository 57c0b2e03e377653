/**
 * `sealtrail keys`: create, list, describe, name and expire KMS keys in a data directory.
 *
 * It opens the directory itself. While a server runs on it, use any AWS client on the server instead. A key that
 * was made stays made: when its ARN cannot be written to stdout, stderr tells it; where that takes nothing either,
 * the exit code is 1, and `keys list` shows the key.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import { isSealtrailError, SealtrailError } from '../errors.js'
import type { Kms } from '../kms/kms.js'
import { settings, withSealtrail } from './terminal/settings.js'
import { type Terminal, table } from './terminal/terminal.js'

export function keysCommand(terminal: Terminal): Command {
  return new Command('keys')
    .description('create, list, describe and name KMS keys')
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(aliasCommand(terminal))
    .addCommand(expireCommand(terminal))
}

function createCommand(terminal: Terminal): Command {
  return new Command('create')
    .description('make a symmetric KMS key; prints its ARN')
    .option('--description <text>', 'what the key is for', '')
    .option('--alias <name>', 'name it, such as alias/logs', aliasName)
    .option('--multi-region', 'make a multi-Region key (mrk-…)', false)
    .action(async function create(this: Command) {
      const { description, alias, multiRegion } = this.opts()
      const config = settings(terminal, this, ['description', 'alias', 'multiRegion'])
      await withSealtrail(config, async ({ kms }) => {
        if (alias) await checkFree(kms, alias)
        const { KeyMetadata } = await kms.createKey({
          Description: description,
          MultiRegion: multiRegion,
        })
        const { KeyId, Arn } = KeyMetadata
        if (alias) {
          const target = { AliasName: alias, TargetKeyId: KeyId }
          await kms.createAlias(target).catch((error: unknown) => {
            throw afterMaking(`the key ${Arn} was made, without an alias`, error)
          })
        }
        await terminal.print(KeyMetadata, [Arn]).catch((error: unknown) => {
          throw afterMaking(`the key ${Arn} was made, but`, error)
        })
      })
    })
}

/** A key cannot be unmade at once: whatever fails after it tells of it too. */
function afterMaking(says: string, cause: unknown): Error {
  const { message, code } = cause as NodeJS.ErrnoException
  const sentence = `${says}: ${message}`
  return isSealtrailError(cause)
    ? new SealtrailError(cause.code, sentence, cause.detail, { cause })
    : Object.assign(new Error(sentence, { cause }), { code })
}

/** Asked before the key is made: it cannot be unmade at once. */
async function checkFree(kms: Kms, name: string): Promise<void> {
  if (!(await isTaken(kms, name))) return
  throw new SealtrailError(
    'AlreadyExistsException',
    `${name} is there already, and no key was made: 'sealtrail keys alias' points it at another key`,
  )
}

async function isTaken(kms: Kms, name: string): Promise<boolean> {
  for await (const { AliasName } of kms.everyAlias()) if (AliasName === name) return true
  return false
}

function listCommand(terminal: Terminal): Command {
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
        key.KeyId,
        key.KeyState,
        key.CreationDate.toISOString(),
        key.Aliases.join(' '),
        key.Description,
      ])
      const lines = table([['KEY ID', 'STATE', 'CREATED', 'ALIASES', 'DESCRIPTION'], ...rows])
      await terminal.print(keys, lines)
    })
  })
}

function describeCommand(terminal: Terminal): Command {
  return new Command('describe')
    .description('show everything about one key')
    .argument('<key>', 'key id, key ARN, alias name or alias ARN')
    .action(async function describe(this: Command, key: string) {
      await withSealtrail(settings(terminal, this), async ({ kms }) => {
        const { KeyMetadata } = await kms.describeKey({ KeyId: key })
        const rows = Object.entries(KeyMetadata).map(([name, value]) => [name, textOf(value)])
        await terminal.print(KeyMetadata, table(rows))
      })
    })
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : String(value)
}

function aliasCommand(terminal: Terminal): Command {
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

function expireCommand(terminal: Terminal): Command {
  return new Command('expire')
    .description(
      'say that the clock is right: delete keys, and objects by lifecycle rules, whose time is over by it',
    )
    .action(async function expire(this: Command) {
      await withSealtrail(settings(terminal, this), async ({ kms, confirmClock }) => {
        const before = await countKeys(kms)
        await confirmClock()
        const deleted = before - (await countKeys(kms))
        await terminal.print({ deleted }, [`deleted: ${deleted}`])
      })
    })
}

async function countKeys(kms: Kms): Promise<number> {
  let count = 0
  for await (const _key of kms.everyKey()) count++
  return count
}

function aliasName(given: string): string {
  if (given === '') throw new InvalidArgumentError('must not be empty')
  return given.startsWith('alias/') ? given : `alias/${given}`
}
