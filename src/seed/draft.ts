/**
 * The house as it would be with the seed: a copy of its services, whose commits are only collected.
 *
 * What a seed wants is done here by the operations themselves, so that it is checked, and recorded, as if somebody had
 * called them. Then all of it is committed, as one entry. Who calls is the root of the account; that it was
 * a seed is told by the user agent.
 *
 * @module
 */
import { NO_USES } from '../audit/key-uses.js'
import type { Place } from '../aws/arn.js'
import { randomId } from '../bytes/random.js'
import type { Clock } from '../clock.js'
import type { Engines } from '../engine/choose.js'
import { createIam } from '../iam/iam.js'
import type { InputOf } from '../iam/model.js'
import { type ChosenAccessKey, createAccessKey } from '../iam/operations/access-keys.js'
import { Principals } from '../iam/principals/principals.js'
import { createKms, type KmsService } from '../kms/kms.js'
import type { ChosenKey } from '../kms/operations/keys.js'
import type { Pool } from '../pool/pool.js'
import type { Root } from '../root/root.js'
import { accountRoot } from '../service/caller.js'
import type { CallContext } from '../service/calls/call-context.js'
import { valuesOf } from '../service/service.js'
import type { Change, ShredChange } from '../store/change.js'
import type { Store } from '../store/store.js'

export interface SeedParts {
  readonly store: Store
  readonly root: Root
  readonly engines: Engines
  readonly pool: Pool
  readonly clock: Clock
  /** Where calls of IAM come from; it tells the partition. */
  readonly region: string
}

const SOURCE = { sourceIpAddress: '127.0.0.1', userAgent: 'sealtrail seed' }

export class Draft {
  readonly parts: SeedParts
  readonly principals: Principals
  readonly #iam: ReturnType<typeof createIam>
  readonly #kms: KmsService
  readonly #entry: Collected

  private constructor(
    parts: SeedParts,
    principals: Principals,
    kms: KmsService,
    entry: Collected,
    store: Store,
  ) {
    this.parts = parts
    this.principals = principals
    this.#kms = kms
    this.#entry = entry
    this.#iam = createIam({ ...parts, store, principals })
  }

  static async open(parts: SeedParts): Promise<Draft> {
    const entry: Collected = { changes: [], records: [], shreds: [] }
    const store = collecting(parts.store, entry)
    const principals = await Principals.open(store, parts.root)
    // Keys whose day has come are gone before anything is looked at, whatever becomes of the seed.
    const settling = await createKms({ ...parts, principals, keyUses: NO_USES })
    await settling.close()
    const given = { ...parts, store, principals, keyUses: NO_USES }
    const kms = await createKms({ ...given, isDraft: true })
    return new Draft(parts, principals, kms, entry, store)
  }

  /** An operation of IAM, in the name of the account's root. */
  async iam(account: string, operation: string, input: object): Promise<void> {
    await this.#iam.call(operation, valuesOf(input), this.#contextAt(account))
  }

  async accessKey(account: string, UserName: string, chosen: ChosenAccessKey): Promise<void> {
    const parts = { ...this.parts, principals: this.principals }
    const context = this.#contextAt(account)
    await this.#iam.perform('CreateAccessKey', valuesOf({ UserName }), context, (call, input) =>
      createAccessKey(parts, call, input as InputOf<'CreateAccessKey'>, chosen),
    )
  }

  /** An operation of KMS, in the name of the account's root. */
  async kms({ account, region }: Place, operation: string, input: object): Promise<void> {
    await this.#kms.call(operation, valuesOf(input), this.#contextAt(account, region))
  }

  async key({ account, region }: Place, chosen: ChosenKey, input: object): Promise<void> {
    const context = this.#contextAt(account, region)
    await this.#kms.createChosenKey(chosen, valuesOf(input), context)
  }

  /** All that was done since the last time comes true, at once. @throws SealtrailError of the store */
  async commit(): Promise<void> {
    const changes = this.#entry.changes.splice(0)
    const records = this.#entry.records.splice(0)
    const shreds = this.#entry.shreds.splice(0)
    if (records.length > 0) await this.parts.store.commit({ changes, records, shreds })
  }

  /** Wipes its handles on keys. */
  async close(): Promise<void> {
    await this.#kms.close()
    await this.#iam.close()
  }

  #contextAt(account: string, region = this.parts.region): CallContext {
    return { ...SOURCE, caller: accountRoot(account, region), requestId: randomId() }
  }
}

interface Collected {
  readonly changes: Change[]
  readonly records: string[]
  readonly shreds: ShredChange[]
}

/** The same store, whose commits are only collected. */
function collecting(store: Store, entry: Collected): Store {
  const { dataDir, query, counts, scribe, broken, checked } = store
  return {
    ...{ dataDir, query, counts, scribe, broken, checked },
    onFacts: () => () => undefined,
    onRecords: () => () => undefined,
    seal: (key) => store.seal(key),
    read: (query) => store.read(query),
    records: (query) => store.records(query),
    leaves: (after) => store.leaves(after),
    release: (upTo) => store.release(upTo),
    syncs: () => store.syncs(),
    shred: (id) => store.shred(id),
    async commit({ changes = [], records = [], shreds = [] }) {
      entry.changes.push(...changes)
      entry.records.push(...records)
      entry.shreds.push(...shreds)
    },
    close: async () => undefined,
  }
}
