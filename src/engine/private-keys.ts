/**
 * Keys that sign, agree, authenticate, or open what was encrypted to them: what every engine does with them.
 *
 * They live behind handles as the keys of engine.ts do, and no call gives out their bytes but {@link PrivateKeys.exportKey},
 * for whoever asked for a data key pair. Names are AWS's, as there is no other list of just these. At rest a private key is
 * its PKCS #8 form, that of ML-DSA with the seed alone, and the key of a MAC its bytes. Source: docs/FORMAT.md §4.2; RFC 8017,
 * RFC 5915, RFC 8410, RFC 9881; FIPS 186-5, FIPS 204, FIPS 198-1.
 *
 * @module
 */
import type { EngineName, KeyHandle } from './engine.js'

export const PRIVATE_KEY_SPECS = [
  ...(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const),
  ...(['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1'] as const),
  'ECC_NIST_EDWARDS25519',
  ...(['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const),
  ...(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const),
] as const
export type PrivateKeySpec = (typeof PRIVATE_KEY_SPECS)[number]

export type SigningAlgorithm =
  | 'RSASSA_PSS_SHA_256'
  | 'RSASSA_PSS_SHA_384'
  | 'RSASSA_PSS_SHA_512'
  | 'RSASSA_PKCS1_V1_5_SHA_256'
  | 'RSASSA_PKCS1_V1_5_SHA_384'
  | 'RSASSA_PKCS1_V1_5_SHA_512'
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_512'
  | 'ED25519_SHA_512'
  | 'ED25519_PH_SHA_512'
  | 'ML_DSA_SHAKE_256'
export type RsaAlgorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'
export type MacAlgorithm = 'HMAC_SHA_224' | 'HMAC_SHA_256' | 'HMAC_SHA_384' | 'HMAC_SHA_512'
/** What is signed: all of a message, its digest, or (ML-DSA) the 64 bytes of μ. */
export type MessageForm = 'RAW' | 'DIGEST' | 'EXTERNAL_MU'

/** A key of a spec, in one engine. What is said of KeyHandle holds of it. */
export interface PrivateKeyHandle {
  readonly engine: EngineName
  readonly spec: PrivateKeySpec
  /** Wipes the key. Using the handle afterwards throws `KeyReleased`; releasing twice is fine. */
  release(): void
}

/** Specs and algorithms fit each other, as do forms, digests and their lengths: our own mistakes else. */
export interface PrivateKeys {
  /** A fresh one; not on this thread where it takes long. */
  generate(spec: PrivateKeySpec): Promise<PrivateKeyHandle>
  /** Undefined when `bytes` (which stay the caller's) are no such key: another kind, damaged, or with parts that do not fit. */
  importKey(spec: PrivateKeySpec, bytes: Uint8Array): PrivateKeyHandle | undefined
  /** As it is at rest: secret bytes, which the caller wipes. */
  exportKey(key: PrivateKeyHandle): Uint8Array
  /** A blob as `Engine.wrap` makes it, with `header` (24 bytes) at its front. */
  wrap(
    wrappingKey: KeyHandle,
    key: PrivateKeyHandle,
    header: Uint8Array,
    context: Uint8Array,
  ): Uint8Array
  /** Undefined when the blob does not open, or is no key of the spec. `blob` keeps its bytes. */
  unwrap(
    wrappingKey: KeyHandle,
    spec: PrivateKeySpec,
    blob: Uint8Array,
    context: Uint8Array,
  ): PrivateKeyHandle | undefined
  /** SubjectPublicKeyInfo, DER; not of a MAC's key. */
  publicKey(key: PrivateKeyHandle): Uint8Array
  /** ECDSA: DER. RSA: as long as the modulus; the salt of PSS is as long as the digest. */
  sign(
    key: PrivateKeyHandle,
    algorithm: SigningAlgorithm,
    message: Uint8Array,
    form: MessageForm,
  ): Uint8Array
  verify(
    key: PrivateKeyHandle,
    algorithm: SigningAlgorithm,
    message: Uint8Array,
    form: MessageForm,
    signature: Uint8Array,
  ): boolean
  /** As long as the modulus; no label. */
  encrypt(key: PrivateKeyHandle, algorithm: RsaAlgorithm, plain: Uint8Array): Uint8Array
  /** Secret bytes, the caller's to wipe; undefined when it does not open. */
  decrypt(
    key: PrivateKeyHandle,
    algorithm: RsaAlgorithm,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined
  /**
   * ECDH: the x coordinate, secret bytes. Undefined when `publicKey` (SubjectPublicKeyInfo) is no point of the same curve.
   */
  agree(key: PrivateKeyHandle, publicKey: Uint8Array): Uint8Array | undefined
  mac(key: PrivateKeyHandle, algorithm: MacAlgorithm, message: Uint8Array): Uint8Array
}
