/**
 * Private keys over node:crypto, for engines that keep none themselves.
 *
 * @module
 */
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomFillSync,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { invariant } from '../../invariant.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  TAG_BYTES,
} from '../engine.js'
import { keyHandles } from '../key-handles.js'
import type { PrivateKeyHandle, PrivateKeySpec, PrivateKeys } from '../private-keys.js'

const generateAsync = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ privateKey: KeyObject }>

const CURVES: Partial<Record<PrivateKeySpec, string>> = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
}
const MAC_BYTES: Partial<Record<PrivateKeySpec, number>> = {
  HMAC_224: 28,
  HMAC_256: 32,
  HMAC_384: 48,
  HMAC_512: 64,
}

interface Held {
  readonly spec: PrivateKeySpec
  readonly key: KeyObject
}

export function opensslKeys(engine: Pick<Engine, 'name' | 'wrap' | 'unwrap'>): PrivateKeys {
  const { hold, secretOf } = keyHandles<Held>(engine.name, () => {})
  const handle = (spec: PrivateKeySpec, key: KeyObject): PrivateKeyHandle => {
    return Object.defineProperty(hold({ spec, key }), 'spec', {
      value: spec,
    }) as PrivateKeyHandle
  }
  const keys: PrivateKeys = {
    async generate(spec) {
      const bytes = MAC_BYTES[spec]
      if (bytes !== undefined) {
        return handle(spec, createSecretKey(randomFillSync(secretBytes(bytes))))
      }
      const { privateKey } = await (CURVES[spec] !== undefined
        ? generateAsync('ec', { namedCurve: CURVES[spec] })
        : spec.startsWith('RSA_')
          ? generateAsync('rsa', { modulusLength: Number(spec.slice(4)) })
          : generateAsync('ed25519', {}))
      return handle(spec, privateKey)
    },
    importKey(spec, bytes) {
      if (MAC_BYTES[spec] !== undefined) return handle(spec, createSecretKey(bytes))
      try {
        const key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
        return handle(spec, key)
      } catch {
        return undefined
      }
    },
    exportKey(key) {
      const held = secretOf(key).key
      const bytes =
        held.type === 'secret' ? held.export() : held.export({ format: 'der', type: 'pkcs8' })
      const copy = secretCopy(bytes)
      bytes.fill(0)
      return copy
    },
    wrap(wrappingKey, key, header, context) {
      const bytes = keys.exportKey(key)
      const blob = secretBytes(BLOB_OVERHEAD_BYTES + bytes.length)
      invariant(header.length === BLOB_HEADER_BYTES, 'a blob has a header')
      blob.set(header)
      blob.set(bytes, BLOB_TEXT_OFFSET)
      bytes.fill(0)
      engine.wrap(wrappingKey, blob, context)
      return blob
    },
    unwrap(wrappingKey, spec, blob, context) {
      const opened = secretCopy(blob)
      try {
        if (!engine.unwrap(wrappingKey, opened, context)) return undefined
        return keys.importKey(spec, opened.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES))
      } finally {
        opened.fill(0)
      }
    },
    publicKey: (key) =>
      createPublicKey(secretOf(key).key as never).export({ format: 'der', type: 'spki' }),
    sign: (key, algorithm, message) =>
      sign(hashOf(algorithm), message, { key: secretOf(key).key, ...paddingOf(algorithm) }),
    verify: (key, algorithm, message, _form, signature) => {
      const publicKey = createPublicKey(secretOf(key).key as never)
      return verify(
        hashOf(algorithm),
        message,
        { key: publicKey, ...paddingOf(algorithm) },
        signature,
      )
    },
    encrypt(key, algorithm, plain) {
      const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256'
      return publicEncrypt(
        {
          key: createPublicKey(secretOf(key).key as never),
          oaepHash,
          padding: constants.RSA_PKCS1_OAEP_PADDING,
        },
        plain,
      )
    },
    decrypt(key, algorithm, ciphertext) {
      const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256'
      const { RSA_PKCS1_OAEP_PADDING: padding } = constants
      try {
        return privateDecrypt({ key: secretOf(key).key, oaepHash, padding }, ciphertext)
      } catch {
        return undefined
      }
    },
    agree(key, publicKey) {
      try {
        const peer = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
        return diffieHellman({ privateKey: secretOf(key).key, publicKey: peer })
      } catch {
        return undefined
      }
    },
    mac: (key, algorithm, message) =>
      createHmac(algorithm.replace('HMAC_SHA_', 'sha'), secretOf(key).key).update(message).digest(),
  }
  return keys
}

function hashOf(algorithm: string): string | null {
  return algorithm === 'ED25519_SHA_512' ? null : `sha${algorithm.slice(-3)}`
}

function paddingOf(algorithm: string) {
  if (!algorithm.startsWith('RSASSA_PSS')) return {}
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
  return { padding, saltLength }
}
