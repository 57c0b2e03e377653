/**
 * Who gives data keys and recovers them: the seam between a sealed object and whoever wraps its key.
 *
 * A keyring wraps a fresh data key for sealing and finds, among the wrapped keys of a header, one that it
 * can open. raw-aes-keyring.ts does so with a key of the caller's, kms/ with a KMS key. Plaintext data
 * keys are handles; their bytes are the engine's business. A keyring may be of the caller's making: it is asked
 * through {@link askDataKey} and {@link askOpening}, which do not believe it.
 *
 * @module
 */
import { types } from 'node:util'
import { givenBytes } from '../bytes/given-bytes.js'
import { ENGINE_NAMES, type Engine, type KeyHandle } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { isArray, isObject, reading, unlike } from '../given.js'
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

/** @throws SealtrailError `InputInvalid` for what has not a keyring's two methods */
export function givenKeyring(given: Keyring): Keyring {
  const isKeyring = reading('a keyring', () => {
    if (!isObject(given)) return false
    const { generateDataKey, decryptDataKey } = given
    return typeof generateDataKey === 'function' && typeof decryptDataKey === 'function'
  })
  if (isKeyring) return given
  throw unlike('a keyring', 'an object with generateDataKey and decryptDataKey', given)
}

/** For keyrings of ours, which anybody may ask. @throws SealtrailError `InputInvalid` for what is no engine */
export function givenEngine(given: Engine): Engine {
  const isEngine = reading('an engine', () => {
    if (!isObject(given)) return false
    const { name, importKey } = given
    return ENGINE_NAMES.some((known) => known === name) && typeof importKey === 'function'
  })
  if (isEngine) return given
  throw unlike('an engine', 'one of sealtrail', given)
}

/**
 * A fresh data key of `keyring`. The data key is the asker's to release.
 * @throws SealtrailError `InputInvalid` for an answer that is none; whatever the keyring throws.
 */
export async function askDataKey(
  keyring: Keyring,
  engine: Engine,
  context: EncryptionContext,
): Promise<DataKey> {
  const answer: unknown = await keyring.generateDataKey(engine, context)
  const { dataKey, encryptedDataKeys } = reading('what a keyring gives', () => {
    const { dataKey, encryptedDataKeys } = (isObject(answer) ? answer : {}) as Partial<DataKey>
    return { dataKey, encryptedDataKeys }
  })
  checkHandle(engine, dataKey)
  try {
    return { dataKey, encryptedDataKeys: givenWraps(encryptedDataKeys) }
  } catch (error) {
    dataKey.release()
    throw error
  }
}

/** As {@link askDataKey}, for the data key of one of these wraps. */
export async function askOpening(
  keyring: Keyring,
  engine: Engine,
  encryptedDataKeys: readonly EncryptedDataKey[],
  context: EncryptionContext,
): Promise<KeyHandle> {
  const answer: unknown = await keyring.decryptDataKey(engine, encryptedDataKeys, context)
  checkHandle(engine, answer)
  return answer
}

/**
 * Wrapped data keys as a caller gives them. How many there may be is asked where a header is written.
 * @throws SealtrailError `InputInvalid`
 */
export function givenWraps(given: unknown): EncryptedDataKey[] {
  if (!isArray(given)) throw unlike('the encrypted data keys', 'an array', given)
  const wraps: EncryptedDataKey[] = []
  for (let i = 0; i < given.length; i++) wraps.push(givenWrap(given[i]))
  return wraps
}

function givenWrap(given: unknown): EncryptedDataKey {
  if (!isObject(given)) throw unlike('an encrypted data key', 'an object', given)
  const { providerId, providerInfo, ciphertext } = reading('an encrypted data key', () => {
    const { providerId, providerInfo, ciphertext } = given
    return { providerId, providerInfo, ciphertext }
  })
  if (typeof providerId !== 'string' || !providerId.isWellFormed()) {
    throw unlike('the providerId of an encrypted data key', 'a string', providerId)
  }
  return {
    providerId,
    providerInfo: givenBytes(providerInfo, 'the providerInfo of an encrypted data key'),
    ciphertext: givenBytes(ciphertext, 'the ciphertext of an encrypted data key'),
  }
}

/** The handles of an engine are of one class, which one of them shows. */
const handleClasses = new WeakMap<Engine, object>()

function checkHandle(engine: Engine, given: unknown): asserts given is KeyHandle {
  let prototype = handleClasses.get(engine)
  if (prototype === undefined) {
    const sample = engine.generateKey()
    sample.release()
    prototype = Object.getPrototypeOf(sample) as object
    handleClasses.set(engine, prototype)
  }
  if (isObject(given) && !types.isProxy(given) && Object.getPrototypeOf(given) === prototype) return
  throw unlike('the data key of a keyring', `a key of the ${engine.name} engine`, given)
}

/** The one error of every failed decrypt; it does not say what did not fit. */
export function invalidCiphertext(): SealtrailError {
  return new SealtrailError('InvalidCiphertextException', '')
}
