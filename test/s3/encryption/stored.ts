/** An object's key as rows keep it. */
import type { Rewrapped } from '../../../src/s3/objects/version.js'
import type { Put } from './house.js'

export function asStored(put: Put): Put {
  const { sse, encryptionContext: context, encryptedDataKeys } = put
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const dataKeys = encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
    ...{ providerId, providerInfo: base64(providerInfo), ciphertext: base64(ciphertext) },
  }))
  const wraps: Rewrapped = { context, dataKeys }
  const row = JSON.parse(JSON.stringify({ sse, wraps })) as Pick<Put, 'sse'> & { wraps: Rewrapped }
  return {
    ...put,
    sse: row.sse,
    encryptionContext: row.wraps.context,
    encryptedDataKeys: row.wraps.dataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
      providerId,
      providerInfo: Buffer.from(providerInfo, 'base64'),
      ciphertext: Buffer.from(ciphertext, 'base64'),
    })),
  }
}
