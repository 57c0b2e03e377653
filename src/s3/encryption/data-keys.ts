/**
 * Who gives data keys of objects and opens them again: the root for SSE-S3, KMS for SSE-KMS, the caller for SSE-C.
 *
 * A data key is made in the engine that wraps it, and moves to the one that seals; no byte of it is seen here. KMS is
 * asked in the name of the caller, by way of S3, and leaves its own records. How wraps look is in wraps.ts, bucket keys
 * are in bucket-keys.ts.
 *
 * @module
 */
import { arnOf } from '../../aws/arn.js'
import type { Clock } from '../../clock.js'
import type { Engines } from '../../engine/choose.js'
import type { Engine, KeyHandle } from '../../engine/engine.js'
import { handOver } from '../../engine/hand-over.js'
import { AWS_KMS, keyOfWrap } from '../../kms/keyring.js'
import type { KmsService } from '../../kms/kms.js'
import { managedAlias } from '../../kms/managed.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { EncryptedDataKey } from '../../message/keyring.js'
import type { Root } from '../../root/root.js'
import { WrappingKey } from '../../root/wrapping-key.js'
import type { Call } from '../../service/call.js'
import type { Store } from '../../store/store.js'
import type { Bucket } from '../buckets/bucket.js'
import type { Sse } from '../objects/version.js'
import { BucketKeys } from './bucket-keys.js'
import { checkCustomerKey, keyMd5Of } from './customer-key.js'
import { asS3Tells } from './kms-refusals.js'
import type { ObjectKey, ObjectKeys, SealingKey, SseWanted } from './object-keys.js'
import { contextOf } from './requester.js'
import {
  CUSTOMER_PROVIDER,
  checkContext,
  damagedWrap,
  type IntermediateKey,
  intermediateKey,
  KMS_PROVIDER,
  objectContext,
  partsOf,
  S3_PROVIDER,
  unwrapWith,
  wrapBy,
  wrapContext,
  wrapUnder,
} from './wraps.js'

export interface ObjectKeysOptions {
  readonly store: Pick<Store, 'onFacts'>
  readonly root: Root
  readonly engines: Engines
  readonly clock: Clock
  readonly kms: Pick<KmsService, 'dataKeys' | 'managedKey'>
}

export function createObjectKeys(options: ObjectKeysOptions): ObjectKeys {
  return new DataKeys(options)
}

type KmsWanted = Extract<SseWanted, { readonly algorithm: 'aws:kms' }>
type KmsSse = Extract<Sse, { readonly keyArn: string }>
/** A data key, which stays its owner's, as it is kept. */
type Wrap = (dataKey: KeyHandle) => EncryptedDataKey

/** Which object is meant, and who asks. */
interface Asked {
  readonly call: Call
  readonly bucket: Bucket
  readonly context: EncryptionContext
}

class DataKeys implements ObjectKeys {
  readonly engine: Engine
  /** Where keys wrap. */
  readonly #small: Engine
  readonly #root: Root
  readonly #kms: ObjectKeysOptions['kms']
  readonly #bucketKeys: BucketKeys

  constructor({ store, root, engines, clock, kms }: ObjectKeysOptions) {
    this.engine = engines.bulk
    this.#small = engines.small
    this.#root = root
    this.#kms = kms
    const { dataKeys } = kms
    this.#bucketKeys = new BucketKeys({ store, clock, dataKeys, engine: engines.small })
  }

  async seal(call: Call, bucket: Bucket, key: string, wanted: SseWanted): Promise<SealingKey> {
    const asked = { call, bucket, context: contextFor(bucket, key, wanted) }
    if (wanted.algorithm === 'aws:kms' && !wanted.bucketKey) return await this.#ofKms(asked, wanted)
    return await this.#wrapping(asked, wanted, (wrap, sse) => {
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
    if (sse.algorithm !== 'customer') return await this.#openByKms(asked, sealed, sse)
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
    this.#bucketKeys.close()
  }

  /** Runs `work`, which keeps nothing of `wrap`, with what wraps as wanted. */
  async #wrapping<Answer>(
    asked: Asked,
    wanted: SseWanted,
    work: (wrap: Wrap, sse: Sse) => Answer,
  ): Promise<Answer> {
    const context = wrapContext(asked.bucket, asked.context)
    if (wanted.algorithm === 'aws:kms') {
      return await this.#intermediate(asked, wanted, (key) =>
        work((dataKey) => wrapUnder(key, dataKey, context), sseOf(wanted, key.keyArn)),
      )
    }
    if (wanted.algorithm === 'AES256') {
      const providerInfo = new Uint8Array(0)
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

  /** The data key that KMS gives, so that its blob is one that other readers open. */
  async #ofKms({ call, bucket, context }: Asked, wanted: KmsWanted): Promise<SealingKey> {
    return await asS3Tells(async () => {
      const keyId = await this.#keyId(call, bucket, wanted.keyId)
      const question = { keyId, encryptionContext: context }
      const via = contextOf(call, bucket)
      const made = await this.#kms.dataKeys.generate(via, question, this.engine)
      const { dataKey, keyArn, ciphertext } = made
      const providerInfo = Buffer.from(keyArn)
      const encryptedDataKeys = [{ providerId: AWS_KMS, providerInfo, ciphertext }]
      const sse = sseOf(wanted, keyArn)
      return { dataKey, encryptionContext: context, encryptedDataKeys, sse }
    })
  }

  /** Runs `work` with a bucket key, or with one for this object alone. */
  async #intermediate<Answer>(
    { call, bucket, context }: Asked,
    wanted: KmsWanted,
    work: (key: IntermediateKey) => Answer,
  ): Promise<Answer> {
    return await asS3Tells(async () => {
      const keyId = await this.#keyId(call, bucket, wanted.keyId)
      if (wanted.bucketKey) return await this.#bucketKeys.sealing(call, bucket, keyId, work)
      const question = { keyId, encryptionContext: context }
      const via = contextOf(call, bucket)
      const made = await this.#kms.dataKeys.generate(via, question, this.#small)
      return this.#once(made.dataKey, made.keyArn, made.ciphertext, work)
    })
  }

  async #openByKms(asked: Asked, sealed: ObjectKey, sse: KmsSse): Promise<KeyHandle> {
    const { call, bucket, context } = asked
    const wrap = wrapBy(sealed, AWS_KMS, KMS_PROVIDER)
    const keyArn = Buffer.from(wrap.providerInfo).toString()
    const isDirect = wrap.providerId === AWS_KMS
    const { blob, wrapped } = isDirect
      ? { blob: wrap.ciphertext, wrapped: undefined }
      : partsOf(wrap)
    // What it says of itself is known before KMS is asked: then a refusal is one of the key.
    const keyId = keyOfWrap(blob)
    if (keyArn !== sse.keyArn || keyId === undefined || !keyArn.endsWith(`/${keyId}`)) {
      throw damagedWrap()
    }
    const { dataKeys } = this.#kms
    return await asS3Tells(async () => {
      const via = contextOf(call, bucket)
      const question = { keyArn, ciphertext: blob, encryptionContext: context }
      if (wrapped === undefined) return await dataKeys.open(via, question, this.engine)
      const work = ({ wrapping }: IntermediateKey) => this.#opened(wrapping, wrapped, asked)
      if (sse.bucketKey) return await this.#bucketKeys.opening(call, bucket, keyArn, blob, work)
      const opened = await dataKeys.open(via, question, this.#small)
      return this.#once(opened, keyArn, blob, work)
    })
  }

  #once<Answer>(
    handle: KeyHandle,
    keyArn: string,
    blob: Uint8Array,
    work: (key: IntermediateKey) => Answer,
  ): Answer {
    const key = intermediateKey(this.#small, handle, keyArn, blob)
    try {
      return work(key)
    } finally {
      key.wrapping.release()
    }
  }

  #opened(key: Pick<WrappingKey, 'unwrapKey'>, wrapped: Uint8Array, asked: Asked): KeyHandle {
    const opened = unwrapWith(key, wrapped, wrapContext(asked.bucket, asked.context))
    try {
      return handOver(opened, this.#small, this.engine)
    } finally {
      opened.release()
    }
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

  /** The key that is meant where none is named is the requester's `aws/s3`, made when it is first needed. */
  async #keyId({ caller }: Call, { region }: Bucket, given: string | undefined): Promise<string> {
    const place = { account: caller.account, region }
    const alias = managedAlias('s3')
    const isManaged = given === undefined || given === alias || given === arnOf('kms', place, alias)
    if (!isManaged) return given
    const arn = await this.#kms.managedKey('s3', place)
    return given ?? arn
  }
}

function contextFor(bucket: Bucket, key: string, wanted: SseWanted | Sse): EncryptionContext {
  return objectContext(bucket, key, 'context' in wanted ? wanted.context : undefined)
}

function sseOf({ bucketKey, context }: KmsWanted, keyArn: string): Sse {
  const pairs = context === undefined ? {} : { context }
  return { algorithm: 'aws:kms', keyArn, bucketKey, ...pairs }
}
