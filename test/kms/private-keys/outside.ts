/** What others do with public keys and private ones: node:crypto, and @noble where that lacks something. */
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'

const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 }

export function publicKeyOf(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
}

export function privateKeyOf(der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
}

export function hashed(algorithm: string, message: Uint8Array): Uint8Array {
  return createHash(`sha${algorithm.slice(-3)}`)
    .update(message)
    .digest()
}

/** As FIPS 204 §6.2 has it, of a pure message without a context. */
export function muOf(keySpec: string, spki: Uint8Array, message: Uint8Array): Uint8Array {
  const tr = shake256(mlDsaKey(keySpec, spki))
  return shake256(Buffer.concat([tr, Buffer.of(0, 0), message]))
}

/** Whether `signature` is one on all of `message`, for whoever has the public key alone. */
export function isSigned(
  { KeySpec, PublicKey }: { readonly KeySpec: string; readonly PublicKey: Uint8Array },
  algorithm: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (algorithm === 'ML_DSA_SHAKE_256') {
    const signer = ML_DSA[KeySpec as keyof typeof ML_DSA]
    return signer.verify(signature, message, mlDsaKey(KeySpec, PublicKey))
  }
  if (algorithm === 'ED25519_PH_SHA_512') {
    const point = new Uint8Array(PublicKey.subarray(-32))
    return ed25519ph.verify(new Uint8Array(signature), new Uint8Array(message), point)
  }
  const key = publicKeyOf(PublicKey)
  return verify(hashOf(algorithm), message, { key, ...paddingOf(algorithm) }, signature)
}

/** As a private key outside signs, of the same algorithms. */
export function signedBy(key: KeyObject, algorithm: string, message: Uint8Array): Uint8Array {
  return sign(hashOf(algorithm), message, { key, ...paddingOf(algorithm) })
}

function hashOf(algorithm: string): string | null {
  return algorithm === 'ED25519_SHA_512' ? null : `sha${algorithm.slice(-3)}`
}

function paddingOf(algorithm: string) {
  if (!algorithm.startsWith('RSASSA_PSS')) return {}
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(algorithm.slice(-3)) / 8 }
}

/** Behind the SubjectPublicKeyInfo. */
function mlDsaKey(keySpec: string, spki: Uint8Array): Uint8Array {
  const { publicKey } = ML_DSA[keySpec as keyof typeof ML_DSA].lengths
  return new Uint8Array(spki.subarray(-publicKey!))
}

function shake256(bytes: Uint8Array): Uint8Array {
  return createHash('shake256', { outputLength: 64 }).update(bytes).digest()
}
