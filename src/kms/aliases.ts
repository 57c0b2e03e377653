/**
 * Aliases of all accounts and regions: which key a name stands for.
 *
 * A bounded cache over the database, by the same rules as keys.ts: loaded and changed by whoever holds the
 * name, seen only after the commit. Names that stand for nothing are not remembered.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import type { Locks } from '../store/keep/locks.js'
import { Lru } from '../store/keep/lru.js'
import type { Store } from '../store/store.js'
import type { Place } from './arn.js'

export interface Alias extends Place {
  /** With its `alias/`. */
  readonly name: string
  readonly targetKeyId: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly updatedAt: number
}

type AliasPlace = Place & { readonly name: string }

export class Aliases {
  readonly #store: Store
  readonly #locks: Locks
  readonly #cache: Lru<Alias>

  constructor(store: Store, locks: Locks, aliasesMax: number) {
    this.#store = store
    this.#locks = locks
    this.#cache = new Lru(aliasesMax)
  }

  async find(place: AliasPlace): Promise<Alias | undefined> {
    const name = aliasName(place)
    return this.#cache.get(name) ?? this.#locks.run([name], () => this.load(place))
  }

  /** As {@link find}, for whoever holds {@link aliasName}. */
  async load(place: AliasPlace): Promise<Alias | undefined> {
    const cached = this.#cache.get(aliasName(place))
    if (cached !== undefined) return cached
    const [alias] = await readAliases(this.#store, place, { name: place.name }, 1)
    if (alias !== undefined) this.put(alias)
    return alias
  }

  /** Runs `work` while nobody else changes the alias. */
  exclusively<Answer>(
    place: AliasPlace,
    work: (alias: Alias | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    return this.#locks.run([aliasName(place)], async () => work(await this.load(place)))
  }

  /** Takes in an alias that was just committed. */
  put(alias: Alias): void {
    this.#cache.set(aliasName(alias), alias)
  }

  forget(place: AliasPlace): void {
    this.#cache.delete(aliasName(place))
  }

  /** Forgets every alias of a key that was deleted. */
  forgetTarget({ account, region, keyId }: Place & { readonly keyId: string }): void {
    for (const [, alias] of [...this.#cache.entries()]) {
      if (alias.targetKeyId !== keyId || alias.account !== account) continue
      if (alias.region === region) this.forget(alias)
    }
  }
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

export function insertAlias({ query }: Pick<Store, 'query'>, alias: Alias): CompiledQuery {
  const { account, region, name, targetKeyId, createdAt, updatedAt } = alias
  return query
    .insertInto('kms_alias')
    .values({
      account,
      region,
      alias_name: name,
      target_key_id: targetKeyId,
      created_at: createdAt,
      updated_at: updatedAt,
    })
    .compile()
}

/** Also right when the key that it stood for is deleted at this moment, and the alias with it. */
export function updateAlias({ query }: Pick<Store, 'query'>, alias: Alias): CompiledQuery {
  const { account, region, name, targetKeyId, createdAt, updatedAt } = alias
  const change = { target_key_id: targetKeyId, updated_at: updatedAt }
  return query
    .insertInto('kms_alias')
    .values({ account, region, alias_name: name, created_at: createdAt, ...change })
    .onConflict((row) => row.columns(['account', 'region', 'alias_name']).doUpdateSet(change))
    .compile()
}

export function deleteAlias({ query }: Pick<Store, 'query'>, place: AliasPlace): CompiledQuery {
  const { account, region, name } = place
  return query
    .deleteFrom('kms_alias')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('alias_name', '=', name)
    .compile()
}
