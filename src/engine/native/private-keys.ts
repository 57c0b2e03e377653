/**
 * Private keys of the native engine: numbers for what lies in the addon's vault.
 *
 * Bytes of a key are here only when they are exported. Shapes are checked by the addon, in native/src/private, which knows
 * specs and algorithms by their places in the lists here and in ../private-keys.ts.
 *
 * @module
 */
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { invariant } from '../../invariant.js'
import { BLOB_HEADER_BYTES, BLOB_OVERHEAD_BYTES, type KeyHandle } from '../engine.js'
import { keyHandles, ofSpec } from '../key-handles.js'
import { takePrivateKey } from '../pkcs8.js'
import {
  type MacAlgorithm,
  type MessageForm,
  PRIVATE_KEY_SPECS,
  type PrivateKeyHandle,
  type PrivateKeySpec,
  type PrivateKeys,
  type RsaAlgorithm,
  type SigningAlgorithm,
} from '../private-keys.js'
import type { Addon, KeyNumber, PrivateKeyNumber } from './addon.js'
import { check } from './answers.js'
import { orderKey } from './orders.js'

const SIGNING: readonly SigningAlgorithm[] = [
  ...(['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'] as const),
  ...(['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384'] as const),
  ...(['RSASSA_PKCS1_V1_5_SHA_512', 'ECDSA_SHA_256', 'ECDSA_SHA_384', 'ECDSA_SHA_512'] as const),
  ...(['ED25519_SHA_512', 'ED25519_PH_SHA_512', 'ML_DSA_SHAKE_256'] as const),
]
const FORMS: readonly MessageForm[] = ['RAW', 'DIGEST', 'EXTERNAL_MU']
const OAEP: readonly RsaAlgorithm[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const MACS: readonly MacAlgorithm[] = [
  ...(['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'] as const),
]
/** No PKCS #8 form is longer: that of RSA_4096 has 2,376 bytes. */
const PRIVATE_KEY_BYTES_MAX = 2560
/** That of ML_DSA_87, and what is around it. */
const PUBLIC_KEY_BYTES_MAX = 2592 + 22
/** RSA: the modulus; ECDSA: two integers of DER; FIPS 204 §4. */
const SIGNATURE_BYTES_MAX: Readonly<Partial<Record<PrivateKeySpec, number>>> = {
  ...{ RSA_2048: 256, RSA_3072: 384, RSA_4096: 512 },
  ...{ ECC_NIST_P256: 72, ECC_NIST_P384: 104, ECC_NIST_P521: 139, ECC_SECG_P256K1: 72 },
  ECC_NIST_EDWARDS25519: 64,
  ...{ ML_DSA_44: 2420, ML_DSA_65: 3309, ML_DSA_87: 4627 },
}
/** A coordinate of P-521. */
const SHARED_BYTES_MAX = 66

interface Held {
  readonly number: PrivateKeyNumber
  readonly spec: PrivateKeySpec
}

/** @param numberOf a key of the engine's. */
export function nativeKeys(addon: Addon, numberOf: (key: KeyHandle) => KeyNumber): PrivateKeys {
  const release = ({ number }: Held) => void addon.privateRelease(number)
  const { hold, secretOf } = keyHandles<Held>('native', release)
  const handle = (spec: PrivateKeySpec, number: PrivateKeyNumber) =>
    ofSpec(hold({ number, spec }), spec)
  const handleIfAny = (spec: PrivateKeySpec, number: PrivateKeyNumber) =>
    check(number) === 0 ? undefined : handle(spec, number)
  const number = (key: PrivateKeyHandle) => secretOf(key).number

  function publicKey(key: PrivateKeyHandle): Uint8Array {
    const target = new Uint8Array(PUBLIC_KEY_BYTES_MAX)
    return target.subarray(0, check(addon.privatePublic(number(key), target)))
  }

  return {
    async generate(spec) {
      const place = placeOf(PRIVATE_KEY_SPECS, spec)
      const isSlow = spec.startsWith('RSA_')
      return handle(
        spec,
        isSlow ? await orderKey(addon, place) : check(addon.privateGenerate(place)),
      )
    },
    importKey(spec, bytes) {
      const take = (plain: Uint8Array) =>
        handleIfAny(spec, addon.privateImport(placeOf(PRIVATE_KEY_SPECS, spec), plain))
      return takePrivateKey(spec, bytes, take, publicKey)
    },
    exportKey(key) {
      const target = secretBytes(PRIVATE_KEY_BYTES_MAX)
      return cut(target, check(addon.privateExport(number(key), target)))
    },
    wrap(wrappingKey, key, header, context) {
      invariant(header.length === BLOB_HEADER_BYTES, 'a blob has a header')
      const blob = new Uint8Array(BLOB_OVERHEAD_BYTES + PRIVATE_KEY_BYTES_MAX)
      blob.set(header)
      const bytes = addon.privateWrap(numberOf(wrappingKey), number(key), blob, context)
      return blob.slice(0, check(bytes))
    },
    unwrap(wrappingKey, spec, blob, context) {
      const place = placeOf(PRIVATE_KEY_SPECS, spec)
      return handleIfAny(spec, addon.privateUnwrap(numberOf(wrappingKey), place, blob, context))
    },
    publicKey,
    sign(key, algorithm, message, form) {
      const target = new Uint8Array(SIGNATURE_BYTES_MAX[key.spec] ?? 0)
      const [how, what] = [placeOf(SIGNING, algorithm), placeOf(FORMS, form)]
      const bytes = check(addon.privateSign(number(key), how, what, message, target))
      return target.subarray(0, bytes)
    },
    verify(key, algorithm, message, form, signature) {
      const [how, what] = [placeOf(SIGNING, algorithm), placeOf(FORMS, form)]
      return check(addon.privateVerify(number(key), how, what, message, signature)) === 1
    },
    encrypt(key, algorithm, plain) {
      const target = new Uint8Array(modulusBytes(key))
      check(addon.privateEncrypt(number(key), placeOf(OAEP, algorithm), plain, target))
      return target
    },
    decrypt(key, algorithm, ciphertext) {
      const target = secretBytes(modulusBytes(key))
      const how = placeOf(OAEP, algorithm)
      const answer = check(addon.privateDecrypt(number(key), how, ciphertext, target))
      return answer === 0 ? undefined : cut(target, answer - 1)
    },
    agree(key, publicKey) {
      const target = secretBytes(SHARED_BYTES_MAX)
      const bytes = check(addon.privateAgree(number(key), publicKey, target))
      return bytes === 0 ? undefined : cut(target, bytes)
    },
    mac(key, algorithm, message) {
      const target = new Uint8Array(Number(algorithm.slice('HMAC_SHA_'.length)) / 8)
      check(addon.privateMac(number(key), placeOf(MACS, algorithm), message, target))
      return target
    },
  }
}

function placeOf<Name>(list: readonly Name[], name: Name): number {
  const place = list.indexOf(name)
  invariant(place >= 0, 'the native engine knows what the interface names')
  return place
}

/** Of a pair for RSA; of others nothing is encrypted. */
function modulusBytes({ spec }: PrivateKeyHandle): number {
  const bytes = Number(/^RSA_(\d+)$/.exec(spec)?.[1]) / 8
  invariant(bytes > 0, 'a private key is used for what its kind does')
  return bytes
}

/** The first bytes in room of their own; `secret` is wiped. */
function cut(secret: Uint8Array, bytes: number): Uint8Array {
  const copy = secretCopy(secret.subarray(0, bytes))
  secret.fill(0)
  return copy
}
