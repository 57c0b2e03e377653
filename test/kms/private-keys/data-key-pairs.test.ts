/** Data key pairs: a private key that Decrypt gives back, and a public one that belongs to it. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ARN, openTestKms, type TestKms } from '../../support/kms.js'
import { isSigned, privateKeyOf, signedBy } from './outside.js'

type Spec = Parameters<TestKms['kms']['generateDataKeyPair']>[0]['KeyPairSpec']

/** With an algorithm by which each signs. */
const SPECS: Array<[Spec, string]> = [
  ['RSA_2048', 'RSASSA_PSS_SHA_256'],
  ['RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_384'],
  ['RSA_4096', 'RSASSA_PSS_SHA_512'],
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
]
const EncryptionContext = { Project: 'Alpha' }
const message = Buffer.from('signed outside')

let house: TestKms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  key = (await house.kms.createKey({})).KeyMetadata.KeyId
})
afterAll(() => house.remove())

describe('a data key pair', () => {
  it.each(SPECS)(
    'of %s signs by %s, and Decrypt gives the same',
    async (KeyPairSpec, algorithm) => {
      const input = { KeyId: key, KeyPairSpec, EncryptionContext }
      const made = await house.kms.generateDataKeyPair(input)
      const { PrivateKeyPlaintext, PublicKey, PrivateKeyCiphertextBlob, ...rest } = made
      expect(rest).toEqual({
        ...{ KeyId: `${ARN}:key/${key}`, KeyPairSpec },
        KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      const signature = signedBy(privateKeyOf(PrivateKeyPlaintext), algorithm, message)
      expect(isSigned({ KeySpec: KeyPairSpec, PublicKey }, algorithm, message, signature)).toBe(
        true,
      )
      const opened = await house.kms.decrypt({
        ...{ CiphertextBlob: PrivateKeyCiphertextBlob, EncryptionContext },
      })
      expect(opened.Plaintext).toEqual(PrivateKeyPlaintext)
      await expect(
        house.kms.decrypt({ CiphertextBlob: PrivateKeyCiphertextBlob }),
      ).rejects.toMatchObject({ code: 'InvalidCiphertextException' })
    },
  )

  it.each(SPECS)('of %s is given without its private key', async (KeyPairSpec) => {
    const input = { KeyId: key, KeyPairSpec }
    const made = await house.kms.generateDataKeyPairWithoutPlaintext(input)
    expect(made).not.toHaveProperty('PrivateKeyPlaintext')
    const { Plaintext } = await house.kms.decrypt({ CiphertextBlob: made.PrivateKeyCiphertextBlob })
    const own = createPublicKey(
      createPrivateKey({ key: Buffer.from(Plaintext), format: 'der', type: 'pkcs8' }) as never,
    )
    expect(own.export({ format: 'der', type: 'spki' })).toEqual(Buffer.from(made.PublicKey))
  })

  it('is another each time', async () => {
    const input = { KeyId: key, KeyPairSpec: 'ECC_NIST_P256' } as const
    const [one, two] = [
      await house.kms.generateDataKeyPair(input),
      await house.kms.generateDataKeyPair(input),
    ]
    expect(one.PublicKey).not.toEqual(two.PublicKey)
  })

  it('of SM2 is not made, nor one for a recipient without a document', async () => {
    const unsupported = { code: 'UnsupportedOperationException' }
    for (const operation of [
      'generateDataKeyPair',
      'generateDataKeyPairWithoutPlaintext',
    ] as const) {
      await expect(house.kms[operation]({ KeyId: key, KeyPairSpec: 'SM2' })).rejects.toMatchObject({
        ...unsupported,
        message: 'KeyPairSpec SM2 is not supported.',
      })
    }
    const input = { KeyId: key, KeyPairSpec: 'RSA_2048', Recipient: {} } as const
    await expect(house.kms.generateDataKeyPair(input)).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining('attestationDocument'),
    })
    const KeyPairSpec = 'ML_DSA_44' as Spec
    await expect(house.kms.generateDataKeyPair({ KeyId: key, KeyPairSpec })).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })

  it('is neither given nor made on a dry run', async () => {
    const make = vi.spyOn(house.engines.small.privateKeys, 'generate')
    const input = { KeyId: key, KeyPairSpec: 'RSA_4096', DryRun: true } as const
    const dry = { code: 'DryRunOperationException' }
    await expect(house.kms.generateDataKeyPair(input)).rejects.toMatchObject(dry)
    await expect(house.kms.generateDataKeyPairWithoutPlaintext(input)).rejects.toMatchObject(dry)
    expect(make).not.toHaveBeenCalled()
    make.mockRestore()
  })

  it('is wrapped by no key that was disabled, or has got other material, while it was made', async () => {
    const { privateKeys } = house.engines.small
    const generate = privateKeys.generate.bind(privateKeys)
    const { KeyMetadata } = await house.kms.createKey({})
    const { KeyId } = KeyMetadata
    const input = { KeyId, KeyPairSpec: 'RSA_2048' } as const
    const works = { meanwhile: async (): Promise<unknown> => undefined }
    const make = vi.spyOn(privateKeys, 'generate').mockImplementation(async (spec) => {
      await works.meanwhile()
      return await generate(spec)
    })
    works.meanwhile = () => house.kms.rotateKeyOnDemand({ KeyId })
    const { KeyMaterialId } = await house.kms.generateDataKeyPairWithoutPlaintext(input)
    const current = (await house.kms.describeKey({ KeyId })).KeyMetadata.CurrentKeyMaterialId
    expect(KeyMaterialId).toBe(current)
    works.meanwhile = () => house.kms.disableKey({ KeyId })
    await expect(house.kms.generateDataKeyPair(input)).rejects.toMatchObject({
      code: 'DisabledException',
    })
    make.mockRestore()
    const records = [
      ...(await house.records({ eventName: 'GenerateDataKeyPairWithoutPlaintext' })).slice(-1),
      ...(await house.records({ eventName: 'GenerateDataKeyPair' })).slice(-1),
    ]
    for (const { resources } of records) {
      expect(resources?.map((one) => one.ARN)).toEqual([KeyMetadata.Arn])
    }
  })

  it('leaves a record with its spec and its context, and none of its bytes', async () => {
    const input = { KeyId: key, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext } as const
    const { KeyMaterialId } = await house.kms.generateDataKeyPair(input)
    const [record] = (await house.records({ eventName: 'GenerateDataKeyPair' })).slice(-1)
    expect(record).toMatchObject({
      requestParameters: {
        ...{ keyId: key, keyPairSpec: 'ECC_NIST_P256', encryptionContext: EncryptionContext },
      },
      ...{ responseElements: null, readOnly: true },
      additionalEventData: { keyMaterialId: KeyMaterialId },
    })
  })
})
