/**
 * The keys of all accounts and regions: found by id, kept in memory, changed one at a time.
 *
 * Kept by the rules of store/keep/kept.ts. Keys whose day has come are deleted by the schedule (service/schedule.ts),
 * before the next call looks at anything. What a caller's KeyId means is asked in ref.ts; aliases are in aliases.ts.
 *
 * @module
 */

import type { Place } from '../../aws/arn.js'
import type { Root } from '../../root/root.js'
import { DueRows } from '../../service/due-rows.js'
import type { Due } from '../../service/schedule.js'
import { type Changed, Kept } from '../../store/keep/kept.js'
import type { Locks } from '../../store/keep/locks.js'
import { Lru } from '../../store/keep/lru.js'
import type { Store } from '../../store/store.js'
import { KeyGrants, NO_GRANTS } from '../grants/key-grants.js'
import { readGrants } from '../grants/rows.js'
import { type Aliases, aliasName, dropAlias, readAliases } from './aliases.js'
import { type KmsKey, keyName } from './key.js'
import { type CachedKey, Materials, readKeyMaterial } from './material.js'
import type { KeyMaterial, Shreds } from './material-rows.js'
import { DAY_MS } from './rotation.js'
import { dropKey, putKey, readDeletions, readForeignOwner, readKey, readRelated } from './rows.js'

type KeyPlace = Place & { readonly keyId: string }

export interface KeysOptions {
  readonly store: Store
  readonly root: Root
  readonly locks: Locks
  readonly aliases: Aliases
  /** Keys in memory; each has at least one handle in the engine. */
  readonly keysMax: number
  /** The record of the deletion of a key whose waiting period is over. */
  readonly recordDeletion: (key: KmsKey) => string
}

/** What a change of related keys has made durable. */
export interface ChangedRelated<Answer> {
  /** Those that are others from now on. */
  readonly next: readonly KmsKey[]
  /** Of these, by region, what other material they have then. */
  readonly materials?: ReadonlyMap<string, Materials>
  /** The key itself is there no more. */
  readonly isGone?: true
  readonly answer: Answer
}

export class Keys implements Due {
  readonly #options: KeysOptions
  readonly #kept: Kept<KeyPlace, CachedKey>
  /** By the place where a key was looked for: the other account that has it. */
  readonly #owners: Lru<string>
  readonly #deletions = new DueRows()

  constructor(options: KeysOptions) {
    const { locks, keysMax } = options
    this.#options = options
    this.#owners = new Lru(keysMax)
    this.#kept = new Kept({
      locks,
      nameOf: keyName,
      load: (place) => this.#load(place),
      entriesMax: keysMax,
      left: ({ materials }, next) => {
        if (materials !== next?.materials) materials.drop()
      },
    })
  }

  find(place: KeyPlace): Promise<CachedKey | undefined> {
    return this.#kept.find(place)
  }

  /** As Kept.held. */
  held(place: KeyPlace): Promise<CachedKey | undefined> {
    return this.#kept.held(place)
  }

  /** The key with this id in the region, whoever's: that of the account where it has one. Ids are random. */
  async findAnywhere(place: KeyPlace): Promise<CachedKey | undefined> {
    const name = keyName(place)
    const known = this.#owners.get(name)
    const own = known === undefined ? await this.find(place) : undefined
    if (own !== undefined) return own
    const owner = known ?? (await readForeignOwner(this.#options.store, place))
    if (owner === undefined) return undefined
    this.#owners.set(name, owner)
    return await this.find({ ...place, account: owner })
  }

  /** As Kept.change; what is known of the key changes, its material and its grants do not. */
  change<Answer>(
    place: KeyPlace,
    work: (cached: CachedKey | undefined) => Promise<Changed<KmsKey, Answer>>,
    names: readonly string[] = [],
  ): Promise<Answer> {
    return this.#kept.change(
      place,
      async (cached) => {
        const { next, answer } = await work(cached)
        return { next: cached && next && { ...cached, key: next }, answer }
      },
      names,
    )
  }

  /** As {@link change}; the key's material changes with it, and nothing of those that are related to it. */
  changeMaterials<Answer>(
    place: KeyPlace,
    work: (cached: CachedKey | undefined) => Promise<Changed<Omit<CachedKey, 'grants'>, Answer>>,
  ): Promise<Answer> {
    return this.#kept.change(place, async (cached) => {
      const { next, answer } = await work(cached)
      return { next: cached && next && { ...cached, ...next }, answer }
    })
  }

  /**
   * As {@link change}, of a key and of those that are related to it, as copies of one multi-Region key in other regions:
   * nobody changes any of them meanwhile. `next` are those that are others from then on.
   */
  async changeRelated<Answer>(
    place: KeyPlace,
    work: (
      cached: CachedKey | undefined,
      others: readonly CachedKey[],
    ) => Promise<ChangedRelated<Answer>>,
    names: readonly string[] = [],
  ): Promise<Answer> {
    for (;;) {
      const seen = await this.#relatedOf(place)
      const tried = await this.#kept.change(
        place,
        async (cached) => {
          const related = await this.#relatedOf(place)
          const isSeen = related.every(({ region }) => seen.some((one) => one.region === region))
          if (!isSeen) return { next: cached, answer: undefined }
          const held = await Promise.all(related.map((one) => this.#kept.held(one)))
          const others = held.filter((other) => other !== undefined)
          const { next, materials, isGone, answer } = await work(cached, others)
          const nextOf = (one: CachedKey): CachedKey => {
            const key = next.find(({ region }) => region === one.key.region)
            if (key === undefined) return one
            return { ...one, key, materials: materials?.get(key.region) ?? one.materials }
          }
          for (const other of others) this.#kept.replace(other.key, nextOf(other))
          const self = isGone ? undefined : cached && nextOf(cached)
          return { next: self, answer: { answer } }
        },
        [...seen.map(keyName), ...names],
      )
      // Another replica was made meanwhile.
      if (tried !== undefined) return tried.answer
    }
  }

  /** As Kept.change; the grants on the key change, the key does not. */
  changeGrants<Answer>(
    place: KeyPlace,
    work: (cached: CachedKey | undefined) => Promise<Changed<KeyGrants, Answer>>,
  ): Promise<Answer> {
    return this.#kept.change(place, async (cached) => {
      const { next, answer } = await work(cached)
      return { next: cached && next && { ...cached, grants: next }, answer }
    })
  }

  /** Takes in a key that was just committed. */
  add(key: KmsKey, versions: readonly KeyMaterial[], shreds: Shreds): void {
    const { root } = this.#options
    const materials = new Materials(key, versions, root, shreds)
    this.#kept.put(key, { key, grants: NO_GRANTS, materials })
  }

  /** To be told when a key's deletion is scheduled. */
  expectDeletion(at: number): void {
    this.#deletions.expect(at)
  }

  nextAt(): number {
    return this.#deletions.nextAt()
  }

  /** Deletes the keys whose waiting period is over. */
  run(now: number): Promise<void> {
    return this.#deletions.look(async () => {
      for (const deletion of await readDeletions(this.#options.store)) {
        if (deletion.at > now) return this.expectDeletion(deletion.at)
        await this.#deletions.try(keyName(deletion), now, async () => {
          while (!(await this.#delete(deletion, await this.#aliasesOf(deletion), now))) {
            // Another alias was pointed at it meanwhile.
          }
          return true
        })
      }
    })
  }

  /** Wipes every handle that nobody uses any more. */
  close(): void {
    this.#kept.clear()
  }

  async #load(place: KeyPlace): Promise<CachedKey | undefined> {
    const { store, root } = this.#options
    const row = await readKey(store, root, place)
    if (row === undefined) return undefined
    const [{ key, materials }, grants] = await Promise.all([
      readKeyMaterial(store, root, row),
      readGrants(store, root, place),
    ])
    return { key, grants: grants.length === 0 ? NO_GRANTS : new KeyGrants(grants), materials }
  }

  /** With the aliases that point at it, which must be held too. False when there are others. */
  #delete(place: KeyPlace, held: readonly string[], now: number): Promise<boolean> {
    const { store, root, aliases, recordDeletion } = this.#options
    return this.changeRelated(
      place,
      async (cached, others) => {
        const key = cached?.key
        // Its deletion may have been cancelled meanwhile.
        if (key?.deletionAt === undefined || key.deletionAt > now) {
          return { next: [], answer: true }
        }
        const names = await this.#aliasesOf(key)
        if (names.some((name) => !held.includes(name))) return { next: [], answer: false }
        const places = names.map((name) => ({ account: key.account, region: key.region, name }))
        const next = primaryBehind(others, now)
        const changes = [
          ...[...places.map(dropAlias), ...dropKey(key, cached!.materials.versions)],
          ...next.map((primary) => putKey(root, primary)),
        ]
        const shreds = cached!.materials.shredIds.map((erase) => ({ erase }))
        await store.commit({ changes, records: [recordDeletion(key)], shreds })
        for (const alias of places) aliases.put(alias, undefined)
        for (const { deletionAt } of next) this.expectDeletion(deletionAt!)
        return { next, isGone: true, answer: true }
      },
      held.map((name) => aliasName({ ...place, name })),
    )
  }

  async #relatedOf(place: KeyPlace): Promise<KeyPlace[]> {
    const regions = await readRelated(this.#options.store, place)
    return regions.map((region) => ({ ...place, region }))
  }

  async #aliasesOf({ keyId, ...place }: KeyPlace): Promise<string[]> {
    const { store } = this.#options
    const rows = await readAliases(store, place, { targetKeyId: keyId }, Number.MAX_SAFE_INTEGER)
    return rows.map(({ name }) => name)
  }
}

/** The waiting period of a primary begins when the last of its replicas goes, which `others` has no more. */
function primaryBehind(others: readonly CachedKey[], now: number): KmsKey[] {
  const only = others.find(({ key }) => key.deletionDays !== undefined)
  const days = only?.key.deletionDays
  const isFirst = others.some(({ key }) => key.primaryRegion === only?.key.region)
  if (only === undefined || days === undefined || isFirst) return []
  const deletionAt = now + days * DAY_MS
  return [{ ...only.key, keyState: 'PendingDeletion', deletionDays: undefined, deletionAt }]
}
