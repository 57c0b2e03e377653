/**
 * CreateAlias, UpdateAlias, DeleteAlias, ListAliases.
 *
 * An alias and the key it is to stand for are held together while it changes, so that an alias never
 * points at a key that was deleted in between. Who may is asked in use/may-alias.ts. The rules for names are AWS's.
 *
 * @module
 */

import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import { accessDenied } from '../../service/deciding/may.js'
import { openPage, type PageOutput } from '../../service/page.js'
import {
  type Alias,
  aliasArn,
  aliasName,
  aliasResource,
  dropAlias,
  putAlias,
  readAliases,
} from '../keys/aliases.js'
import { type KmsKey, keyResource } from '../keys/key.js'
import { noSuchKey, parseKeyOnlyRef } from '../keys/ref.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { invalid } from '../refusals.js'
import { isAsymmetric } from '../specs/key-specs.js'
import { changeKey } from '../use/find-key.js'
import { type AliasPlace, holdingTarget, mayMoveAlias, mayNameAlias } from '../use/may-alias.js'
import { mayInAccount } from '../use/may-use.js'

export interface AliasListEntry {
  readonly AliasName: string
  readonly AliasArn: string
  readonly TargetKeyId: string
  readonly CreationDate: Date
  readonly LastUpdatedDate: Date
}

export interface ListAliasesOutput extends PageOutput {
  readonly Aliases: readonly AliasListEntry[]
}

const PREFIX = 'alias/'
/** AWS's own, in any case: its API reference has also called them `alias/AWS`. */
const RESERVED = /^alias\/aws\//i
const LIST_LIMITS = { usual: 50, max: 100 }

export async function createAlias(
  parts: Parts,
  call: Call,
  input: InputOf<'CreateAlias'>,
): Promise<void> {
  const place = placeOf(call, input.AliasName)
  checkTarget(input.TargetKeyId)
  mayNameAlias(call, place)
  await changeKey(
    parts,
    call,
    input.TargetKeyId,
    async (key) => {
      if ((await parts.aliases.held(place)) !== undefined) {
        const arn = aliasArn(place)
        const says = `An alias with the name ${arn} already exists`
        throw new SealtrailError('AlreadyExistsException', says)
      }
      const now = parts.clock.now()
      const alias = { ...place, targetKeyId: key.keyId, createdAt: now, updatedAt: now }
      call.uses(aliasResource(place))
      await call.succeed([putAlias(alias)])
      parts.aliases.put(place, alias)
      return { next: key, answer: undefined }
    },
    [aliasName(place)],
  )
}

export async function updateAlias(
  parts: Parts,
  call: Call,
  input: InputOf<'UpdateAlias'>,
): Promise<void> {
  const place = placeOf(call, input.AliasName)
  checkTarget(input.TargetKeyId)
  mayNameAlias(call, place)
  await holdingTarget(parts, place, (seen, names) => {
    call.looksAnew()
    return changeKey(
      parts,
      call,
      input.TargetKeyId,
      async (key) => {
        const before = await parts.aliases.held(place)
        if (before?.targetKeyId !== seen?.targetKeyId) return { next: key, answer: false }
        if (before === undefined) throw noSuchKey({ ...place, alias: place.name })
        if (before.targetKeyId !== key.keyId) {
          const old = await mayMoveAlias(parts, call, before)
          if (old !== undefined) checkAlike(place, old, key)
        }
        const alias = { ...before, targetKeyId: key.keyId, updatedAt: parts.clock.now() }
        call.uses(aliasResource(place))
        await call.succeed([putAlias(alias)])
        parts.aliases.put(place, alias)
        return { next: key, answer: true }
      },
      [aliasName(place), ...names],
    )
  })
}

export async function deleteAlias(
  parts: Parts,
  call: Call,
  input: InputOf<'DeleteAlias'>,
): Promise<void> {
  const place = placeOf(call, input.AliasName)
  mayNameAlias(call, place)
  await holdingTarget(parts, place, (seen, names) =>
    parts.aliases.change(
      place,
      async (alias) => {
        if (alias?.targetKeyId !== seen?.targetKeyId) return { next: alias, answer: false }
        if (alias === undefined) throw noSuchKey({ ...place, alias: place.name })
        await mayMoveAlias(parts, call, alias)
        call.uses(aliasResource(place))
        await call.succeed([dropAlias(place)])
        return { next: undefined, answer: true }
      },
      names,
    ),
  )
}

export async function listAliases(
  parts: Parts,
  call: Call,
  input: InputOf<'ListAliases'>,
): Promise<ListAliasesOutput> {
  const page = openPage('aliases', /^alias\/[a-zA-Z0-9/_-]+$/, input, LIST_LIMITS)
  mayInAccount(call)
  const filter: { targetKeyId?: string; afterName?: string } = {}
  if (input.KeyId !== undefined) filter.targetKeyId = await ownKeyId(parts, call, input.KeyId)
  if (page.after !== undefined) filter.afterName = page.after
  const rows = await readAliases(parts.store, call.caller, filter, page.rows)
  const [items, rest] = page.cut(rows, ({ name }) => name)
  await call.succeed()
  return { Aliases: items.map(entryOf), ...rest }
}

/** Keys of other accounts are denied, be they there or not. */
async function ownKeyId(parts: Parts, call: Call, given: string): Promise<string> {
  const ref = parseKeyOnlyRef(given, call.caller)
  if (ref.account !== call.caller.account) throw accessDenied(call.caller, 'kms:ListAliases')
  const cached = await parts.keys.find(ref)
  if (cached === undefined) throw noSuchKey(ref)
  call.uses(keyResource(cached.key))
  return ref.keyId
}

function entryOf(alias: Alias): AliasListEntry {
  return {
    AliasName: alias.name,
    AliasArn: aliasArn(alias),
    TargetKeyId: alias.targetKeyId,
    CreationDate: new Date(alias.createdAt),
    LastUpdatedDate: new Date(alias.updatedAt),
  }
}

function placeOf({ caller }: Call, name: string): AliasPlace {
  if (!name.startsWith(PREFIX)) {
    throw invalid(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  // AWS says no more than this.
  if (RESERVED.test(name)) throw new SealtrailError('NotAuthorizedException', '')
  if (name.includes(':') || name === PREFIX) {
    throw invalid(`${name} contains invalid characters for an alias`)
  }
  return { account: caller.account, region: caller.region, name }
}

/** So that code which uses the alias goes on working. Source: AWS KMS API reference, UpdateAlias. */
function checkAlike(place: AliasPlace, before: KmsKey, after: KmsKey): void {
  const isOfOneType = isAsymmetric(before.keySpec) === isAsymmetric(after.keySpec)
  if (isOfOneType && before.keyUsage === after.keyUsage) return
  const says =
    'The current and the new KMS key must be of the same type and have the same key usage.'
  throw invalid(`${aliasArn(place)} cannot be associated with ${after.arn}. ${says}`)
}

function checkTarget(keyId: string): void {
  if (keyId.startsWith(PREFIX) || keyId.includes(':alias/')) {
    throw invalid('Aliases must refer to keys. Not aliases')
  }
}
