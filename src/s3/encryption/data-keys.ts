/**
 * Who gives data keys of objects and opens them again: the root for SSE-S3, KMS for SSE-KMS, the caller for SSE-C.
 *
 * A data key is made in the engine that wraps it, and moves to the one that seals; no byte of it is seen here. How KMS is
 * asked is in kms-data-keys.ts, how wraps look is in wraps.ts.
 *
 * @module
 */
import type { Engines } from '../../engine/choose.js'
import type { Engine, KeyHandle } from '../../engine/engine.js'
import { handOver } from '../../engine/hand-over.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { EncryptedDataKey } from '../../message/keyring.js'
import type { Root } from '../../root/root.js'
import { WrappingKey } from '../../root/wrapping-key.js'
import type { Call } from '../../service/calls/call.js'
import type { Bucket } from '../buckets/bucket.js'
import type { Sse } from '../objects/version.js'
import { checkCustomerKey, keyMd5Of } from './customer-key.js'
import { type Asked, KmsDataKeys, type KmsDataKeysOptions, sseOf } from './kms-data-keys.js'
import type { ObjectKey, ObjectKeys, SealingKey, SseWanted } from './object-keys.js'
import {
  CUSTOMER_PROVIDER,
  checkContext,
  objectContext,
  openedIn,
  S3_PROVIDER,
  wrapBy,
  wrapContext,
  wrapUnder,
} from './wraps.js'

export interface ObjectKeysOptions extends KmsDataKeysOptions {
  readonly root: Root
}

export function createObjectKeys(options: ObjectKeysOptions): ObjectKeys {
  return new DataKeys(options)
}

/** A data key, which stays its owner's, as it is kept. */
type Wrap = (dataKey: KeyHandle) => EncryptedDataKey

class DataKeys implements ObjectKeys {
  readonly engine: Engine
  readonly #engines: Engines
  /** Where keys wrap. */
  readonly #small: Engine
  readonly #root: Root
  readonly #kms: KmsDataKeys

  constructor({ root, ...options }: ObjectKeysOptions) {
    this.#engines = options.engines
    this.engine = options.engines.bulk
    this.#small = options.engines.small
    this.#root = root
    this.#kms = new KmsDataKeys(options)
  }

  seal(
    call: Call,
    bucket: Bucket,
    key: string,
    wanted: SseWanted,
    isBrief = false,
  ): Promise<SealingKey> {
    const asked = { call, bucket, context: contextFor(bucket, key, wanted) }
    if (wanted.algorithm === 'aws:kms' && !wanted.bucketKey)
      return this.#kms.seal(asked, wanted, isBrief)
    return this.#wrapping(asked, wanted, (wrap, sse) => {
      const made = this.#small.generateKey()
      try {
        const encryptedDataKeys = [wrap(made)]
        const dataKey = handOver(made, this.#small, this.engine)
        return { dataKey, encryptionContext: asked.context, encryptedDataKeys, sse }
      } finally {
        made.release()
      }
    })
  }

  async sealUpload(
    call: Call,
    bucket: Bucket,
    key: string,
    wanted: SseWanted,
  ): Promise<SealingKey> {
    const sealing = await this.seal(call, bucket, key, wanted)
    if (wanted.algorithm !== 'aws:kms') return sealing
    try {
      const opened = await this.open(call, bucket, key, sealing)
      opened.release()
      return sealing
    } catch (error) {
      sealing.dataKey.release()
      throw error
    }
  }

  async open(
    call: Call,
    bucket: Bucket,
    key: string,
    sealed: ObjectKey,
    customerKey?: Uint8Array,
  ): Promise<KeyHandle> {
    const { sse, encryptionContext: context } = sealed
    checkCustomerKey(sse, customerKey)
    checkContext(context, contextFor(bucket, key, sse))
    const asked = { call, bucket, context }
    if (sse.algorithm === 'AES256') {
      const { ciphertext } = wrapBy(sealed, S3_PROVIDER)
      return this.#opened(this.#root.objectKey, ciphertext, asked)
    }
    if (sse.algorithm !== 'customer') return await this.#kms.open(asked, sealed, sse)
    const { ciphertext } = wrapBy(sealed, CUSTOMER_PROVIDER)
    return this.#withCustomerKey(customerKey!, (wrapping) =>
      this.#opened(wrapping, ciphertext, asked),
    )
  }

  async rewrap(
    call: Call,
    bucket: Bucket,
    key: string,
    sealed: ObjectKey,
    wanted: SseWanted,
    customerKey?: Uint8Array,
  ): Promise<ObjectKey> {
    const opened = await this.open(call, bucket, key, sealed, customerKey)
    let dataKey: KeyHandle | undefined
    try {
      dataKey = handOver(opened, this.engine, this.#small)
      const asked = { call, bucket, context: contextFor(bucket, key, wanted) }
      const held = dataKey
      return await this.#wrapping(asked, wanted, (wrap, sse) => {
        return { encryptionContext: asked.context, encryptedDataKeys: [wrap(held)], sse }
      })
    } finally {
      dataKey?.release()
      opened.release()
    }
  }

  close(): void {
    this.#kms.close()
  }

  /** Runs `work`, which keeps nothing of `wrap`, with what wraps as wanted. */
  async #wrapping<Answer>(
    asked: Asked,
    wanted: SseWanted,
    work: (wrap: Wrap, sse: Sse) => Answer,
  ): Promise<Answer> {
    const context = wrapContext(asked.bucket, asked.context)
    if (wanted.algorithm === 'aws:kms') {
      return await this.#kms.intermediate(asked, wanted, (key) =>
        work((dataKey) => wrapUnder(key, dataKey, context), sseOf(wanted, key.keyArn)),
      )
    }
    if (wanted.algorithm === 'AES256') {
      const providerInfo = this.#root.rootId
      const wrap: Wrap = (dataKey) => {
        const ciphertext = this.#root.objectKey.wrapKey(dataKey, context)
        return { providerId: S3_PROVIDER, providerInfo, ciphertext }
      }
      return work(wrap, { algorithm: 'AES256' })
    }
    const { key, keyMd5 } = wanted
    return this.#withCustomerKey(key, (wrapping, providerInfo) => {
      const wrap: Wrap = (dataKey) => {
        const ciphertext = wrapping.wrapKey(dataKey, context)
        return { providerId: CUSTOMER_PROVIDER, providerInfo, ciphertext }
      }
      return work(wrap, { algorithm: 'customer', keyMd5 })
    })
  }

  #opened(key: Pick<WrappingKey, 'unwrapKey'>, wrapped: Uint8Array, asked: Asked): KeyHandle {
    return openedIn(this.#engines, key, wrapped, wrapContext(asked.bucket, asked.context))
  }

  #withCustomerKey<Answer>(
    customerKey: Uint8Array,
    work: (wrapping: WrappingKey, md5: Uint8Array) => Answer,
  ): Answer {
    const md5 = keyMd5Of(customerKey)
    const handle = this.#small.importKey(customerKey)
    const wrapping = new WrappingKey(this.#small, handle, 'customer', md5)
    try {
      return work(wrapping, md5)
    } finally {
      wrapping.release()
    }
  }
}

function contextFor(bucket: Bucket, key: string, wanted: SseWanted | Sse): EncryptionContext {
  return objectContext(bucket, key, 'context' in wanted ? wanted.context : undefined)
}
