/**
 * A KMS key as a keyring: data keys of sealed objects, given and recovered without JavaScript seeing them.
 *
 * What the AWS Encryption SDK does with two KMS calls is done here with the same two calls, recorded as
 * such, except that the data key stays a handle. Provider id `aws-kms`, provider info the key's ARN, so that
 * the SDK's own KMS keyring opens what we seal, and the other way round. Source: docs/FORMAT.md §2 and §3.
 *
 * @module
 */
import { type Engine, KEY_BYTES, type KeyHandle } from '../engine/engine.js'
import { handOver } from '../engine/hand-over.js'
import { isSealtrailError, SealtrailError } from '../errors.js'
import { unlike } from '../given.js'
import { givenContext } from '../message/encryption-context.js'
import {
  type DataKey,
  type EncryptedDataKey,
  givenEngine,
  givenWraps,
  invalidCiphertext,
  type Keyring,
} from '../message/keyring.js'
import type { Call, CallContext } from '../service/call.js'
import { type Service, valuesOf } from '../service/service.js'
import { blobBytes, readBlobHeader } from './blob/ciphertext-blob.js'
import { contextBytes, wrapHandle } from './blob/wrapping.js'
import type { InputOf } from './model/kms.js'
import type { Parts } from './parts.js'
import { SYMMETRIC, useKey } from './use/use-key.js'

const PROVIDER_ID = 'aws-kms'

/**
 * @param keyId the key that wraps, in any of the four forms; without one the keyring opens only. Any key
 * that the caller may use unwraps.
 * @param context of the next call.
 */
export function kmsKeyring(
  parts: Parts,
  service: Service<Parts>,
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
      const input = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: encryptionContext }
      return await service.perform('GenerateDataKey', valuesOf(input), context(), (call, checked) =>
        generate(parts, call, checked as InputOf<'GenerateDataKey'>, engine),
      )
    },
    async decryptDataKey(engine, wraps, given) {
      const encryptedDataKeys = givenWraps(wraps)
      const encryptionContext = givenContext(given)
      givenEngine(engine)
      let cause: unknown
      let unusable: SealtrailError | undefined
      for (const { providerInfo, ciphertext } of encryptedDataKeys.filter(isOurs)) {
        // The record shows no key id, as with S3's reads: the blob names its key. The wrap's ARN only tells
        // where that key lies.
        const input = { CiphertextBlob: ciphertext, EncryptionContext: encryptionContext }
        const arn = Buffer.from(providerInfo).toString()
        try {
          return await service.perform('Decrypt', valuesOf(input), context(), (call, checked) =>
            unwrap(parts, call, checked as InputOf<'Decrypt'>, arn, engine),
          )
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

async function generate(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKey'>,
  engine: Engine,
): Promise<DataKey> {
  const { small } = parts.engines
  const context = contextBytes(input.EncryptionContext)
  const lease = await useKey(parts, call, {
    keyId: input.KeyId,
    context: input.EncryptionContext,
  })
  let made: KeyHandle | undefined
  let dataKey: KeyHandle
  let ciphertext: Uint8Array
  try {
    made = small.generateKey()
    ciphertext = wrapHandle(small, lease, made, context)
    dataKey = handOver(made, small, engine)
  } finally {
    made?.release()
    lease.release()
  }
  await recordOrRelease(call, dataKey)
  const providerInfo = Buffer.from(lease.key.arn)
  return { dataKey, encryptedDataKeys: [{ providerId: PROVIDER_ID, providerInfo, ciphertext }] }
}

async function unwrap(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
  keyId: string,
  engine: Engine,
): Promise<KeyHandle> {
  const { small } = parts.engines
  const blob = input.CiphertextBlob!
  const context = contextBytes(input.EncryptionContext)
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const lease = await useKey(parts, call, { keyId, blob, context: input.EncryptionContext })
  let opened: KeyHandle | undefined
  let dataKey: KeyHandle
  try {
    opened = small.unwrapKey(lease.handle, blob, context)
    if (opened === undefined) throw invalidCiphertext()
    dataKey = handOver(opened, small, engine)
  } finally {
    opened?.release()
    lease.release()
  }
  await recordOrRelease(call, dataKey)
  return dataKey
}

async function recordOrRelease(call: Call, dataKey: KeyHandle): Promise<void> {
  try {
    await call.succeed()
  } catch (error) {
    dataKey.release()
    throw error
  }
}

/** Wraps of other providers and other key services are passed over without a call. */
function isOurs({ providerId, ciphertext }: EncryptedDataKey): boolean {
  return (
    providerId === PROVIDER_ID &&
    ciphertext.length === blobBytes(KEY_BYTES) &&
    readBlobHeader(ciphertext) !== undefined
  )
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
