/**
 * The keys of all accounts and regions: found by id, kept in memory, changed one at a time.
 *
 * A bounded cache over the database. A key is loaded and changed by whoever holds its name (locks.ts), and
 * the cache sees a change only after its commit; so what is found here is never older than what was last
 * acknowledged. Keys whose day has come are deleted before the next call looks at anything.
 *
 * What a caller's KeyId means is asked in key-ref.ts; aliases are in aliases.ts.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import type { Clock } from '../clock.js'
import type { Root } from '../root/root.js'
import type { Locks } from '../store/keep/locks.js'
import { Lru } from '../store/keep/lru.js'
import type { Store } from '../store/store.js'
import type { Aliases } from './aliases.js'
import type { Place } from './arn.js'
import { CachedKey } from './cached-key.js'
import { type KmsKey, keyName } from './key.js'
import { deleteKey, type KeyMaterial, readDeletions, readKey, readMaterials } from './key-rows.js'

type KeyPlace = Place & { readonly keyId: string }

export interface KeysOptions {
  readonly store: Store
  readonly root: Root
  readonly clock: Clock
  readonly locks: Locks
  readonly aliases: Aliases
  /** Keys in memory; each has at least one handle in the engine. */
  readonly keysMax: number
  /** The write that records the deletion of a key whose waiting period is over. */
  readonly recordDeletion: (key: KmsKey) => CompiledQuery
}

export class Keys {
  readonly #options: KeysOptions
  readonly #cache: Lru<CachedKey>
  /** No key is due before this moment. */
  #nextDeletionAt = Number.NEGATIVE_INFINITY
  #deleting: Promise<void> | undefined

  constructor(options: KeysOptions) {
    this.#options = options
    this.#cache = new Lru(options.keysMax, (cached) => cached.drop())
  }

  async find(place: KeyPlace): Promise<CachedKey | undefined> {
    const name = keyName(place)
    return this.#cache.get(name) ?? this.#options.locks.run([name], () => this.#load(place))
  }

  /**
   * Runs `work` while nobody else changes the key, nor whatever else is locked under `names`. `work` commits,
   * and then sets `cached.key`.
   */
  exclusively<Answer>(
    place: KeyPlace,
    work: (cached: CachedKey | undefined) => Promise<Answer>,
    names: readonly string[] = [],
  ): Promise<Answer> {
    return this.#options.locks.run([keyName(place), ...names], async () =>
      work(await this.#load(place)),
    )
  }

  /** Takes in a key that was just committed. */
  add(key: KmsKey, material: KeyMaterial): void {
    this.#cache.set(keyName(key), new CachedKey(key, [material], this.#options.root))
  }

  /** To be told when a key's deletion is scheduled. */
  expectDeletion(at: number): void {
    this.#nextDeletionAt = Math.min(this.#nextDeletionAt, at)
  }

  /** Deletes the keys whose waiting period is over. Cheap when there are none. */
  async deleteDue(): Promise<void> {
    const isNoneDue = this.#options.clock.now() < this.#nextDeletionAt
    if (isNoneDue && this.#deleting === undefined) return
    this.#deleting ??= this.#deleteDue().finally(() => {
      this.#deleting = undefined
    })
    await this.#deleting
  }

  /** Wipes every handle that nobody uses any more. */
  close(): void {
    this.#cache.clear()
  }

  async #load(place: KeyPlace): Promise<CachedKey | undefined> {
    const { store, root } = this.#options
    const name = keyName(place)
    const cached = this.#cache.get(name)
    if (cached !== undefined) return cached
    const key = await readKey(store, place)
    if (key === undefined) return undefined
    const loaded = new CachedKey(key, await readMaterials(store, place), root)
    this.#cache.set(name, loaded)
    return loaded
  }

  async #deleteDue(): Promise<void> {
    const { store, clock } = this.#options
    this.#nextDeletionAt = Number.POSITIVE_INFINITY
    try {
      for (const deletion of await readDeletions(store)) {
        if (deletion.at > clock.now()) {
          this.expectDeletion(deletion.at)
          break
        }
        await this.#delete(deletion)
      }
    } catch (error) {
      this.#nextDeletionAt = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  async #delete(place: KeyPlace): Promise<void> {
    const { store, clock, aliases, recordDeletion } = this.#options
    await this.exclusively(place, async (cached) => {
      const key = cached?.key
      // Its deletion may have been cancelled meanwhile.
      if (key?.deletionAt === undefined || key.deletionAt > clock.now()) return
      await store.commit([...deleteKey(store, key), recordDeletion(key)])
      this.#cache.delete(keyName(key))
      aliases.forgetTarget(key)
    })
  }
}
