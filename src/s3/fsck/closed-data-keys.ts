/**
 * Data keys of the objects of a closed data directory, as far as the root opens them.
 *
 * As encryption/data-keys.ts opens them, with nobody who asks: not those under customers' keys, and not those under KMS
 * keys that were deleted, wait for their material to be imported again, or are in an external key store. Source: docs/FORMAT.md §4.5.
 *
 * @module
 */
import type { Engines } from '../../engine/choose.js'
import type { KeyHandle } from '../../engine/engine.js'
import { handOver } from '../../engine/hand-over.js'
import { ClosedKeys, type ClosedKeysOptions } from '../../kms/closed-keys.js'
import { AWS_KMS } from '../../kms/keyring.js'
import type { Root } from '../../root/root.js'
import type { Bucket } from '../buckets/bucket.js'
import type { ObjectKey } from '../encryption/object-keys.js'
import {
  bucketKeyContext,
  checkContext,
  intermediateKey,
  KMS_PROVIDER,
  objectContext,
  openedIn,
  partsOf,
  S3_PROVIDER,
  wrapBy,
  wrapContext,
} from '../encryption/wraps.js'

/** Why a data key is not opened here. */
export type Unopened = 'customer' | 'deleted' | 'awaited' | 'external'

export class ClosedDataKeys {
  readonly #engines: Engines
  readonly #root: Root
  readonly #kms: ClosedKeys

  constructor(store: ClosedKeysOptions['store'], root: Root, engines: Engines) {
    this.#engines = engines
    this.#root = root
    this.#kms = new ClosedKeys({ store, root, engine: engines.small })
  }

  /**
   * In the engine for bulk; whoever asked releases it.
   * @throws SealtrailError `ObjectDamaged`, `InvalidCiphertextException`, `StoreDamaged`
   */
  async open(bucket: Bucket, key: string, sealed: ObjectKey): Promise<KeyHandle | Unopened> {
    const { sse, encryptionContext: context } = sealed
    checkContext(context, objectContext(bucket, key, 'context' in sse ? sse.context : undefined))
    if (sse.algorithm === 'customer') return 'customer'
    const inOurs = wrapContext(bucket, context)
    if (sse.algorithm === 'AES256') {
      const { ciphertext } = wrapBy(sealed, S3_PROVIDER)
      return openedIn(this.#engines, this.#root.objectKey, ciphertext, inOurs)
    }
    const { small, bulk } = this.#engines
    const wrap = wrapBy(sealed, AWS_KMS, KMS_PROVIDER)
    const isDirect = wrap.providerId === AWS_KMS
    const { blob, wrapped } = isDirect
      ? { blob: wrap.ciphertext, wrapped: undefined }
      : partsOf(wrap)
    const inKms = sse.bucketKey ? bucketKeyContext(bucket) : context
    const opened = await this.#kms.open(sse.keyArn, blob, inKms)
    if (typeof opened === 'string') return opened
    if (wrapped === undefined) {
      try {
        return handOver(opened, small, bulk)
      } finally {
        opened.release()
      }
    }
    const { wrapping } = intermediateKey(small, opened, sse.keyArn, blob)
    try {
      return openedIn(this.#engines, wrapping, wrapped, inOurs)
    } finally {
      wrapping.release()
    }
  }

  close(): void {
    this.#kms.close()
  }
}
