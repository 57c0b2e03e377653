/**
 * A KMS key as a keyring: data keys of sealed objects, given and recovered without JavaScript seeing them.
 *
 * What the AWS Encryption SDK does with two KMS calls is done here with the same two calls (handles.ts), recorded as
 * such, except that the data key stays a handle. Provider id `aws-kms`, provider info the key's ARN, so that
 * the SDK's own KMS keyring opens what we seal, and the other way round. Source: docs/FORMAT.md §2 and §3.
 *
 * @module
 */
import { KEY_BYTES } from '../engine/engine.js'
import { isSealtrailError, SealtrailError } from '../errors.js'
import { unlike } from '../given.js'
import { givenContext } from '../message/encryption-context.js'
import { type EncryptedDataKey, givenEngine, givenWraps, type Keyring } from '../message/keyring.js'
import type { CallContext } from '../service/calls/call-context.js'
import { blobBytes, readBlobHeader } from './blob/ciphertext-blob.js'
import type { DataKeyHandles } from './handles.js'

export const AWS_KMS = 'aws-kms'

/**
 * @param keyId the key that wraps, in any of the four forms; without one the keyring opens only. Any key
 * that the caller may use unwraps.
 * @param context of the next call.
 */
export function kmsKeyring(
  handles: DataKeyHandles,
  context: () => CallContext,
  keyId: string | undefined,
): Keyring {
  if (keyId !== undefined && typeof keyId !== 'string') throw unlike('a keyId', 'a string', keyId)
  return {
    async generateDataKey(engine, given) {
      const encryptionContext = givenContext(given)
      givenEngine(engine)
      if (keyId === undefined) {
        throw new SealtrailError('InputInvalid', 'a keyring without a keyId gives no data keys')
      }
      const question = { keyId, encryptionContext }
      const { dataKey, keyArn, ciphertext } = await handles.generate(context(), question, engine)
      const providerInfo = Buffer.from(keyArn)
      return {
        dataKey,
        encryptedDataKeys: [{ providerId: AWS_KMS, providerInfo, ciphertext }],
      }
    },
    async decryptDataKey(engine, wraps, given) {
      const encryptedDataKeys = givenWraps(wraps)
      const encryptionContext = givenContext(given)
      givenEngine(engine)
      let cause: unknown
      let unusable: SealtrailError | undefined
      for (const { providerInfo, ciphertext } of encryptedDataKeys.filter(isOurs)) {
        const keyArn = Buffer.from(providerInfo).toString()
        try {
          return await handles.open(context(), { keyArn, ciphertext, encryptionContext }, engine)
        } catch (error) {
          if (!isRefusal(error)) throw error
          cause = error
          if (isUnusable(error)) unusable = error
        }
      }
      throw unusable ?? new SealtrailError('InvalidCiphertextException', '', {}, { cause })
    },
  }
}

/** Wraps of other providers and other key services are passed over without a call. */
function isOurs({ providerId, ciphertext }: EncryptedDataKey): boolean {
  return providerId === AWS_KMS && keyOfWrap(ciphertext) !== undefined
}

/** The id of the KMS key that the blob of a data key names; undefined when it is none of ours. */
export function keyOfWrap(ciphertext: Uint8Array): string | undefined {
  const header = readBlobHeader(ciphertext)
  // How long it is that a proxy has wrapped, shows when it is opened.
  const isOfKey = header?.isExternal === true || ciphertext.length === blobBytes(KEY_BYTES)
  return isOfKey ? header?.keyId : undefined
}

/** True when the caller may not open this wrap; another may do. */
function isRefusal(error: unknown): boolean {
  return isSealtrailError(error) && error.fault === 'client' && error.code !== 'Closed'
}

/** True when the caller may use the key, and its state forbids it for now: worth telling. */
function isUnusable(error: unknown): error is SealtrailError {
  return (
    isSealtrailError(error, 'DisabledException') ||
    isSealtrailError(error, 'KMSInvalidStateException')
  )
}
