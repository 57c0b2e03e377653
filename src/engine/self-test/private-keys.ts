/**
 * Calls of private keys: those that need no time. What `generate` makes is for later, and goes through these.
 *
 * @module
 */
import {
  BLOB_HEADER_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  type KeyHandle,
  TAG_BYTES,
} from '../engine.js'
import type { PrivateKeyHandle, PrivateKeySpec, PrivateKeys } from '../private-keys.js'
import { equal, flipLast, run } from './bytes.js'
import { BLOB, DATA_KEY } from './known.js'
import { AGREED, EDWARDS, ELLIPTIC, MAC, OAEP } from './known-pairs.js'
import { withKey } from './with-key.js'

const HEADER = run(0xc0, BLOB_HEADER_BYTES)

export const PRIVATE_KEYS: Readonly<
  Record<Exclude<keyof PrivateKeys, 'generate'>, (engine: Engine) => boolean>
> = {
  importKey({ privateKeys }) {
    const wrong = [EDWARDS.key.subarray(1), ELLIPTIC.key, flipLast(EDWARDS.key).subarray(0, -1)]
    const isRefused = wrong.every((bytes) => !privateKeys.importKey('ECC_NIST_EDWARDS25519', bytes))
    const shown = use(privateKeys, 'ECC_NIST_EDWARDS25519', EDWARDS.key, privateKeys.publicKey)
    return isRefused && equal(shown, EDWARDS.publicKey)
  },
  exportKey({ privateKeys }) {
    const mac = use(privateKeys, 'HMAC_256', MAC.key, privateKeys.exportKey)
    const pair = use(privateKeys, 'ECC_NIST_EDWARDS25519', EDWARDS.key, privateKeys.exportKey)
    return equal(mac, MAC.key) && equal(pair, EDWARDS.key)
  },
  wrap: (engine) =>
    wrapped(engine, (wrappingKey, blob) => {
      const opened = Uint8Array.from(blob)
      const isOpen = engine.unwrap(wrappingKey, opened, BLOB.context)
      return isOpen && equal(opened.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES), MAC.key)
    }),
  unwrap: (engine) =>
    wrapped(engine, (wrappingKey, blob) => {
      const { privateKeys } = engine
      const open = (given: Uint8Array) =>
        privateKeys.unwrap(wrappingKey, 'HMAC_256', given, BLOB.context)
      const key = open(blob)
      const isSame = key !== undefined && equal(privateKeys.exportKey(key), MAC.key)
      key?.release()
      return isSame && open(flipLast(blob)) === undefined
    }),
  publicKey({ privateKeys }) {
    const shown = use(privateKeys, 'ECC_NIST_P256', AGREED.key, privateKeys.publicKey)
    return equal(shown, AGREED.publicKey)
  },
  sign: ({ privateKeys }) =>
    use(privateKeys, 'ECC_NIST_EDWARDS25519', EDWARDS.key, (key) => {
      const sign = (message: Uint8Array) => privateKeys.sign(key, 'ED25519_SHA_512', message, 'RAW')
      const isOther = !equal(sign(EDWARDS.key), EDWARDS.signature)
      return isOther && equal(sign(EDWARDS.message), EDWARDS.signature)
    }),
  verify: ({ privateKeys }) =>
    use(privateKeys, 'ECC_NIST_P256', ELLIPTIC.key, (key) => {
      const isGenuine = (signature: Uint8Array) =>
        privateKeys.verify(key, 'ECDSA_SHA_256', ELLIPTIC.message, 'RAW', signature)
      return isGenuine(ELLIPTIC.signature) && !isGenuine(flipLast(ELLIPTIC.signature))
    }),
  encrypt: ({ privateKeys }) =>
    use(privateKeys, 'RSA_2048', OAEP.key, (key) => {
      const ciphertexts = [1, 2].map(() =>
        privateKeys.encrypt(key, 'RSAES_OAEP_SHA_256', OAEP.plain),
      )
      const opened = privateKeys.decrypt(key, 'RSAES_OAEP_SHA_256', ciphertexts[0]!)
      const isOpened = opened !== undefined && equal(opened, OAEP.plain)
      return isOpened && !equal(ciphertexts[0]!, ciphertexts[1]!)
    }),
  decrypt: ({ privateKeys }) =>
    use(privateKeys, 'RSA_2048', OAEP.key, (key) => {
      const open = (given: Uint8Array) => privateKeys.decrypt(key, 'RSAES_OAEP_SHA_256', given)
      const opened = open(OAEP.ciphertext)
      const isOpened = opened !== undefined && equal(opened, OAEP.plain)
      return isOpened && open(flipLast(OAEP.ciphertext)) === undefined
    }),
  agree: ({ privateKeys }) =>
    use(privateKeys, 'ECC_NIST_P256', AGREED.key, (key) => {
      const agreed = privateKeys.agree(key, AGREED.peer)
      const isAgreed = agreed !== undefined && equal(agreed, AGREED.answer)
      return isAgreed && privateKeys.agree(key, flipLast(AGREED.peer)) === undefined
    }),
  mac: ({ privateKeys }) =>
    use(privateKeys, 'HMAC_256', MAC.key, (key) => {
      const mac = (message: Uint8Array) => privateKeys.mac(key, 'HMAC_SHA_256', message)
      return !equal(mac(MAC.key), MAC.answer) && equal(mac(MAC.message), MAC.answer)
    }),
}

function use<T>(
  privateKeys: PrivateKeys,
  spec: PrivateKeySpec,
  bytes: Uint8Array,
  then: (key: PrivateKeyHandle) => T,
): T {
  const key = privateKeys.importKey(spec, bytes)
  if (key === undefined) throw new Error('a known key is none')
  try {
    return then(key)
  } finally {
    key.release()
  }
}

/** The key of {@link MAC} under a wrapping key, twice; the blobs differ. */
function wrapped(engine: Engine, passes: (wrappingKey: KeyHandle, blob: Uint8Array) => boolean) {
  const { privateKeys } = engine
  return withKey(engine, DATA_KEY, (wrappingKey) => {
    const [one, other] = use(privateKeys, 'HMAC_256', MAC.key, (key) =>
      [1, 2].map(() => privateKeys.wrap(wrappingKey, key, HEADER, BLOB.context)),
    )
    const hasHeader = equal(one!.subarray(0, BLOB_HEADER_BYTES), HEADER)
    return hasHeader && !equal(one!, other!) && passes(wrappingKey, one!)
  })
}
