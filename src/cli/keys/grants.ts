/**
 * `sealtrail keys grant`, `grants` and `revoke`: who else may use a key.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Kms } from '../../kms/kms.js'
import type { InputOf } from '../../kms/model/kms.js'
import { pagesOf } from '../../service/page.js'
import { contextPair } from '../seal.js'
import { type Terminal, table } from '../terminal/terminal.js'
import { onKey } from './on-key.js'

interface Options {
  readonly to: string
  readonly allow: readonly string[]
  readonly retire?: string
  readonly name?: string
  readonly context?: Readonly<Record<string, string>>
}

type GrantOperation = NonNullable<InputOf<'CreateGrant'>['Operations']>[number]

export function grantCommand(terminal: Terminal): Command {
  const names = ['to', 'allow', 'retire', 'name', 'context']
  return onKey(terminal, 'grant', 'let somebody use a key', names, async (kms, KeyId, command) => {
    const { to, allow, retire, name, context }: Options = command.opts()
    const output = await kms.createGrant({
      ...{ KeyId, GranteePrincipal: to, Operations: allow as GrantOperation[] },
      ...(retire === undefined ? {} : { RetiringPrincipal: retire }),
      ...(name === undefined ? {} : { Name: name }),
      ...(context === undefined
        ? {}
        : { Constraints: { EncryptionContextSubset: { ...context } } }),
    })
    await terminal.print(output, [output.GrantId])
  })
    .requiredOption('--to <arn>', 'the principal who may')
    .requiredOption('--allow <operation...>', 'such as Decrypt GenerateDataKey')
    .option('--retire <arn>', 'who may end the grant')
    .option('--name <name>', 'the same grant is not made twice under one name')
    .option(
      '--context <k=v>',
      'only with this pair in the encryption context; repeat for more',
      contextPair,
    )
}

export function grantsCommand(terminal: Terminal): Command {
  return onKey(terminal, 'grants', 'list the grants on a key', [], async (kms, KeyId) => {
    const all = await allGrants(kms, KeyId)
    const rows = all.map(({ GrantId, GranteePrincipal, Operations, CreationDate, Name }) => [
      ...[GrantId ?? '', GranteePrincipal ?? '', (Operations ?? []).join(' ')],
      ...[CreationDate?.toISOString() ?? '', Name ?? ''],
    ])
    const head = ['GRANT', 'TO', 'OPERATIONS', 'CREATED', 'NAME']
    await terminal.print(all, table([head, ...rows]))
  })
}

export function revokeCommand(terminal: Terminal): Command {
  return onKey(terminal, 'revoke', 'end a grant', [], async (kms, KeyId, _, [GrantId]) => {
    await kms.revokeGrant({ KeyId, GrantId: GrantId! })
    await terminal.print({ KeyId, GrantId }, [`${GrantId} is revoked`])
  }).argument('<grant>', 'grant id')
}

async function allGrants(kms: Kms, KeyId: string) {
  const all = []
  for await (const { Grants } of pagesOf((asked) => kms.listGrants({ KeyId, ...asked }))) {
    all.push(...Grants)
  }
  return all
}
