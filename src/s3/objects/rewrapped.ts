/**
 * Wraps of a data key beside the sealed bytes, which have older ones: as a row keeps them, and as keys take them.
 *
 * Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { EncryptedDataKey } from '../../message/keyring.js'
import type { Rewrapped } from './version.js'

interface Wraps {
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

export function wrapsOf({ context, dataKeys }: Rewrapped): Wraps {
  return {
    encryptionContext: context,
    encryptedDataKeys: dataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
      providerId,
      providerInfo: Buffer.from(providerInfo, 'base64'),
      ciphertext: Buffer.from(ciphertext, 'base64'),
    })),
  }
}

export function rewrappedOf({ encryptionContext, encryptedDataKeys }: Wraps): Rewrapped {
  return {
    context: { ...encryptionContext },
    dataKeys: encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
      providerId,
      providerInfo: Buffer.from(providerInfo).toString('base64'),
      ciphertext: Buffer.from(ciphertext).toString('base64'),
    })),
  }
}
