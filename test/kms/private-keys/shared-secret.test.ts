/** Shared secrets: both sides come to the same one, and no point of another curve is taken. */
import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ARN, openTestKms, type TestKms } from '../../support/kms.js'
import { AGREEING } from './kinds.js'
import { publicKeyOf } from './outside.js'

const CURVES: Record<string, string> = {
  ...{ ECC_NIST_P256: 'prime256v1', ECC_NIST_P384: 'secp384r1', ECC_NIST_P521: 'secp521r1' },
}
const SECRET_BYTES: Record<string, number> = {
  ...{ ECC_NIST_P256: 32, ECC_NIST_P384: 48, ECC_NIST_P521: 66 },
}
const specs = AGREEING.map(({ KeySpec }) => [KeySpec] as const)
const ECDH = { KeyAgreementAlgorithm: 'ECDH' } as const

let house: TestKms
const ids = new Map<string, string>()
beforeAll(async () => {
  house = await openTestKms()
  for (const { KeySpec, KeyUsage } of AGREEING) {
    ids.set(KeySpec, (await house.kms.createKey({ KeySpec, KeyUsage })).KeyMetadata.KeyId)
  }
})
afterAll(() => house.remove())

function peerOf(namedCurve: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  return { privateKey, PublicKey: publicKey.export({ format: 'der', type: 'spki' }) }
}

describe('a shared secret', () => {
  it.each(specs)('of %s is the one that the peer has', async (KeySpec) => {
    const KeyId = ids.get(KeySpec)!
    const { privateKey, PublicKey } = peerOf(CURVES[KeySpec]!)
    const own = publicKeyOf((await house.kms.getPublicKey({ KeyId })).PublicKey)
    const { SharedSecret, ...rest } = await house.kms.deriveSharedSecret({
      KeyId,
      PublicKey,
      ...ECDH,
    })
    expect(rest).toEqual({ KeyId: `${ARN}:key/${KeyId}`, ...ECDH, KeyOrigin: 'AWS_KMS' })
    expect(SharedSecret).toHaveLength(SECRET_BYTES[KeySpec]!)
    expect(Buffer.from(SharedSecret)).toEqual(diffieHellman({ privateKey, publicKey: own }))
  })

  it.each(specs)('of %s is the same for two keys that are both here', async (KeySpec) => {
    const { kms } = house
    const one = ids.get(KeySpec)!
    const kind = { KeySpec, KeyUsage: 'KEY_AGREEMENT' } as const
    const two = (await kms.createKey(kind)).KeyMetadata.KeyId
    const publicKey = async (KeyId: string) => (await kms.getPublicKey({ KeyId })).PublicKey
    const [left, right] = [
      await kms.deriveSharedSecret({ KeyId: one, PublicKey: await publicKey(two), ...ECDH }),
      await kms.deriveSharedSecret({ KeyId: two, PublicKey: await publicKey(one), ...ECDH }),
    ]
    expect(left.SharedSecret).toEqual(right.SharedSecret)
  })

  const others: Array<[string, () => Uint8Array]> = [
    ['a point of another curve', () => peerOf('secp384r1').PublicKey],
    ['a point of secp256k1, as long', () => peerOf('secp256k1').PublicKey],
    [
      'a point that is not on the curve',
      () => {
        const { PublicKey } = peerOf('prime256v1')
        PublicKey[PublicKey.length - 1]! ^= 1
        return PublicKey
      },
    ],
    [
      'a key of another kind',
      () => generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }),
    ],
    [
      'an RSA key',
      () =>
        generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
          ...{ format: 'der', type: 'spki' },
        }),
    ],
    [
      'a point without what tells its curve',
      () => {
        const ecdh = createECDH('prime256v1')
        return ecdh.generateKeys()
      },
    ],
    [
      'more than the structure',
      () => Buffer.concat([peerOf('prime256v1').PublicKey, Buffer.of(0)]),
    ],
    ['less than the structure', () => peerOf('prime256v1').PublicKey.subarray(0, -1)],
    [
      'its text in PEM',
      () =>
        Buffer.from(
          createPublicKey({
            key: peerOf('prime256v1').PublicKey,
            format: 'der',
            type: 'spki',
          }).export({
            ...{ format: 'pem', type: 'spki' },
          }),
        ),
    ],
    ['a single byte', () => Buffer.of(0x30)],
  ]
  it.each(others)('is not made with %s', async (_, made) => {
    const input = { KeyId: ids.get('ECC_NIST_P256')!, PublicKey: made(), ...ECDH }
    await expect(house.kms.deriveSharedSecret(input)).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'PublicKey is not a DER-encoded public key of key spec ECC_NIST_P256.',
    })
  })

  it('is not given on a dry run, nor to an enclave that cannot be verified', async () => {
    const { PublicKey } = peerOf('prime256v1')
    const input = { KeyId: ids.get('ECC_NIST_P256')!, PublicKey, ...ECDH }
    await expect(house.kms.deriveSharedSecret({ ...input, DryRun: true })).rejects.toMatchObject({
      code: 'DryRunOperationException',
    })
    await expect(house.kms.deriveSharedSecret({ ...input, Recipient: {} })).rejects.toMatchObject({
      code: 'UnsupportedOperationException',
    })
  })

  it('is in no record, and neither is the public key', async () => {
    const { PublicKey } = peerOf('prime256v1')
    const KeyId = ids.get('ECC_NIST_P256')!
    await house.kms.deriveSharedSecret({ KeyId, PublicKey, ...ECDH })
    const [record] = (await house.records({ eventName: 'DeriveSharedSecret' })).slice(-1)
    expect(record).toMatchObject({ responseElements: null, readOnly: true })
    expect(record!.requestParameters).toEqual({ keyId: KeyId, keyAgreementAlgorithm: 'ECDH' })
  })
})
