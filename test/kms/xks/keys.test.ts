/** Keys in an external key store: wrapped twice, used as any other, and unavailable while the store is not connected. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBlobHeader } from '../../../src/kms/blob/ciphertext-blob.js'
import { innerBlob, readExternalBlob } from '../../../src/kms/blob/external-blob.js'
import type { Kms } from '../../../src/kms/kms.js'
import { sealedObjects } from '../../../src/sealed-objects.js'
import type { Repeatable } from '../../../src/service/calls/repeatable.js'
import { valuesOf } from '../../../src/service/service.js'
import { ACCOUNT, caller } from '../../support/kms.js'
import { type Asked, failure, METADATA_OF_KEY, type TestProxy } from './proxy.js'
import { connect, disconnect, newKey, openStoreHouse, type StoreHouse } from './store-house.js'

const text = Buffer.from('text that goes nowhere unwrapped')
const EncryptionContext = { department: 'research' }

let stores: StoreHouse
let kms: Kms
let proxy: TestProxy
let storeId: string
beforeAll(async () => {
  stores = await openStoreHouse()
  ;({ kms, proxy, storeId } = stores)
})
afterAll(() => stores.remove())

const lastAsked = () => proxy.asked.at(-1)!
const bytesOf = (asked: Asked, name: string) => Buffer.from(asked.body[name] as string, 'base64')

describe('a key in an external key store', () => {
  it('is described with its store and its external key, and with no material', async () => {
    const made = await newKey(kms, storeId, 'described')
    expect(made).toMatchObject({
      ...{
        Origin: 'EXTERNAL_KEY_STORE',
        KeyState: 'Enabled',
        Enabled: true,
        KeyManager: 'CUSTOMER',
      },
      ...{ CustomKeyStoreId: storeId, XksKeyConfiguration: { Id: 'described' } },
      ...{ KeySpec: 'SYMMETRIC_DEFAULT', EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] },
    })
    expect(made).not.toHaveProperty('CurrentKeyMaterialId')
    const { KeyMetadata } = await kms.describeKey({ KeyId: made.KeyId })
    expect(KeyMetadata).toEqual(made)
    const [asked] = proxy.asked.filter(({ keyId }) => keyId === 'described')
    expect(asked).toMatchObject({
      operation: 'metadata',
      body: {
        requestMetadata: {
          awsPrincipalArn: `arn:aws:iam::${ACCOUNT}:root`,
          kmsOperation: 'CreateKey',
        },
      },
    })
    expect(asked!.body.requestMetadata).not.toHaveProperty('kmsKeyArn')
  })

  it('encrypts and decrypts, and its proxy never sees the text or the context', async () => {
    const { KeyId, Arn } = await newKey(kms, storeId)
    const encrypted = await kms.encrypt({ KeyId, Plaintext: text, EncryptionContext })
    expect(encrypted.KeyId).toBe(Arn)
    const wrapped = lastAsked()
    expect(wrapped.body.requestMetadata).toMatchObject({ kmsKeyArn: Arn, kmsOperation: 'Encrypt' })
    expect(bytesOf(wrapped, 'plaintext').includes(text)).toBe(false)
    expect(JSON.stringify(wrapped.body)).not.toContain('research')
    const { CiphertextBlob } = encrypted
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext })
    expect(Buffer.from(opened.Plaintext)).toEqual(text)
    expect(opened).toMatchObject({ KeyId: Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    expect(opened).not.toHaveProperty('KeyMaterialId')
    expect(lastAsked().operation).toBe('decrypt')
  })

  it('gives data keys with and without plaintext, one by one and many at once', async () => {
    const { KeyId } = await newKey(kms, storeId)
    const one = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext })
    const opened = await kms.decrypt({ ...one, EncryptionContext })
    expect(opened.Plaintext).toEqual(one.Plaintext)
    const { CiphertextBlob } = await kms.generateDataKeyWithoutPlaintext({
      KeyId,
      NumberOfBytes: 9,
    })
    expect((await kms.decrypt({ CiphertextBlob })).Plaintext).toHaveLength(9)
    const many = await kms.generateDataKeys({ KeyId, KeySpec: 'AES_128', NumberOfKeys: 3 })
    const answers = await kms.decryptMany(
      many.map((key) => ({ CiphertextBlob: key.CiphertextBlob })),
    )
    expect(answers.map((answer) => answer.status)).toEqual(Array(3).fill('fulfilled'))
    expect(
      answers.map((one) => (one as { value: { Plaintext: Uint8Array } }).value.Plaintext),
    ).toEqual(many.map((key) => key.Plaintext))
  })

  it('is one end of ReEncrypt as well as both', async () => {
    const [first, second] = [await newKey(kms, storeId), await newKey(kms, storeId)]
    const inside = (await kms.createKey({})).KeyMetadata
    const { CiphertextBlob } = await kms.encrypt({ KeyId: first.KeyId, Plaintext: text })
    let blob = CiphertextBlob
    for (const { KeyId } of [second, inside, first]) {
      const moved = await kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: KeyId })
      expect(readBlobHeader(moved.CiphertextBlob)?.keyId).toBe(KeyId)
      blob = moved.CiphertextBlob
    }
    expect(Buffer.from((await kms.decrypt({ CiphertextBlob: blob })).Plaintext)).toEqual(text)
  })

  it('seals objects, and opens them', async () => {
    const { KeyId, Arn } = await newKey(kms, storeId)
    const objects = sealedObjects({ ...stores.house, kms })
    const sealed = await objects.seal(text, { keyId: KeyId })
    expect(lastAsked().body.requestMetadata).toMatchObject({ kmsKeyArn: Arn })
    expect(Buffer.from(await objects.open(sealed))).toEqual(text)
    expect(lastAsked().operation).toBe('decrypt')
  })
})

describe('what the proxy was given', () => {
  it('opens nothing without the proxy', async () => {
    const { KeyId } = await newKey(kms, storeId)
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text })
    const inner = innerBlob(CiphertextBlob, bytesOf(lastAsked(), 'plaintext'))
    await expect(kms.decrypt({ CiphertextBlob: inner, KeyId })).rejects.toMatchObject({
      code: expect.stringMatching(/^(InvalidCiphertext|KMSInvalidState)Exception$/),
    })
    const asOurs = Buffer.from(inner)
    asOurs[1] = 1
    await expect(kms.decrypt({ CiphertextBlob: asOurs, KeyId })).rejects.toMatchObject({
      code: 'InvalidCiphertextException',
    })
  })

  it('opens under no other key, though the proxy says so', async () => {
    const { KeyId } = await newKey(kms, storeId)
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text })
    const wrong = Buffer.alloc(readExternalBlob(CiphertextBlob)!.ciphertext.length)
    proxy.tells = () => ({ status: 200, body: { plaintext: wrong.toString('base64') } })
    const failing = kms.decrypt({ CiphertextBlob })
    await expect(failing).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
      message: expect.stringMatching(/^The ciphertext that the external key store proxy submitted/),
    })
    proxy.tells = (_, right) => right()
  })
})

describe('a blob of an external key store', () => {
  it('is refused for every byte that is flipped in it', async () => {
    const { KeyId } = await newKey(kms, storeId)
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('x') })
    for (let at = 0; at < CiphertextBlob.length; at++) {
      const flipped = Uint8Array.from(CiphertextBlob)
      flipped[at]! ^= 1
      await expect(kms.decrypt({ CiphertextBlob: flipped }), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(InvalidCiphertext|KMSInvalidState|AccessDenied)Exception$/),
      })
    }
  })

  it('is refused in another context, by the proxy', async () => {
    const { KeyId } = await newKey(kms, storeId)
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text, EncryptionContext })
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
      message:
        'The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.',
    })
  })
})

describe('a record of a use', () => {
  it('names store and external key in place of the material, also when the proxy refuses', async () => {
    const { KeyId } = await newKey(kms, storeId, 'recorded')
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text })
    proxy.tells = () => failure(400, 'InvalidStateException')
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toThrow()
    proxy.tells = (_, right) => right()
    const records = await stores.house.records()
    const [made] = records.filter(({ eventName, requestParameters }) => {
      return eventName === 'CreateKey' && requestParameters?.xksKeyId === 'recorded'
    })
    expect(made!.requestParameters).toMatchObject({
      ...{ origin: 'EXTERNAL_KEY_STORE', customKeyStoreId: storeId, multiRegion: false },
    })
    expect(made!.responseElements).toMatchObject({
      keyMetadata: { customKeyStoreId: storeId, xksKeyConfiguration: { id: 'recorded' } },
    })
    const [encrypted, refused] = records.slice(-2)
    const beside = { customKeyStoreId: storeId, xksKeyId: 'recorded' }
    expect(encrypted).toMatchObject({ eventName: 'Encrypt', additionalEventData: beside })
    expect(refused).toMatchObject({
      ...{
        eventName: 'Decrypt',
        errorCode: 'KMSInvalidStateException',
        additionalEventData: beside,
      },
    })
  })
})

describe('an external key', () => {
  it('is that of one KMS key', async () => {
    await newKey(kms, storeId, 'taken')
    await expect(newKey(kms, storeId, 'taken')).rejects.toMatchObject({
      code: 'XksKeyAlreadyInUseException',
    })
  })

  it.each([
    [{ keySpec: 'AES_128' }, 'The key spec of the external key must be AES_256.'],
    [{ keyStatus: 'DISABLED' }, 'The status of the external key must be ENABLED.'],
    [
      { keyUsage: ['ENCRYPT'] },
      'The key usage of the external key must include ENCRYPT and DECRYPT.',
    ],
  ])('that is %o will not do', async (change, says) => {
    proxy.tells = () => ({ status: 200, body: { ...METADATA_OF_KEY, ...change } })
    await expect(newKey(kms, storeId)).rejects.toMatchObject({
      code: 'XksKeyInvalidConfigurationException',
      message: expect.stringContaining(says),
    })
    proxy.tells = (_, right) => right()
  })

  it.each(['.', '..'])('is not called %s', async (keyId) => {
    const before = proxy.asked.length
    await expect(newKey(kms, storeId, keyId)).rejects.toMatchObject({
      code: 'XksKeyNotFoundException',
    })
    expect(proxy.asked).toHaveLength(before)
  })
})

describe('CreateKey', () => {
  const Origin = 'EXTERNAL_KEY_STORE'
  const refused = (input: object, code: string) =>
    expect(kms.createKey(input as never)).rejects.toMatchObject({ code })

  it('needs a store and an external key, and takes them for such keys only', async () => {
    await refused({ Origin, XksKeyId: 'a' }, 'ValidationException')
    await refused({ Origin, CustomKeyStoreId: storeId }, 'ValidationException')
    await refused({ CustomKeyStoreId: storeId }, 'ValidationException')
    await refused({ XksKeyId: 'a' }, 'ValidationException')
    const CustomKeyStoreId = 'cks-00000000000000000'
    await refused({ Origin, CustomKeyStoreId, XksKeyId: 'a' }, 'CustomKeyStoreNotFoundException')
    const there = { Origin, CustomKeyStoreId: storeId, XksKeyId: 'a' }
    await refused({ ...there, MultiRegion: true }, 'UnsupportedOperationException')
  })
})

describe('a key whose store is not connected', () => {
  it('is unavailable, and as it was when the store is connected again', async () => {
    const [enabled, disabled, leaving] = [
      await newKey(kms, storeId),
      await newKey(kms, storeId),
      await newKey(kms, storeId),
    ]
    const { CiphertextBlob } = await kms.encrypt({ KeyId: enabled.KeyId, Plaintext: text })
    await kms.disableKey({ KeyId: disabled.KeyId })
    await kms.scheduleKeyDeletion({ KeyId: leaving.KeyId })
    await disconnect(kms, storeId)
    const shown = async ({ KeyId }: { KeyId: string }) => {
      const { KeyState, Enabled } = (await kms.describeKey({ KeyId })).KeyMetadata
      return `${KeyState} ${Enabled}`
    }
    expect(await shown(enabled)).toBe('Unavailable false')
    expect(await shown(disabled)).toBe('Unavailable false')
    expect(await shown(leaving)).toBe('PendingDeletion false')
    const before = proxy.asked.length
    for (const use of [
      () => kms.encrypt({ KeyId: enabled.KeyId, Plaintext: text }),
      () => kms.decrypt({ CiphertextBlob }),
      () => kms.generateDataKey({ KeyId: enabled.KeyId, KeySpec: 'AES_256' }),
      () => kms.reEncrypt({ CiphertextBlob, DestinationKeyId: enabled.KeyId }),
    ]) {
      await expect(use()).rejects.toMatchObject({
        code: 'KMSInvalidStateException',
        message:
          'This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.',
      })
    }
    expect(proxy.asked).toHaveLength(before)
    await expect(newKey(kms, storeId)).rejects.toMatchObject({
      code: 'CustomKeyStoreInvalidStateException',
    })
    await kms.enableKey({ KeyId: disabled.KeyId })
    expect(await shown(disabled)).toBe('Unavailable false')
    await connect(kms, storeId)
    expect(await shown(enabled)).toBe('Enabled true')
    expect(await shown(disabled)).toBe('Enabled true')
    expect(Buffer.from((await kms.decrypt({ CiphertextBlob })).Plaintext)).toEqual(text)
  })

  it('is not rotated, and has no related keys', async () => {
    const { KeyId } = await newKey(kms, storeId)
    const code = 'UnsupportedOperationException'
    await expect(kms.enableKeyRotation({ KeyId })).rejects.toMatchObject({ code })
    await expect(kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject({ code })
    await expect(kms.replicateKey({ KeyId, ReplicaRegion: 'us-east-1' })).rejects.toMatchObject({
      code,
    })
    expect(await kms.getKeyRotationStatus({ KeyId })).toMatchObject({ KeyRotationEnabled: false })
    await expect(
      kms.generateRandom({ NumberOfBytes: 8, CustomKeyStoreId: storeId }),
    ).rejects.toMatchObject({ code })
  })
})

describe('a use of an external key', () => {
  it('is never told to whoever would repeat it without us', async () => {
    const [outside, inside] = [await newKey(kms, storeId), (await kms.createKey({})).KeyMetadata]
    const told: string[] = []
    const context = {
      ...{ caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' },
      repeats: ({ handle }: Repeatable) => told.push(handle.engine),
    }
    for (const { KeyId } of [outside, inside]) {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text })
      for (const [operation, input] of [
        ['Decrypt', { CiphertextBlob }],
        ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ] as const) {
        await stores.house.service.call(operation, valuesOf(input), context)
      }
      expect(told).toHaveLength(KeyId === outside.KeyId ? 0 : 2)
    }
  })
})
