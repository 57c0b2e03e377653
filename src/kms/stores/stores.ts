/**
 * The custom key stores of all accounts and regions: whole in memory, changed one at a time, connected behind the calls.
 *
 *     find     at once: a use of a key asks in which state its store is
 *     change   holds the stores of the region; commits; and only then memory changes
 *     use      a request to the proxy of a store, which a disconnection waits for; of so many at once
 *
 * CONNECTING and DISCONNECTING come to an end by themselves, after a restart too.
 * There are few of them (operations/key-stores/create.ts bounds them). At a start every row is read and checked. What they
 * are is in store.ts.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { randomId } from '../../bytes/random.js'
import { isSealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Changed } from '../../store/keep/kept.js'
import type { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import type { KmsKey } from '../keys/key.js'
import { throttled } from '../refusals.js'
import { connectionErrorFor, ProxyFailure } from '../xks/failures.js'
import type { Proxies } from '../xks/proxies.js'
import { checkHealth } from '../xks/requests.js'
import { proxyAccess } from './credential.js'
import { putStore, readStores } from './rows.js'
import { type KeyStore, type StorePlace, storeName, storesName } from './store.js'

export interface StoresOptions {
  readonly store: Store
  readonly root: Root
  readonly locks: Locks
  readonly proxies: Proxies
  /** Commits are only collected: nothing is done by itself. */
  readonly isDraft?: boolean
  /** Calls that wait for a proxy at once; as many as come unless said. */
  readonly proxyUsesMax?: number | undefined
}

/** One store has no more than half of them: its proxy may hang, and others' be well. */
const PART_OF_ONE = 0.5

export class Stores {
  readonly #options: StoresOptions
  readonly #stores = new Map<string, KeyStore>()
  /** By store, what is asked of its proxy now. */
  readonly #uses = new Map<string, Set<Promise<unknown>>>()
  #useCount = 0
  readonly #settling = new Set<Promise<void>>()
  #isClosing = false

  private constructor(options: StoresOptions) {
    this.#options = options
  }

  /** @throws SealtrailError `StoreDamaged` when a row is not as it was put there. */
  static async open(options: StoresOptions): Promise<Stores> {
    const stores = new Stores(options)
    for (const store of await readStores(options.store, options.root)) {
      stores.#stores.set(storeName(store), store)
    }
    for (const store of stores.#stores.values()) stores.#settleIfPassing(store)
    return stores
  }

  find(place: StorePlace): KeyStore | undefined {
    return this.#stores.get(storeName(place))
  }

  /** Of a region, of one account or of all, by their ids. */
  of({ account, region }: { readonly account?: string; readonly region: string }): KeyStore[] {
    return [...this.#stores.values()]
      .filter((store) => store.region === region && (account ?? store.account) === store.account)
      .sort((a, b) => (a.storeId < b.storeId ? -1 : 1))
  }

  /** Runs `work` while nobody changes the stores of the region, nor makes a key in one of them. */
  holding<Answer>({ region }: Pick<Place, 'region'>, work: () => Promise<Answer>): Promise<Answer> {
    return this.#options.locks.run([storesName({ region })], work)
  }

  /** As Kept.change, of a store; see {@link holding}. */
  change<Answer>(
    place: StorePlace,
    work: (store: KeyStore | undefined) => Promise<Changed<KeyStore, Answer>>,
  ): Promise<Answer> {
    return this.holding(place, async () => {
      const before = this.find(place)
      const { next, answer } = await work(before)
      if (next === undefined) this.#stores.delete(storeName(place))
      else this.#stores.set(storeName(place), next)
      if (next !== undefined && next !== before) this.#settleIfPassing(next)
      return answer
    })
  }

  /** As callers see it: no key of a store that is not connected can be used. */
  asShown(key: KmsKey): KmsKey {
    if (key.external === undefined) return key
    const isAffected = key.keyState === 'Enabled' || key.keyState === 'Disabled'
    const store = this.find({ ...key, storeId: key.external.storeId })
    return isAffected && store?.state !== 'CONNECTED' ? { ...key, keyState: 'Unavailable' } : key
  }

  /**
   * What `ask` answers, which is waited for when the store is disconnected. Whoever asks has a place at the port meanwhile: a
   * proxy that hangs must leave some to calls that need none.
   * @throws SealtrailError `ThrottlingException` when too many ask already
   */
  async use<Answer>(place: StorePlace, ask: () => Promise<Answer>): Promise<Answer> {
    const { proxyUsesMax = Number.POSITIVE_INFINITY } = this.#options
    const name = storeName(place)
    const uses = this.#uses.get(name) ?? new Set()
    const isFull = this.#useCount >= proxyUsesMax || uses.size >= proxyUsesMax * PART_OF_ONE
    if (isFull) throw throttled(name)
    const asking = ask()
    this.#uses.set(name, uses.add(asking))
    this.#useCount++
    try {
      return await asking
    } finally {
      this.#useCount--
      uses.delete(asking)
      if (uses.size === 0) this.#uses.delete(name)
    }
  }

  /** Brings a state that does not last to its end, behind the calls. */
  #settleIfPassing(store: KeyStore): void {
    if (this.#isClosing || this.#options.isDraft === true) return
    if (store.state !== 'CONNECTING' && store.state !== 'DISCONNECTING') return
    const settling = this.#settle(store).finally(() => this.#settling.delete(settling))
    this.#settling.add(settling)
  }

  /** What is settling now is; nothing more will be. */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.#settling)
  }

  async #settle(seen: KeyStore): Promise<void> {
    const { store, root } = this.#options
    try {
      const outcome =
        seen.state === 'CONNECTING' ? await this.#connect(seen) : await this.#end(seen)
      await this.change(seen, async (now) => {
        // It may have been changed meanwhile, and is settled anew.
        if (now !== seen) return { next: now, answer: undefined }
        const next = { ...seen, ...outcome }
        await store.commit({ changes: [putStore(root, next)] })
        return { next, answer: undefined }
      })
    } catch (error) {
      // It stays as it is; the next start tries again, or somebody disconnects it.
      if (!isSealtrailError(error)) throw error
    }
  }

  async #connect(store: KeyStore): Promise<Pick<KeyStore, 'state' | 'errorCode'>> {
    const { root, proxies } = this.#options
    const metadata = { kmsOperation: 'ConnectCustomKeyStore', kmsRequestId: randomId() }
    try {
      await checkHealth(proxies, proxyAccess(root, store), metadata)
      return { state: 'CONNECTED', errorCode: undefined }
    } catch (error) {
      if (!(error instanceof ProxyFailure)) throw error
      return { state: 'FAILED', errorCode: connectionErrorFor(error.failure) }
    }
  }

  async #end(store: KeyStore): Promise<Pick<KeyStore, 'state' | 'errorCode'>> {
    await Promise.allSettled(this.#uses.get(storeName(store)) ?? [])
    return { state: 'DISCONNECTED', errorCode: undefined }
  }
}
