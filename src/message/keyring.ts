/**
 * Who gives data keys and recovers them: the seam between a sealed object and whoever wraps its key.
 *
 * A keyring wraps a fresh data key for sealing and finds, among the wrapped keys of a header, one that it
 * can open. raw-aes-keyring.ts does so with a key of the caller's, kms/ with a KMS key. Plaintext data
 * keys are handles; their bytes are the engine's business.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import type { EncryptionContext } from './encryption-context.js'

/** A data key, wrapped. What its fields mean is known to the keyring that wrote them. */
export interface EncryptedDataKey {
  /** Such as `aws-kms`; at most 65,535 bytes of UTF-8, like the others. */
  readonly providerId: string
  /** Such as a key ARN. */
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

/** A fresh data key, plain and wrapped; 1 to 8 wraps of the same key. */
export interface DataKey {
  /** Whoever asked for it releases it. */
  readonly dataKey: KeyHandle
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

export interface Keyring {
  /** The data key will live in `engine`. The context is bound to its wraps. */
  generateDataKey(engine: Engine, context: EncryptionContext): Promise<DataKey>
  /**
   * The data key in `engine`, released by whoever asked.
   * @throws SealtrailError `InvalidCiphertextException` without a message when none of the wraps opens.
   */
  decryptDataKey(
    engine: Engine,
    encryptedDataKeys: readonly EncryptedDataKey[],
    context: EncryptionContext,
  ): Promise<KeyHandle>
}

/** The one error of every failed decrypt; it does not say what did not fit. */
export function invalidCiphertext(): SealtrailError {
  return new SealtrailError('InvalidCiphertextException', '')
}
