/**
 * Bucket keys: intermediate keys that stand between a KMS key and the data keys of many objects, for a while.
 *
 * One belongs to a bucket, a KMS key and a requester in his session, and is shared with nobody; one that GenerateDataKey
 * gave seals and does not open, one that Decrypt gave opens and does not seal: each was asked for what it does. It lives
 * five minutes at most, for a bounded number of uses. When anything about keys or principals changes (a key disabled, a
 * policy, a grant, a user, a role), all are forgotten before the change is acknowledged, and what was asked for meanwhile
 * is not kept.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engine/engine.js'
import type { DataKeyHandles } from '../../kms/handles.js'
import type { Call } from '../../service/calls/call.js'
import type { Entry } from '../../store/change.js'
import { Lru } from '../../store/keep/lru.js'
import type { Store } from '../../store/store.js'
import type { Bucket } from '../buckets/bucket.js'
import { contextOf, requesterName } from './requester.js'
import { bucketKeyContext, type IntermediateKey, intermediateKey } from './wraps.js'

const LIFE_MS = 5 * 60 * 1000
const USES_MAX = 10_000
const KEYS_MAX = 1024

interface Kept {
  readonly key: IntermediateKey
  readonly madeAt: number
  readonly wiping: NodeJS.Timeout
  uses: number
}

export interface BucketKeysOptions {
  readonly store: Pick<Store, 'onFacts'>
  readonly clock: Clock
  readonly dataKeys: DataKeyHandles
  /** Where they live. */
  readonly engine: Engine
}

export class BucketKeys {
  readonly #options: BucketKeysOptions
  readonly #kept: Lru<Kept>
  readonly #forget: () => void
  /** Changes of keys or principals that are under way. */
  #changing = 0
  /** Grows with every such change. */
  #epoch = 0

  constructor(options: BucketKeysOptions) {
    this.#options = options
    this.#kept = new Lru<Kept>(KEYS_MAX, ({ key, wiping }) => {
      clearTimeout(wiping)
      key.wrapping.release()
    })
    this.#forget = options.store.onFacts({
      changing: (entry) => {
        if (!isAboutKeys(entry)) return
        this.#changing++
        this.#epoch++
        this.#kept.clear()
      },
      changed: (entry) => {
        if (isAboutKeys(entry)) this.#changing--
      },
    })
  }

  /**
   * Runs `work` with a key under the KMS key that `keyId` names. `work` keeps nothing of it.
   * @throws SealtrailError as GenerateDataKey does.
   */
  async sealing<Answer>(
    call: Call,
    bucket: Bucket,
    keyId: string,
    work: (key: IntermediateKey) => Answer,
  ): Promise<Answer> {
    const name = JSON.stringify(['seal', bucket.id, keyId, requesterName(call.caller)])
    return await this.#use(name, work, async () => {
      const { dataKeys, engine } = this.#options
      const question = { keyId, encryptionContext: bucketKeyContext(bucket) }
      const made = await dataKeys.generate(contextOf(call, bucket), question, engine)
      return intermediateKey(engine, made.dataKey, made.keyArn, made.ciphertext)
    })
  }

  /** The same with the key in `blob`, of the KMS key `keyArn`. @throws SealtrailError as Decrypt does. */
  async opening<Answer>(
    call: Call,
    bucket: Bucket,
    keyArn: string,
    blob: Uint8Array,
    work: (key: IntermediateKey) => Answer,
  ): Promise<Answer> {
    const which = Buffer.from(blob).toString('base64')
    const name = JSON.stringify(['open', bucket.id, keyArn, which, requesterName(call.caller)])
    return await this.#use(name, work, async () => {
      const { dataKeys, engine } = this.#options
      const question = { keyArn, ciphertext: blob, encryptionContext: bucketKeyContext(bucket) }
      const opened = await dataKeys.open(contextOf(call, bucket), question, engine)
      return intermediateKey(engine, opened, keyArn, blob)
    })
  }

  /** Wipes them all. */
  close(): void {
    this.#forget()
    this.#epoch++
    this.#kept.clear()
  }

  async #use<Answer>(
    name: string,
    work: (key: IntermediateKey) => Answer,
    load: () => Promise<IntermediateKey>,
  ): Promise<Answer> {
    const kept = this.#kept.get(name)
    if (kept !== undefined && this.#isGood(kept)) {
      kept.uses++
      return work(kept.key)
    }
    const epoch = this.#changing > 0 ? undefined : this.#epoch
    const madeAt = this.#options.clock.elapsed()
    const key = await load()
    try {
      return work(key)
    } finally {
      if (epoch === this.#epoch) this.#keep(name, key, madeAt)
      else key.wrapping.release()
    }
  }

  #isGood({ madeAt, uses }: Kept): boolean {
    return this.#options.clock.elapsed() - madeAt < LIFE_MS && uses < USES_MAX
  }

  #keep(name: string, key: IntermediateKey, madeAt: number): void {
    // Wiped also when nobody asks for it again.
    const wiping = setTimeout(() => this.#kept.delete(name), LIFE_MS).unref()
    this.#kept.set(name, { key, madeAt, wiping, uses: 1 })
  }
}

/** Facts of S3 itself, such as every object that is put, say nothing of who may use which key. */
function isAboutKeys({ changes = [], shreds = [] }: Entry): boolean {
  const tables = changes.map((change) => ('put' in change ? change.put : change.drop))
  return shreds.length > 0 || tables.some((table) => /^(kms|iam)_/.test(table))
}
