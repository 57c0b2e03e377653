/**
 * Data keys of objects under KMS keys: asked of KMS in the name of the caller, by way of S3, directly or through an
 * intermediate key.
 *
 * KMS leaves its own records, and decides. Bucket keys are in bucket-keys.ts, how wraps look is in wraps.ts.
 *
 * @module
 */
import { arnOf } from '../../aws/arn.js'
import type { Clock } from '../../clock.js'
import type { Engines } from '../../engine/choose.js'
import type { KeyHandle } from '../../engine/engine.js'
import { AWS_KMS, keyOfWrap } from '../../kms/keyring.js'
import type { KmsService } from '../../kms/kms.js'
import { managedAlias } from '../../kms/managed.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Call } from '../../service/calls/call.js'
import type { Store } from '../../store/store.js'
import type { Bucket } from '../buckets/bucket.js'
import type { Sse } from '../objects/version.js'
import { BucketKeys } from './bucket-keys.js'
import { asS3Tells } from './kms-refusals.js'
import type { ObjectKey, SealingKey, SseWanted } from './object-keys.js'
import { contextOf } from './requester.js'
import {
  damagedWrap,
  type IntermediateKey,
  intermediateKey,
  KMS_PROVIDER,
  openedIn,
  partsOf,
  wrapBy,
  wrapContext,
} from './wraps.js'

/** Which object is meant, and who asks. */
export interface Asked {
  readonly call: Call
  readonly bucket: Bucket
  /** The object's. */
  readonly context: EncryptionContext
}

export interface KmsDataKeysOptions {
  readonly store: Pick<Store, 'onFacts'>
  /** `small` wraps, `bulk` seals. */
  readonly engines: Engines
  readonly clock: Clock
  readonly kms: Pick<KmsService, 'dataKeys' | 'managedKey'>
}

export type KmsWanted = Extract<SseWanted, { readonly algorithm: 'aws:kms' }>
export type KmsSse = Extract<Sse, { readonly keyArn: string }>

export class KmsDataKeys {
  readonly #engines: Engines
  readonly #kms: KmsDataKeysOptions['kms']
  readonly #bucketKeys: BucketKeys

  constructor({ store, engines, clock, kms }: KmsDataKeysOptions) {
    this.#engines = engines
    this.#kms = kms
    const { dataKeys } = kms
    this.#bucketKeys = new BucketKeys({ store, clock, dataKeys, engine: engines.small })
  }

  close(): void {
    this.#bucketKeys.close()
  }

  /**
   * The data key that KMS gives, so that its blob is one that other readers open. With `isBrief`, the record of KMS is
   * committed with what becomes of the call.
   */
  seal({ call, bucket, context }: Asked, wanted: KmsWanted, isBrief: boolean): Promise<SealingKey> {
    return asS3Tells(async () => {
      const via = contextOf(call, bucket)
      const keyId = await this.#keyId(call, bucket, wanted.keyId)
      const question = { keyId, encryptionContext: context }
      const by = isBrief ? call : undefined
      const made = await this.#kms.dataKeys.generate(via, question, this.#engines.bulk, by)
      const { dataKey, keyArn, ciphertext } = made
      const providerInfo = Buffer.from(keyArn)
      const encryptedDataKeys = [{ providerId: AWS_KMS, providerInfo, ciphertext }]
      const sse = sseOf(wanted, keyArn)
      return { dataKey, encryptionContext: context, encryptedDataKeys, sse }
    })
  }

  /** Runs `work` with a bucket key, or with one for this object alone. */
  async intermediate<Answer>(
    { call, bucket, context }: Asked,
    wanted: KmsWanted,
    work: (key: IntermediateKey) => Answer,
  ): Promise<Answer> {
    return await asS3Tells(async () => {
      const via = contextOf(call, bucket)
      const keyId = await this.#keyId(call, bucket, wanted.keyId)
      if (wanted.bucketKey) return await this.#bucketKeys.sealing(call, bucket, keyId, work)
      const question = { keyId, encryptionContext: context }
      const made = await this.#kms.dataKeys.generate(via, question, this.#engines.small)
      return this.#once(made.dataKey, made.keyArn, made.ciphertext, work)
    })
  }

  /** The data key again, in the engine that seals. */
  async open({ call, bucket, context }: Asked, sealed: ObjectKey, sse: KmsSse): Promise<KeyHandle> {
    const wrap = wrapBy(sealed, AWS_KMS, KMS_PROVIDER)
    const keyArn = Buffer.from(wrap.providerInfo).toString()
    const isDirect = wrap.providerId === AWS_KMS
    const { blob, wrapped } = isDirect
      ? { blob: wrap.ciphertext, wrapped: undefined }
      : partsOf(wrap)
    // What it says of itself is known before KMS is asked: then a refusal is one of the key.
    const keyId = keyOfWrap(blob)
    const isKeys = keyId !== undefined && keyArn.endsWith(`/${keyId}`)
    if (keyArn !== sse.keyArn || !isKeys || (isDirect && sse.bucketKey)) throw damagedWrap()
    const { dataKeys } = this.#kms
    const inside = wrapContext(bucket, context)
    return await asS3Tells(async () => {
      const via = contextOf(call, bucket)
      const question = { keyArn, ciphertext: blob, encryptionContext: context }
      if (wrapped === undefined) return await dataKeys.open(via, question, this.#engines.bulk)
      const work = ({ wrapping }: IntermediateKey) =>
        openedIn(this.#engines, wrapping, wrapped, inside)
      if (sse.bucketKey) return await this.#bucketKeys.opening(call, bucket, keyArn, blob, work)
      const opened = await dataKeys.open(via, question, this.#engines.small)
      return this.#once(opened, keyArn, blob, work)
    })
  }

  #once<Answer>(
    handle: KeyHandle,
    keyArn: string,
    blob: Uint8Array,
    work: (key: IntermediateKey) => Answer,
  ): Answer {
    const key = intermediateKey(this.#engines.small, handle, keyArn, blob)
    try {
      return work(key)
    } finally {
      key.wrapping.release()
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

export function sseOf({ bucketKey, context }: KmsWanted, keyArn: string): Sse {
  const pairs = context === undefined ? {} : { context }
  return { algorithm: 'aws:kms', keyArn, bucketKey, ...pairs }
}
