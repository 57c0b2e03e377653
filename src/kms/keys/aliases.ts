/**
 * Aliases of all accounts and regions: which key a name stands for.
 *
 * Kept by the rules of store/keep/kept.ts. Names that stand for nothing are not remembered.
 *
 * @module
 */

import type { AuditResource } from '../../audit/event.js'
import { arnOf, type Place } from '../../aws/arn.js'
import type { Change } from '../../store/change.js'
import { Kept } from '../../store/keep/kept.js'
import type { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'

export interface Alias extends Place {
  /** With its `alias/`. */
  readonly name: string
  readonly targetKeyId: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly updatedAt: number
}

type AliasPlace = Place & { readonly name: string }

export type Aliases = Kept<AliasPlace, Alias>

export function keepAliases(store: Store, locks: Locks, entriesMax: number): Aliases {
  const load = async (place: AliasPlace) => {
    const [alias] = await readAliases(store, place, { name: place.name }, 1)
    return alias
  }
  return new Kept({ locks, nameOf: aliasName, load, entriesMax })
}

export function aliasArn(place: AliasPlace): string {
  return arnOf('kms', place, place.name)
}

/** As a record names it. */
export function aliasResource(place: AliasPlace): AuditResource {
  return { accountId: place.account, type: 'AWS::KMS::Key', arn: aliasArn(place) }
}

/** The name under which an alias is locked and cached. */
export function aliasName({ account, region, name }: AliasPlace): string {
  return `${account}/${region}/${name}`
}

/** Aliases of one account and region, by name. Every member of `filter` narrows. */
export async function readAliases(
  store: Store,
  { account, region }: Place,
  filter: { name?: string; targetKeyId?: string; afterName?: string },
  limit: number,
): Promise<Alias[]> {
  let query = store.query
    .selectFrom('kms_alias')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .orderBy('alias_name')
    .limit(limit)
  const { name, targetKeyId, afterName } = filter
  if (name !== undefined) query = query.where('alias_name', '=', name)
  if (targetKeyId !== undefined) query = query.where('target_key_id', '=', targetKeyId)
  if (afterName !== undefined) query = query.where('alias_name', '>', afterName)
  return (await store.read(query.compile())).map((row) => {
    const { alias_name, target_key_id, created_at, updated_at } = row
    return {
      account,
      region,
      name: alias_name,
      targetKeyId: target_key_id,
      createdAt: created_at,
      updatedAt: updated_at,
    }
  })
}

export function putAlias(alias: Alias): Change {
  const row = {
    account: alias.account,
    region: alias.region,
    alias_name: alias.name,
    target_key_id: alias.targetKeyId,
    created_at: alias.createdAt,
    updated_at: alias.updatedAt,
  }
  return { put: 'kms_alias', row }
}

export function dropAlias({ account, region, name }: AliasPlace): Change {
  return { drop: 'kms_alias', key: { account, region, alias_name: name } }
}
