/**
 * What a call counts towards: which quotas, and where.
 *
 *     Decrypt, Encrypt, Sign, …     all of one kind of key share one; GenerateRandom is of the symmetric ones
 *     ReEncrypt                     one request, of each kind of key that it uses
 *     GenerateDataKeyPair…          by the kind of pair
 *     ReplicateKey                  one, and in the replica's region two of CreateKey
 *     UpdatePrimaryRegion           one in each of the two regions
 *     all others                    one of its own
 *
 * Source: AWS KMS developer guide, "Request quotas".
 *
 * @module
 */
import { ECC_KEYS, ML_DSA_KEYS, RSA_KEYS, SYMMETRIC_KEYS } from './published.js'

export interface Cost {
  readonly quota: string
  readonly region: string
  readonly requests: number
}

/** What of a call's input decides. */
export interface Asked {
  readonly operation: string
  readonly region: string
  readonly input: Readonly<Record<string, unknown>>
}

/** The KeySpec of the key that a caller names so; undefined when there is none, or none is named. */
export type SpecOf = (keyId: string) => Promise<string | undefined>

const SHARED: ReadonlySet<string> = new Set([
  ...['Decrypt', 'DeriveSharedSecret', 'Encrypt', 'GenerateDataKey'],
  ...['GenerateDataKeyWithoutPlaintext', 'GenerateMac', 'GenerateRandom', 'ReEncrypt', 'Sign'],
  ...['Verify', 'VerifyMac'],
])
const PAIRS = /^GenerateDataKeyPair/

export async function costsOf(
  { operation, region, input }: Asked,
  specOf: SpecOf,
): Promise<Cost[]> {
  const one = (quota: string, where = region): Cost => ({ quota, region: where, requests: 1 })
  if (SHARED.has(operation)) {
    const isTwo = operation === 'ReEncrypt'
    const named = isTwo ? [input.SourceKeyId, input.DestinationKeyId] : [input.KeyId]
    const kinds = await Promise.all(named.map((keyId) => kindOf(keyId, specOf)))
    return [...new Set(kinds)].map((kind) => one(kind))
  }
  if (PAIRS.test(operation)) return [one(`GenerateDataKeyPair (${String(input.KeyPairSpec)})`)]
  switch (operation) {
    case 'ReplicateKey': {
      const copy = { quota: 'CreateKey', region: String(input.ReplicaRegion), requests: 2 }
      return [one(operation), copy]
    }
    case 'UpdatePrimaryRegion': {
      const regions = new Set([region, String(input.PrimaryRegion)])
      return [...regions].map((where) => one(operation, where))
    }
    default:
      return [one(operation)]
  }
}

/** A blob that names its own key is of a symmetric one, and so is what is of no key. */
async function kindOf(keyId: unknown, specOf: SpecOf): Promise<string> {
  const spec = (typeof keyId === 'string' ? await specOf(keyId) : undefined) ?? ''
  if (spec.startsWith('RSA_')) return RSA_KEYS
  if (spec.startsWith('ML_DSA_')) return ML_DSA_KEYS
  return /^(ECC_|SM2)/.test(spec) ? ECC_KEYS : SYMMETRIC_KEYS
}
