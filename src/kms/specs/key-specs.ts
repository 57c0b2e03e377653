/**
 * What each key spec can be used for, and by which algorithms, as a table.
 *
 * A row is a spec, a column a usage, a cell the algorithms in the order in which AWS names them. A spec without a row is
 * one that we do not make: SM2, which AWS has in China alone. Source:
 * AWS KMS developer guide, "Key spec reference".
 *
 * @module
 */
import type { ShapeValue } from '../model/kms.js'

export type KeySpec = ShapeValue<'KeySpec'>
export type KeyUsage = ShapeValue<'KeyUsageType'>
export type EncryptionAlgorithm = ShapeValue<'EncryptionAlgorithmSpec'>
export type SigningAlgorithm = ShapeValue<'SigningAlgorithmSpec'>
export type MacAlgorithm = ShapeValue<'MacAlgorithmSpec'>
export type KeyAgreementAlgorithm = ShapeValue<'KeyAgreementAlgorithmSpec'>
export type Algorithm =
  | EncryptionAlgorithm
  | SigningAlgorithm
  | MacAlgorithm
  | KeyAgreementAlgorithm

export const SYMMETRIC = 'SYMMETRIC_DEFAULT'

interface SpecRow {
  readonly ENCRYPT_DECRYPT?: readonly EncryptionAlgorithm[]
  readonly SIGN_VERIFY?: readonly SigningAlgorithm[]
  readonly KEY_AGREEMENT?: readonly KeyAgreementAlgorithm[]
  readonly GENERATE_VERIFY_MAC?: readonly MacAlgorithm[]
}

const RSA: SpecRow = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    ...(['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384'] as const),
    ...(['RSASSA_PKCS1_V1_5_SHA_512', 'RSASSA_PSS_SHA_256'] as const),
    ...(['RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'] as const),
  ],
}
const ML_DSA: SpecRow = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }

export const KEY_SPECS: Readonly<Partial<Record<KeySpec, SpecRow>>> = {
  SYMMETRIC_DEFAULT: { ENCRYPT_DECRYPT: [SYMMETRIC] },
  RSA_2048: RSA,
  RSA_3072: RSA,
  RSA_4096: RSA,
  ECC_NIST_P256: { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT: ['ECDH'] },
  ECC_NIST_P384: { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT: ['ECDH'] },
  ECC_NIST_P521: { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT: ['ECDH'] },
  ECC_SECG_P256K1: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
  ECC_NIST_EDWARDS25519: { SIGN_VERIFY: ['ED25519_PH_SHA_512', 'ED25519_SHA_512'] },
  HMAC_224: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] },
  HMAC_256: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] },
  HMAC_384: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] },
  HMAC_512: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] },
  ML_DSA_44: ML_DSA,
  ML_DSA_65: ML_DSA,
  ML_DSA_87: ML_DSA,
}

/** A key's spec and what it is for. */
export interface SpecAndUsage {
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
}

/** None for a usage that the spec does not have. */
export function algorithmsOf({ keySpec, keyUsage }: SpecAndUsage): readonly Algorithm[] {
  return KEY_SPECS[keySpec]?.[keyUsage] ?? []
}

/** The algorithms of a key, in the member of AWS's answers that has those of its usage. */
export type ShownAlgorithms = {
  readonly EncryptionAlgorithms?: SpecRow['ENCRYPT_DECRYPT']
  readonly SigningAlgorithms?: SpecRow['SIGN_VERIFY']
  readonly KeyAgreementAlgorithms?: SpecRow['KEY_AGREEMENT']
  readonly MacAlgorithms?: SpecRow['GENERATE_VERIFY_MAC']
}

const MEMBERS: Readonly<Record<KeyUsage, keyof ShownAlgorithms>> = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
}

export function shownAlgorithms(key: SpecAndUsage): ShownAlgorithms {
  return { [MEMBERS[key.keyUsage]]: algorithmsOf(key) }
}

/** True of a spec whose keys have a public half. */
export function isAsymmetric(keySpec: KeySpec): boolean {
  return keySpec !== SYMMETRIC && !('GENERATE_VERIFY_MAC' in (KEY_SPECS[keySpec] ?? {}))
}
