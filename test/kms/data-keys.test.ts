/** Data keys and random bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ARN, openTestKms, type TestKms } from '../support/kms.js'

let house: TestKms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  key = (await house.kms.createKey({})).KeyMetadata.KeyId
})
afterAll(() => house.remove())

describe('a data key', () => {
  it.each([
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 64 }, 64],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const)('comes as asked: %j', async (size, bytes) => {
    const EncryptionContext = { purpose: 'test' }
    const made = await house.kms.generateDataKey({ KeyId: key, ...size, EncryptionContext })
    expect(made).toEqual({
      CiphertextBlob: expect.any(Uint8Array),
      Plaintext: expect.any(Uint8Array),
      KeyId: `${ARN}:key/${key}`,
      KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(made.Plaintext).toHaveLength(bytes)
    expect(made.CiphertextBlob).toHaveLength(96 + bytes)
    const opened = await house.kms.decrypt({
      ...{ CiphertextBlob: made.CiphertextBlob, EncryptionContext },
    })
    expect(opened.Plaintext).toEqual(made.Plaintext)
    expect(opened.KeyMaterialId).toBe(made.KeyMaterialId)
    for (const { Plaintext } of [made, opened]) expect(Plaintext.buffer.byteLength).toBe(bytes)
  })

  it('without plaintext has none, and decrypts', async () => {
    const made = await house.kms.generateDataKeyWithoutPlaintext({ KeyId: key, KeySpec: 'AES_256' })
    expect(Object.keys(made).sort()).toEqual(['CiphertextBlob', 'KeyId', 'KeyMaterialId'])
    const { Plaintext } = await house.kms.decrypt({ CiphertextBlob: made.CiphertextBlob })
    expect(Plaintext).toHaveLength(32)
    expect(Plaintext.some((byte) => byte !== 0)).toBe(true)
  })

  it.each([{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }] as const)(
    'is not made of %j',
    async (size) => {
      const answer = {
        code: 'ValidationException',
        message: 'Please specify either number of bytes or key spec.',
      }
      const input = { KeyId: key, ...size }
      await expect(house.kms.generateDataKey(input)).rejects.toMatchObject(answer)
      await expect(house.kms.generateDataKeyWithoutPlaintext(input)).rejects.toMatchObject(answer)
    },
  )
})

describe('random bytes', () => {
  it('are as many as asked for, and never the same', async () => {
    const one = await house.kms.generateRandom({ NumberOfBytes: 1024 })
    const other = await house.kms.generateRandom({ NumberOfBytes: 1024 })
    expect(one.Plaintext).toHaveLength(1024)
    expect(one.Plaintext).not.toEqual(other.Plaintext)
  })

  it('must be asked for in a number', async () => {
    await expect(house.kms.generateRandom({})).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'NumberOfBytes is required.',
    })
    await expect(
      house.kms.generateRandom({ NumberOfBytes: 1, CustomKeyStoreId: 'cks-1' }),
    ).rejects.toMatchObject({ code: 'CustomKeyStoreNotFoundException' })
  })
})
