/** Every kind of key that is not symmetric, as AWS documents it: what our table says is compared with this. */
import type { Kms } from '../../../src/kms/kms.js'

type Input = Parameters<Kms['createKey']>[0]

export interface Kind {
  readonly KeySpec: NonNullable<Input['KeySpec']>
  readonly KeyUsage: NonNullable<Input['KeyUsage']>
  /** In the member that shows them. */
  readonly shown: Readonly<Record<string, readonly string[]>>
}

const RSA_SIGNING = [
  ...['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512'],
  ...['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'],
]

const signs = (KeySpec: Kind['KeySpec'], ...SigningAlgorithms: string[]): Kind => {
  return { KeySpec, KeyUsage: 'SIGN_VERIFY', shown: { SigningAlgorithms } }
}
const encrypts = (KeySpec: Kind['KeySpec']): Kind => {
  const EncryptionAlgorithms = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
  return { KeySpec, KeyUsage: 'ENCRYPT_DECRYPT', shown: { EncryptionAlgorithms } }
}
const agrees = (KeySpec: Kind['KeySpec']): Kind => {
  return { KeySpec, KeyUsage: 'KEY_AGREEMENT', shown: { KeyAgreementAlgorithms: ['ECDH'] } }
}
const authenticates = (KeySpec: Kind['KeySpec'], algorithm: string): Kind => {
  return { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC', shown: { MacAlgorithms: [algorithm] } }
}

export const SIGNING = [
  signs('RSA_2048', ...RSA_SIGNING),
  signs('RSA_3072', ...RSA_SIGNING),
  signs('RSA_4096', ...RSA_SIGNING),
  signs('ECC_NIST_P256', 'ECDSA_SHA_256'),
  signs('ECC_NIST_P384', 'ECDSA_SHA_384'),
  signs('ECC_NIST_P521', 'ECDSA_SHA_512'),
  signs('ECC_SECG_P256K1', 'ECDSA_SHA_256'),
  signs('ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'ED25519_SHA_512'),
  signs('ML_DSA_44', 'ML_DSA_SHAKE_256'),
  signs('ML_DSA_65', 'ML_DSA_SHAKE_256'),
  signs('ML_DSA_87', 'ML_DSA_SHAKE_256'),
]
export const ENCRYPTING = [encrypts('RSA_2048'), encrypts('RSA_3072'), encrypts('RSA_4096')]
export const AGREEING = [agrees('ECC_NIST_P256'), agrees('ECC_NIST_P384'), agrees('ECC_NIST_P521')]
export const AUTHENTICATING = [
  authenticates('HMAC_224', 'HMAC_SHA_224'),
  authenticates('HMAC_256', 'HMAC_SHA_256'),
  authenticates('HMAC_384', 'HMAC_SHA_384'),
  authenticates('HMAC_512', 'HMAC_SHA_512'),
]
export const KINDS: readonly Kind[] = [...SIGNING, ...ENCRYPTING, ...AGREEING, ...AUTHENTICATING]

export const kindName = ({ KeySpec, KeyUsage }: Kind) => `${KeySpec} for ${KeyUsage}`
