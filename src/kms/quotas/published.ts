/**
 * The request quotas of AWS KMS: how many requests a second an account may make in a region.
 *
 * Figures only; what a call counts towards is in costs.ts. That of each custom key store (1,800 a second, shared by all who
 * use its keys) is not here. Source: AWS KMS developer guide, "Request quotas", the table of default values, as published in 2026 (the edition
 * that has GetKeyLastUsage, ML-DSA and ECC_NIST_EDWARDS25519).
 *
 * @module
 */

export const SYMMETRIC_KEYS = 'Cryptographic operations (symmetric)'
export const RSA_KEYS = 'Cryptographic operations (RSA)'
export const ML_DSA_KEYS = 'Cryptographic operations (ML-DSA)'
export const ECC_KEYS = 'Cryptographic operations (ECC and SM2)'

/** Requests a second. A quota of one operation has its name. */
const RATES: Readonly<Record<string, number>> = {
  [SYMMETRIC_KEYS]: 10_000,
  [RSA_KEYS]: 1000,
  [ML_DSA_KEYS]: 1000,
  [ECC_KEYS]: 1000,
  CancelKeyDeletion: 5,
  ConnectCustomKeyStore: 5,
  CreateAlias: 5,
  CreateCustomKeyStore: 5,
  CreateGrant: 50,
  CreateKey: 5,
  DeleteAlias: 15,
  DeleteCustomKeyStore: 5,
  DeleteImportedKeyMaterial: 15,
  DescribeCustomKeyStores: 5,
  DescribeKey: 2000,
  DisableKey: 5,
  DisableKeyRotation: 5,
  DisconnectCustomKeyStore: 5,
  EnableKey: 5,
  EnableKeyRotation: 15,
  'GenerateDataKeyPair (ECC_NIST_P256)': 100,
  'GenerateDataKeyPair (ECC_NIST_P384)': 100,
  'GenerateDataKeyPair (ECC_NIST_P521)': 100,
  'GenerateDataKeyPair (ECC_SECG_P256K1)': 100,
  'GenerateDataKeyPair (ECC_NIST_EDWARDS25519)': 100,
  'GenerateDataKeyPair (RSA_2048)': 20,
  'GenerateDataKeyPair (RSA_3072)': 4,
  'GenerateDataKeyPair (RSA_4096)': 1,
  'GenerateDataKeyPair (SM2)': 25,
  GetKeyLastUsage: 5,
  GetKeyPolicy: 1000,
  GetKeyRotationStatus: 1000,
  GetParametersForImport: 1,
  GetPublicKey: 2000,
  ImportKeyMaterial: 15,
  ListAliases: 500,
  ListGrants: 100,
  ListKeyPolicies: 100,
  ListKeyRotations: 100,
  ListKeys: 500,
  ListResourceTags: 2000,
  ListRetirableGrants: 100,
  PutKeyPolicy: 15,
  ReplicateKey: 5,
  RetireGrant: 50,
  RevokeGrant: 50,
  RotateKeyOnDemand: 5,
  ScheduleKeyDeletion: 15,
  TagResource: 10,
  UntagResource: 5,
  UpdateAlias: 5,
  UpdateCustomKeyStore: 5,
  UpdateKeyDescription: 5,
  UpdatePrimaryRegion: 5,
}

const LARGE = { [SYMMETRIC_KEYS]: 20_000 }
const LARGEST = { [SYMMETRIC_KEYS]: 100_000 }
const CHINA = {
  'GenerateDataKeyPair (RSA_2048)': 1,
  'GenerateDataKeyPair (RSA_3072)': 0.5,
  'GenerateDataKeyPair (RSA_4096)': 0.1,
}

/** Where they are not those of all other regions. */
const REGIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'us-east-2': LARGE,
  'ap-southeast-1': LARGE,
  'ap-southeast-2': LARGE,
  'ap-northeast-1': LARGE,
  'eu-central-1': LARGE,
  'eu-west-2': LARGE,
  'us-east-1': LARGEST,
  'us-west-2': LARGEST,
  'eu-west-1': LARGEST,
  'cn-north-1': CHINA,
  'cn-northwest-1': CHINA,
}

/** Requests a second by name of quota, as AWS has them in `region`. */
export function publishedQuotas(region: string): ReadonlyMap<string, number> {
  const own = Object.hasOwn(REGIONS, region) ? REGIONS[region] : {}
  return new Map(Object.entries({ ...RATES, ...own }))
}
