/**
 * Data keys of objects, whoever wraps them: what sealing and opening ask. Who answers is in data-keys.ts.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../../engine/engine.js'
import type { Call } from '../../service/calls/call.js'
import type { Bucket } from '../buckets/bucket.js'
import type { Sse } from '../objects/version.js'
import type { SealedKey } from './wraps.js'

/** What a write asks for, and the bucket's defaults where it does not; checked (wanted.ts). */
export type SseWanted =
  | { readonly algorithm: 'AES256' }
  | {
      readonly algorithm: 'aws:kms'
      /** As it was given; undefined: the account's aws/s3. */
      readonly keyId?: string
      readonly bucketKey: boolean
      readonly context?: Readonly<Record<string, string>>
    }
  /** The caller wipes it. */
  | { readonly algorithm: 'customer'; readonly key: Uint8Array; readonly keyMd5: string }

/** What an object keeps of its data key: context and wraps stand in the header of the sealed message. */
export interface ObjectKey extends SealedKey {
  readonly sse: Sse
}

export interface SealingKey extends ObjectKey {
  /** Whoever asked releases it. */
  readonly dataKey: KeyHandle
}

export interface ObjectKeys {
  /** Where data keys live. */
  readonly engine: Engine
  /**
   * A fresh data key for the object `key` of `bucket`, in the name of the caller of `call`.
   * @param isBrief the call ends within moments: what KMS records of it may be committed with its own effect.
   * @throws SealtrailError `AccessDeniedException`, `KMS.NotFoundException`, … as S3 tells them.
   */
  seal(
    call: Call,
    bucket: Bucket,
    key: string,
    wanted: SseWanted,
    isBrief?: boolean,
  ): Promise<SealingKey>
  /**
   * As {@link seal}, for what is uploaded in parts: who begins it must be allowed to open it, too. Under a KMS key that
   * is GenerateDataKey and Decrypt, both recorded; each part then asks {@link open}.
   */
  sealUpload(call: Call, bucket: Bucket, key: string, wanted: SseWanted): Promise<SealingKey>
  /**
   * The data key again; `customerKey` is what the caller showed. Whoever asked releases it.
   * @throws SealtrailError as {@link seal}; `ObjectDamaged` when the wraps are not of this object.
   */
  open(
    call: Call,
    bucket: Bucket,
    key: string,
    sealed: ObjectKey,
    customerKey?: Uint8Array,
  ): Promise<KeyHandle>
  /**
   * The same data key under another wrap, for UpdateObjectEncryption: no byte of the object changes. `customerKey` opens.
   * @throws SealtrailError as {@link open} and {@link seal}
   */
  rewrap(
    call: Call,
    bucket: Bucket,
    key: string,
    sealed: ObjectKey,
    wanted: SseWanted,
    customerKey?: Uint8Array,
  ): Promise<ObjectKey>
  /** Wipes what is kept of keys. */
  close(): void
}
