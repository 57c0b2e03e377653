/**
 * Data keys of objects, whoever wraps them: what sealing and opening ask.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../../engine/engine.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { EncryptedDataKey } from '../../message/keyring.js'
import type { Call } from '../../service/call.js'
import type { Bucket } from '../buckets/bucket.js'
import type { Sse } from '../objects/version.js'

/** What a write asks for, and the bucket's defaults where it does not; checked (wanted.ts). */
export type SseWanted =
  | { readonly algorithm: 'AES256' }
  | {
      readonly algorithm: 'aws:kms' | 'aws:kms:dsse'
      /** As it was given; undefined: the account's aws/s3. */
      readonly keyId?: string
      readonly bucketKey: boolean
      readonly context?: Readonly<Record<string, string>>
    }
  /** The caller wipes it. */
  | { readonly algorithm: 'customer'; readonly key: Uint8Array; readonly keyMd5: string }

export interface SealingKey {
  /** Whoever asked releases it. */
  readonly dataKey: KeyHandle
  /** For the header of the sealed message. */
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly sse: Sse
}

export interface ObjectKeys {
  /** Where data keys live. */
  readonly engine: Engine
  /**
   * A fresh data key for the object `key` of `bucket`, in the name of the caller of `call`.
   * @throws SealtrailError `AccessDeniedException`, `KMS.NotFoundException`, … as S3 tells them.
   */
  seal(call: Call, bucket: Bucket, key: string, wanted: SseWanted): Promise<SealingKey>
  /**
   * The data key again; `customerKey` is what the caller showed. Whoever asked releases it.
   * @throws SealtrailError as {@link seal}; `ObjectDamaged` when the wraps are not of this object.
   */
  open(
    call: Call,
    bucket: Bucket,
    key: string,
    sealed: {
      readonly sse: Sse
      readonly encryptionContext: EncryptionContext
      readonly encryptedDataKeys: readonly EncryptedDataKey[]
    },
    customerKey?: Uint8Array,
  ): Promise<KeyHandle>
}
