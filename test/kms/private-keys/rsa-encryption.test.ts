/** Encrypt, Decrypt and ReEncrypt under RSA keys: raw ciphertexts, which anybody can make with the public key. */
import { constants, publicEncrypt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ARN, openTestKms, type TestKms } from '../../support/kms.js'
import { ENCRYPTING } from './kinds.js'
import { publicKeyOf } from './outside.js'

type Algorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'

const Plaintext = Buffer.from('a secret')
const ALGORITHMS: readonly Algorithm[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const MODULUS_BYTES: Record<string, number> = { RSA_2048: 256, RSA_3072: 384, RSA_4096: 512 }
const rows = ENCRYPTING.flatMap(({ KeySpec }) =>
  ALGORITHMS.map((algorithm) => [algorithm, KeySpec] as const),
)
/** AWS KMS API reference, "Encrypt": the most that is encrypted at once. */
const MOST: Record<string, number> = {
  ...{ 'RSAES_OAEP_SHA_1 RSA_2048': 214, 'RSAES_OAEP_SHA_256 RSA_2048': 190 },
  ...{ 'RSAES_OAEP_SHA_1 RSA_3072': 342, 'RSAES_OAEP_SHA_256 RSA_3072': 318 },
  ...{ 'RSAES_OAEP_SHA_1 RSA_4096': 470, 'RSAES_OAEP_SHA_256 RSA_4096': 446 },
}

let house: TestKms
let symmetric: string
const ids = new Map<string, string>()
beforeAll(async () => {
  house = await openTestKms()
  symmetric = (await house.kms.createKey({})).KeyMetadata.KeyId
  for (const { KeySpec, KeyUsage } of ENCRYPTING) {
    ids.set(KeySpec, (await house.kms.createKey({ KeySpec, KeyUsage })).KeyMetadata.KeyId)
  }
})
afterAll(() => house.remove())

async function encryptOutside(KeyId: string, algorithm: Algorithm, plain: Uint8Array) {
  const key = publicKeyOf((await house.kms.getPublicKey({ KeyId })).PublicKey)
  const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256'
  return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plain)
}

describe('a ciphertext of RSA', () => {
  it.each(rows)('by %s of %s is as long as the modulus, and opens', async (algorithm, KeySpec) => {
    const use = { KeyId: ids.get(KeySpec)!, EncryptionAlgorithm: algorithm }
    const { CiphertextBlob, ...rest } = await house.kms.encrypt({ ...use, Plaintext })
    const KeyArn = `${ARN}:key/${use.KeyId}`
    expect(rest).toEqual({ KeyId: KeyArn, EncryptionAlgorithm: algorithm })
    expect(CiphertextBlob).toHaveLength(MODULUS_BYTES[KeySpec]!)
    const opened = await house.kms.decrypt({ ...use, CiphertextBlob })
    expect(Buffer.from(opened.Plaintext)).toEqual(Plaintext)
    expect(opened).toEqual({ ...rest, Plaintext: opened.Plaintext })
  })

  it.each(rows)('by %s of %s opens when somebody else made it', async (algorithm, KeySpec) => {
    const use = { KeyId: ids.get(KeySpec)!, EncryptionAlgorithm: algorithm }
    const CiphertextBlob = await encryptOutside(use.KeyId, algorithm, Plaintext)
    const opened = await house.kms.decrypt({ ...use, CiphertextBlob })
    expect(Buffer.from(opened.Plaintext)).toEqual(Plaintext)
  })

  it.each(rows)('by %s of %s holds so much, and no byte more', async (algorithm, KeySpec) => {
    const use = { KeyId: ids.get(KeySpec)!, EncryptionAlgorithm: algorithm }
    const most = MOST[`${algorithm} ${KeySpec}`]!
    const full = Buffer.alloc(most, 7)
    const { CiphertextBlob } = await house.kms.encrypt({ ...use, Plaintext: full })
    const opened = await house.kms.decrypt({ ...use, CiphertextBlob })
    expect(Buffer.from(opened.Plaintext)).toEqual(full)
    const more = { ...use, Plaintext: new Uint8Array(most + 1) }
    const message = `Algorithm ${algorithm} and key spec ${KeySpec} cannot encrypt data larger than ${most} bytes.`
    await expect(house.kms.encrypt(more)).rejects.toMatchObject({
      ...{ code: 'ValidationException', message },
    })
  })

  it.each(rows)(
    'by %s of %s is refused in one way, whatever is wrong',
    async (algorithm, KeySpec) => {
      const use = { KeyId: ids.get(KeySpec)!, EncryptionAlgorithm: algorithm }
      const good = await encryptOutside(use.KeyId, algorithm, Plaintext)
      const other = ALGORITHMS.find((one) => one !== algorithm)!
      const flipped = Buffer.from(good)
      flipped[10]! ^= 1
      const tooLarge = Buffer.alloc(good.length, 0xff)
      const wrong: object[] = [
        { CiphertextBlob: flipped },
        { CiphertextBlob: tooLarge },
        { CiphertextBlob: good.subarray(1) },
        { CiphertextBlob: Buffer.concat([Buffer.of(0), good]) },
        { CiphertextBlob: Buffer.of(1) },
        { CiphertextBlob: new Uint8Array(6144) },
        { CiphertextBlob: good, EncryptionAlgorithm: other },
      ]
      for (const change of wrong) {
        const refused = { code: 'InvalidCiphertextException', message: '' }
        await expect(house.kms.decrypt({ ...use, ...change })).rejects.toMatchObject(refused)
      }
    },
  )

  it('that begins with a zero does not open without it', async () => {
    const use = { KeyId: ids.get('RSA_2048')!, EncryptionAlgorithm: ALGORITHMS[1]! }
    for (;;) {
      const CiphertextBlob = await encryptOutside(use.KeyId, ALGORITHMS[1]!, Plaintext)
      if (CiphertextBlob[0] !== 0) continue
      await house.kms.decrypt({ ...use, CiphertextBlob })
      const shorter = { ...use, CiphertextBlob: CiphertextBlob.subarray(1) }
      await expect(house.kms.decrypt(shorter)).rejects.toMatchObject({
        code: 'InvalidCiphertextException',
      })
      return
    }
  })

  it('names no key: the call must', async () => {
    const KeyId = ids.get('RSA_2048')!
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm })
    const missing = (member: string) => ({
      code: 'ValidationException',
      message: `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    })
    await expect(house.kms.decrypt({ CiphertextBlob, EncryptionAlgorithm })).rejects.toMatchObject(
      missing('keyId'),
    )
    await expect(
      house.kms.reEncrypt({
        ...{ CiphertextBlob, DestinationKeyId: symmetric },
        SourceEncryptionAlgorithm: EncryptionAlgorithm,
      }),
    ).rejects.toMatchObject(missing('sourceKeyId'))
    // Without the algorithm it is taken for one of a symmetric key, which it is not.
    await expect(house.kms.decrypt({ KeyId, CiphertextBlob })).rejects.toMatchObject({
      code: 'InvalidCiphertextException',
    })
  })

  it('has no context', async () => {
    const KeyId = ids.get('RSA_2048')!
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const
    const use = { KeyId, EncryptionAlgorithm, EncryptionContext: { a: 'b' } }
    const refused = {
      code: 'ValidationException',
      message:
        'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    }
    await expect(house.kms.encrypt({ ...use, Plaintext })).rejects.toMatchObject(refused)
    const CiphertextBlob = new Uint8Array(256)
    await expect(house.kms.decrypt({ ...use, CiphertextBlob })).rejects.toMatchObject(refused)
    await expect(
      house.kms.reEncrypt({
        ...{ CiphertextBlob, SourceKeyId: KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm },
        ...{ SourceEncryptionContext: { a: 'b' }, DestinationKeyId: symmetric },
      }),
    ).rejects.toMatchObject(refused)
    await house.kms.encrypt({ ...use, Plaintext, EncryptionContext: {} })
  })

  it('leaves a record with its algorithm, and of no key material', async () => {
    const use = { KeyId: ids.get('RSA_2048')!, EncryptionAlgorithm: ALGORITHMS[0]! }
    const { CiphertextBlob } = await house.kms.encrypt({ ...use, Plaintext })
    await house.kms.decrypt({ ...use, CiphertextBlob })
    for (const record of (await house.records()).slice(-2)) {
      expect(record.requestParameters).toEqual({
        ...{ keyId: use.KeyId, encryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
      })
      expect(record).not.toHaveProperty('additionalEventData')
      expect(record.resources).toMatchObject([{ ARN: `${ARN}:key/${use.KeyId}` }])
    }
  })

  it('is opened in a batch beside others', async () => {
    const use = { KeyId: ids.get('RSA_2048')!, EncryptionAlgorithm: ALGORITHMS[1]! }
    const { CiphertextBlob } = await house.kms.encrypt({ ...use, Plaintext })
    const wrapped = await house.kms.encrypt({ KeyId: symmetric, Plaintext })
    const results = await house.kms.decryptMany([
      { ...use, CiphertextBlob },
      { CiphertextBlob: wrapped.CiphertextBlob },
      { ...use, CiphertextBlob: CiphertextBlob.subarray(1) },
      { ...use, CiphertextBlob, DryRun: true },
      { ...use, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] },
    ])
    const ends = results.map((one) =>
      one.status === 'fulfilled' ? Buffer.from(one.value.Plaintext).toString() : one.reason.code,
    )
    expect(ends).toEqual([
      ...['a secret', 'a secret', 'InvalidCiphertextException'],
      ...['DryRunOperationException', 'DryRunOperationException'],
    ])
  })
})

describe('ReEncrypt', () => {
  const RSA = { algorithm: 'RSAES_OAEP_SHA_256', id: () => ids.get('RSA_3072')! } as const
  const OTHER = { algorithm: 'RSAES_OAEP_SHA_1', id: () => ids.get('RSA_2048')! } as const
  const OWN = { algorithm: 'SYMMETRIC_DEFAULT', id: () => symmetric } as const

  it.each([
    ['from RSA to a symmetric key', RSA, OWN],
    ['from a symmetric key to RSA', OWN, RSA],
    ['from RSA to RSA', RSA, OTHER],
  ] as const)('leads %s', async (_, from, to) => {
    const sealed = await house.kms.encrypt({
      ...{ KeyId: from.id(), Plaintext, EncryptionAlgorithm: from.algorithm },
    })
    const made = await house.kms.reEncrypt({
      ...{ CiphertextBlob: sealed.CiphertextBlob, SourceKeyId: from.id() },
      ...{ SourceEncryptionAlgorithm: from.algorithm, DestinationKeyId: to.id() },
      DestinationEncryptionAlgorithm: to.algorithm,
    })
    expect(made).toMatchObject({
      ...{ SourceKeyId: `${ARN}:key/${from.id()}`, KeyId: `${ARN}:key/${to.id()}` },
      SourceEncryptionAlgorithm: from.algorithm,
      DestinationEncryptionAlgorithm: to.algorithm,
    })
    expect('SourceKeyMaterialId' in made).toBe(from === OWN)
    expect('DestinationKeyMaterialId' in made).toBe(to === OWN)
    const opened = await house.kms.decrypt({
      ...{ KeyId: to.id(), CiphertextBlob: made.CiphertextBlob, EncryptionAlgorithm: to.algorithm },
    })
    expect(Buffer.from(opened.Plaintext)).toEqual(Plaintext)
    const [record] = (await house.records({ eventName: 'ReEncrypt' })).slice(-1)
    const shown = Object.keys(record!.additionalEventData ?? {})
    expect(shown.includes('sourceKeyMaterialId')).toBe(from === OWN)
    expect(shown.includes('destinationKeyMaterialId')).toBe(to === OWN)
  })

  it('does not take more than the target holds', async () => {
    const KeyId = symmetric
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext: new Uint8Array(319) })
    await expect(
      house.kms.reEncrypt({
        ...{ CiphertextBlob, DestinationKeyId: RSA.id() },
        DestinationEncryptionAlgorithm: RSA.algorithm,
      }),
    ).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_3072 cannot encrypt data larger than 318 bytes.',
    })
  })
})

describe('an RSA key', () => {
  it('does not encrypt by the algorithm of symmetric keys, which is the default', async () => {
    const KeyId = ids.get('RSA_2048')!
    const refused = {
      code: 'InvalidKeyUsageException',
      message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    }
    await expect(house.kms.encrypt({ KeyId, Plaintext })).rejects.toMatchObject(refused)
    await expect(house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })).rejects.toMatchObject(
      refused,
    )
    await expect(
      house.kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
    ).rejects.toMatchObject(refused)
    const EncryptionAlgorithm = 'SM2PKE'
    await expect(
      house.kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm }),
    ).rejects.toMatchObject({
      code: 'InvalidKeyUsageException',
      message: 'Algorithm SM2PKE is incompatible with key spec RSA_2048.',
    })
  })

  it('gives no data keys for sealed objects', async () => {
    const keyring = house.kms.keyring({ keyId: ids.get('RSA_2048')! })
    await expect(keyring.generateDataKey(house.engines.small, {})).rejects.toMatchObject({
      code: 'InvalidKeyUsageException',
    })
  })
})
