/**
 * Which operations a grant on a key may name: those that the key can be used for, and those that manage any key.
 *
 * Source: AWS KMS developer guide, "Grants in AWS KMS", grant operations.
 *
 * @module
 */
import type { ShapeValue } from '../model/kms.js'
import { invalid } from '../refusals.js'
import type { GrantOperation, GrantTerms } from './grant.js'

interface KeyKind {
  readonly arn: string
  readonly keySpec: ShapeValue<'KeySpec'>
  readonly keyUsage: ShapeValue<'KeyUsageType'>
}

const ANY_KEY: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey']

const SYMMETRIC: readonly GrantOperation[] = [
  ...(['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo'] as const),
  ...(['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const),
  ...(['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const),
]

/** Of keys that are not symmetric encryption keys. */
const BY_USAGE: Readonly<Record<ShapeValue<'KeyUsageType'>, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GetPublicKey'],
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
}

/** @throws SealtrailError `ValidationException` for operations and constraints that do not fit the key. */
export function checkTerms({ operations, constraints }: GrantTerms, key: KeyKind): void {
  const isSymmetric = key.keySpec === 'SYMMETRIC_DEFAULT'
  const uses = isSymmetric ? SYMMETRIC : BY_USAGE[key.keyUsage]
  for (const operation of operations) {
    if (uses.includes(operation) || ANY_KEY.includes(operation)) continue
    const says = `Operation ${operation} is not supported by key spec ${key.keySpec} with key usage ${key.keyUsage}.`
    throw invalid(says)
  }
  const { EncryptionContextEquals, EncryptionContextSubset } = constraints ?? {}
  const hasContext = EncryptionContextEquals !== undefined || EncryptionContextSubset !== undefined
  if (hasContext && !isSymmetric && operations.some((one) => uses.includes(one))) {
    throw invalid(
      'Encryption context constraints are not supported by operations without encryption context.',
    )
  }
}
