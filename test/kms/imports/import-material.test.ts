/** Import of key material: what is taken, what is refused, what becomes of the key, and what records tell. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FOR_EVER, importMaterial, prepared, WRAPPINGS, wrapped } from '../../support/importing.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'

const HOUR_MS = 60 * 60 * 1000
const text = Buffer.from('text')

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const newKey = async (more: object = {}) =>
  (await house.kms.createKey({ Origin: 'EXTERNAL', ...more })).KeyMetadata.KeyId
const metadata = async (KeyId: string) => (await house.kms.describeKey({ KeyId })).KeyMetadata
const open = async (CiphertextBlob: Uint8Array) =>
  Buffer.from((await house.kms.decrypt({ CiphertextBlob })).Plaintext).toString()

describe('a key whose material is to be imported', () => {
  it('waits for it, and cannot be used before', async () => {
    const { KeyMetadata } = await house.kms.createKey({ Origin: 'EXTERNAL' })
    expect(KeyMetadata).toMatchObject({
      ...{ Origin: 'EXTERNAL', KeyState: 'PendingImport', Enabled: false },
    })
    for (const member of ['ExpirationModel', 'ValidTo', 'CurrentKeyMaterialId']) {
      expect(KeyMetadata).not.toHaveProperty(member)
    }
    const { KeyId, Arn } = KeyMetadata
    await expect(house.kms.encrypt({ KeyId, Plaintext: text })).rejects.toMatchObject({
      ...{ code: 'KMSInvalidStateException', message: `${Arn} is pending import.` },
    })
    expect((await house.kms.listKeyRotations({ KeyId })).Rotations).toEqual([])
  })

  it.each(WRAPPINGS)('takes material that was wrapped by %s', async (algorithm) => {
    const KeyId = await newKey()
    const { Arn } = await metadata(KeyId)
    const { KeyMaterialId, ...answer } = await importMaterial(
      ...[house.kms, KeyId, randomBytes(32), {}, { algorithm }],
    )
    expect(answer).toEqual({ KeyId: Arn })
    expect(KeyMaterialId).toMatch(/^[0-9a-f]{64}$/)
    expect(await metadata(KeyId)).toMatchObject({
      ...{ KeyState: 'Enabled', Enabled: true, CurrentKeyMaterialId: KeyMaterialId },
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    })
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext: text })
    expect(await open(CiphertextBlob)).toBe('text')
  })

  it.each(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const)(
    'takes it under a wrapping key of %s',
    async (WrappingKeySpec) => {
      const KeyId = await newKey()
      const input = {
        KeyId,
        WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
        WrappingKeySpec,
      } as const
      const { PublicKey, ImportToken, ParametersValidTo } =
        await house.kms.getParametersForImport(input)
      expect(ParametersValidTo.getTime()).toBe(house.clock.time + 24 * HOUR_MS)
      const EncryptedKeyMaterial = wrapped(PublicKey, input.WrappingAlgorithm, randomBytes(32))
      const rsaBytes = Number(WrappingKeySpec.slice(4)) / 8
      expect(EncryptedKeyMaterial).toHaveLength(rsaBytes + 40)
      await house.kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...FOR_EVER })
      expect((await metadata(KeyId)).KeyState).toBe('Enabled')
    },
  )

  it('opens what was wrapped under the same material before a restart', async () => {
    const KeyId = await newKey()
    await importMaterial(house.kms, KeyId, randomBytes(32))
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext: text })
    house = await house.reopen()
    expect(await open(CiphertextBlob)).toBe('text')
  })
})

describe('the parameters for an import', () => {
  it('are refused in algorithms and specs that AWS refuses', async () => {
    const KeyId = await newKey()
    const ask = (WrappingAlgorithm: string, WrappingKeySpec: string) =>
      house.kms.getParametersForImport({ KeyId, WrappingAlgorithm, WrappingKeySpec } as never)
    const unsupported = { code: 'UnsupportedOperationException' }
    await expect(ask('RSAES_PKCS1_V1_5', 'RSA_2048')).rejects.toMatchObject(unsupported)
    await expect(ask('SM2PKE', 'RSA_2048')).rejects.toMatchObject(unsupported)
    await expect(ask('RSAES_OAEP_SHA_256', 'SM2')).rejects.toMatchObject(unsupported)
    await expect(ask('RSAES_OAEP_SHA_256', 'RSA_1024')).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })

  it('and all else of an import are refused for keys of other origin', async () => {
    const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
    const refused = {
      code: 'UnsupportedOperationException',
      message: `${Arn} origin is AWS_KMS which is not valid for this operation.`,
    }
    await expect(prepared(house.kms, KeyId, text)).rejects.toMatchObject(refused)
    const input = { KeyId, ImportToken: text, EncryptedKeyMaterial: text, ...FOR_EVER }
    await expect(house.kms.importKeyMaterial(input)).rejects.toMatchObject(refused)
    await expect(house.kms.deleteImportedKeyMaterial({ KeyId })).rejects.toMatchObject(refused)
  })
})

describe('an import token', () => {
  it('serves within 24 hours, and no longer', async () => {
    const KeyId = await newKey()
    const input = { ...(await prepared(house.kms, KeyId, randomBytes(32))), ...FOR_EVER }
    house.clock.time += 24 * HOUR_MS - 1
    await house.kms.importKeyMaterial(input)
    house.clock.time += 1
    await expect(house.kms.importKeyMaterial(input)).rejects.toMatchObject({
      code: 'ExpiredImportTokenException',
    })
  })

  it('serves its own key alone, and only as it was given', async () => {
    const [KeyId, other] = [await newKey(), await newKey()]
    const input = { ...(await prepared(house.kms, KeyId, randomBytes(32))), ...FOR_EVER }
    const refused = { code: 'InvalidImportTokenException' }
    const tokens = [0, 4, 5, 6, 8, 15, 16, 40, 100, 500, input.ImportToken.length - 1].map((at) => {
      const token = Buffer.from(input.ImportToken)
      token[at]! ^= 1
      return token
    })
    const cuts = [1, 15, 16, 17, 111, 112].map((length) => input.ImportToken.slice(0, length))
    for (const ImportToken of [...tokens, ...cuts, Buffer.concat([input.ImportToken, text])]) {
      const changed = { ...input, ImportToken }
      await expect(house.kms.importKeyMaterial(changed)).rejects.toMatchObject(refused)
    }
    const elsewhere = { ...input, KeyId: other }
    await expect(house.kms.importKeyMaterial(elsewhere)).rejects.toMatchObject(refused)
    await house.kms.importKeyMaterial(input)
  })

  it('serves after a restart', async () => {
    const KeyId = await newKey()
    const input = { ...(await prepared(house.kms, KeyId, randomBytes(32))), ...FOR_EVER }
    house = await house.reopen()
    await house.kms.importKeyMaterial(input)
    expect((await metadata(KeyId)).KeyState).toBe('Enabled')
  })
})

describe('what is sent', () => {
  it.each(WRAPPINGS)(
    'is refused in one way whatever is wrong with it, by %s',
    async (algorithm) => {
      const KeyId = await newKey()
      const input = await prepared(house.kms, KeyId, randomBytes(32), { algorithm })
      const { EncryptedKeyMaterial: sent } = input
      for (const at of [0, 100, 255, sent.length - 1]) {
        const EncryptedKeyMaterial = Buffer.from(sent)
        EncryptedKeyMaterial[at]! ^= 1
        const changed = { ...input, ...FOR_EVER, EncryptedKeyMaterial }
        await expect(house.kms.importKeyMaterial(changed)).rejects.toMatchObject({
          ...{ code: 'InvalidCiphertextException', message: '' },
        })
      }
      const EncryptedKeyMaterial = sent.subarray(0, 200)
      await expect(
        house.kms.importKeyMaterial({ ...input, ...FOR_EVER, EncryptedKeyMaterial }),
      ).rejects.toMatchObject({
        code: 'ValidationException',
        message: 'Invalid encrypted key size.',
      })
      expect((await metadata(KeyId)).KeyState).toBe('PendingImport')
    },
  )

  it('is refused under another algorithm or another public key than asked for', async () => {
    const KeyId = await newKey()
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    const input = await prepared(house.kms, KeyId, randomBytes(32))
    const refused = { code: 'InvalidCiphertextException' }
    const EncryptedKeyMaterial = wrapped(spki, 'RSAES_OAEP_SHA_256', randomBytes(32))
    await expect(
      house.kms.importKeyMaterial({ ...input, ...FOR_EVER, EncryptedKeyMaterial }),
    ).rejects.toMatchObject(refused)
    const asked = {
      KeyId,
      WrappingKeySpec: 'RSA_2048',
      WrappingAlgorithm: 'RSAES_OAEP_SHA_1',
    } as const
    const { PublicKey, ImportToken } = await house.kms.getParametersForImport(asked)
    const bySha256 = wrapped(PublicKey, 'RSAES_OAEP_SHA_256', randomBytes(32))
    await expect(
      house.kms.importKeyMaterial({
        ...{ KeyId, ImportToken, EncryptedKeyMaterial: bySha256, ...FOR_EVER },
      }),
    ).rejects.toMatchObject(refused)
  })

  it.each([0, 1, 16, 31, 33, 64])('is refused as material when it has %i bytes', async (bytes) => {
    const KeyId = await newKey()
    await expect(importMaterial(house.kms, KeyId, randomBytes(bytes))).rejects.toMatchObject({
      code: 'IncorrectKeyMaterialException',
    })
    expect((await metadata(KeyId)).KeyState).toBe('PendingImport')
  })
})

describe('the time until which material is valid', () => {
  const DAY_MS = 24 * HOUR_MS
  it.each([
    [{}, 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'],
    [
      { ...FOR_EVER, days: 1 },
      'The parameter ValidTo cannot be specified for a key with an expiration model of KEY_MATERIAL_DOES_NOT_EXPIRE',
    ],
    [{ days: 0 }, 'ValidTo must be in the future'],
    [{ days: -1 }, 'ValidTo must be in the future'],
    [{ days: 365.001 }, 'ValidTo must be at most 365 days from now'],
  ])('is refused as %o', async ({ days, ...more }: { days?: number }, message) => {
    const KeyId = await newKey()
    const ValidTo = days === undefined ? undefined : new Date(house.clock.time + days * DAY_MS)
    const input = { ...(await prepared(house.kms, KeyId, randomBytes(32))), ...more, ValidTo }
    await expect(house.kms.importKeyMaterial(input)).rejects.toMatchObject({
      ...{ code: 'ValidationException', message },
    })
  })

  it('is at most 365 days from now, and shown with the key', async () => {
    const KeyId = await newKey()
    const ValidTo = new Date(house.clock.time + 365 * DAY_MS)
    await importMaterial(house.kms, KeyId, randomBytes(32), { ValidTo })
    expect(await metadata(KeyId)).toMatchObject({
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo,
    })
    const { KeyId: forEver } = await metadata(await newKey())
    await importMaterial(house.kms, forEver, randomBytes(32))
    expect(await metadata(forEver)).not.toHaveProperty('ValidTo')
  })
})

describe('a record', () => {
  it('of an import shows what AWS shows, and neither token nor material', async () => {
    const KeyId = await newKey()
    const ValidTo = new Date(house.clock.time + HOUR_MS)
    const { KeyMaterialId } = await importMaterial(house.kms, KeyId, randomBytes(32), {
      ...{ ValidTo, KeyMaterialDescription: 'A:1', ImportType: 'NEW_KEY_MATERIAL' },
    })
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}`
    const asked = (await house.records({ eventName: 'GetParametersForImport' })).at(-1)!
    expect(asked).toMatchObject({ readOnly: true, responseElements: null })
    expect(asked.requestParameters).toEqual({
      ...{ keyId: KeyId, wrappingAlgorithm: 'RSAES_OAEP_SHA_256', wrappingKeySpec: 'RSA_2048' },
    })
    const record = (await house.records({ eventName: 'ImportKeyMaterial' })).at(-1)!
    expect(record).toMatchObject({ readOnly: false, resources: [{ ARN: arn }] })
    expect(record.requestParameters).toEqual({
      ...{ keyId: KeyId, expirationModel: 'KEY_MATERIAL_EXPIRES', importType: 'NEW_KEY_MATERIAL' },
      ...{
        keyMaterialDescription: 'A:1',
        validTo: expect.stringMatching(/^\w+ \d+, \d{4}, .*[AP]M$/),
      },
    })
    expect(record.responseElements).toEqual({ keyId: arn, keyMaterialId: KeyMaterialId })
    await house.kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
    const deleted = (await house.records({ eventName: 'DeleteImportedKeyMaterial' })).at(-1)!
    expect(deleted.requestParameters).toEqual({ keyId: KeyId, keyMaterialId: KeyMaterialId })
    expect(deleted.responseElements).toEqual({ keyId: arn, keyMaterialId: KeyMaterialId })
  })
})
