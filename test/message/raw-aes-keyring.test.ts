import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { rawAesKeyring } from '../../src/message/raw-aes-keyring.js'
import { eachEngine } from '../support/engines.js'
import { countingKeys, encryptionContext, flipped, hex, sample, wrappingKey } from './sample.js'

const namespace = 'tests'
const name = 'key 1'
const refused = expect.objectContaining({ code: 'InvalidCiphertextException', message: '' })
const invalid = expect.objectContaining({ code: 'InputInvalid' })

describe.each(eachEngine)('a raw AES keyring over the $name engine', ({ engine }) => {
  const keyring = rawAesKeyring({ namespace, name, key: wrappingKey })
  const generate = () => keyring.generateDataKey(engine, encryptionContext)

  it('recovers the data key that it gave', async () => {
    const { dataKey, encryptedDataKeys } = await generate()
    const recovered = await keyring.decryptDataKey(engine, encryptedDataKeys, encryptionContext)
    const seal = (key: typeof dataKey) => {
      const text = new Uint8Array(32)
      engine.seal(key, new Uint8Array(12), new Uint8Array(0), text)
      return hex(text)
    }
    expect(seal(recovered)).toBe(seal(dataKey))
  })

  it('lays a wrap out as the AWS Encryption SDKs do', async () => {
    const { encryptedDataKeys } = await generate()
    const [{ providerId, providerInfo, ciphertext }] = encryptedDataKeys as [
      (typeof encryptedDataKeys)[0],
    ]
    expect(providerId).toBe(namespace)
    const head = Buffer.concat([Buffer.from(name), Buffer.from([0, 0, 0, 128, 0, 0, 0, 12])])
    expect(hex(providerInfo.subarray(0, -12))).toBe(hex(head))
    expect([providerInfo.length, ciphertext.length]).toEqual([head.length + 12, 48])
  })

  it('draws a fresh key and a fresh IV every time', async () => {
    const [one, other] = await Promise.all([generate(), generate()])
    const parts = (given: typeof one) => given.encryptedDataKeys.map((wrap) => wrap.providerInfo)
    expect(parts(one)).not.toEqual(parts(other))
    expect(one.encryptedDataKeys[0]?.ciphertext).not.toEqual(other.encryptedDataKeys[0]?.ciphertext)
  })

  it('finds its own wrap among others', async () => {
    const { encryptedDataKeys } = await generate()
    const [own] = encryptedDataKeys as [(typeof encryptedDataKeys)[0]]
    const others = [
      { ...own, providerId: 'aws-kms' },
      { ...own, providerInfo: new Uint8Array(0) },
      { ...own, providerInfo: flipped(own.providerInfo, 3) },
      { ...own, ciphertext: own.ciphertext.subarray(1) },
      { ...own, ciphertext: flipped(own.ciphertext, 3) },
    ]
    await keyring.decryptDataKey(engine, [...others, own], encryptionContext)
    const none = keyring.decryptDataKey(engine, others, encryptionContext)
    await expect(none).rejects.toEqual(refused)
    await expect(keyring.decryptDataKey(engine, [], encryptionContext)).rejects.toEqual(refused)
  })

  it('opens no wrap with a bit turned over, and none of another context', async () => {
    const { encryptedDataKeys } = await generate()
    const [own] = encryptedDataKeys as [(typeof encryptedDataKeys)[0]]
    for (let bit = 0; bit < 48 * 8; bit++) {
      const wraps = [{ ...own, ciphertext: flipped(own.ciphertext, bit) }]
      await expect(keyring.decryptDataKey(engine, wraps, encryptionContext)).rejects.toEqual(
        refused,
      )
    }
    for (let bit = 0; bit < own.providerInfo.length * 8; bit++) {
      const wraps = [{ ...own, providerInfo: flipped(own.providerInfo, bit) }]
      await expect(keyring.decryptDataKey(engine, wraps, encryptionContext)).rejects.toEqual(
        refused,
      )
    }
    for (const other of [{}, { tenant: 'acme' }, { ...encryptionContext, more: '' }]) {
      await expect(keyring.decryptDataKey(engine, [own], other)).rejects.toEqual(refused)
    }
  })

  it('is of no use once released, and leaves no key behind', async () => {
    const counting = countingKeys(engine)
    const own = rawAesKeyring({ namespace, name, key: wrappingKey })
    const { dataKey } = await own.generateDataKey(counting.engine, encryptionContext)
    dataKey.release()
    own.release()
    expect(counting.keysHeld()).toBe(0)
    const released = expect.objectContaining({ code: 'KeyReleased' })
    await expect(own.generateDataKey(engine, encryptionContext)).rejects.toEqual(released)
  })

  it('keeps its own copy of the key', async () => {
    const bytes = Uint8Array.from(wrappingKey)
    const own = rawAesKeyring({ namespace, name, key: bytes })
    bytes.fill(0)
    const { encryptedDataKeys } = await own.generateDataKey(engine, encryptionContext)
    await keyring.decryptDataKey(engine, encryptedDataKeys, encryptionContext)
  })
})

describe('a raw AES keyring', () => {
  it('shows nothing of its key', () => {
    const keyring = rawAesKeyring({ namespace, name, key: wrappingKey })
    const shown = `${inspect(keyring, { depth: 9, showHidden: true })}${JSON.stringify(keyring)}`
    expect(shown).not.toContain(hex(wrappingKey).slice(0, 8))
    expect(shown).not.toContain([...wrappingKey.subarray(0, 4)].join(', '))
  })

  it.each([
    ['a key of 16 bytes', { namespace, name, key: sample('short', 16) }],
    ['no name', { namespace, name: '', key: wrappingKey }],
    ['no namespace', { namespace: '', name, key: wrappingKey }],
    ['the namespace of KMS keys', { namespace: 'aws-kms', name, key: wrappingKey }],
  ])('is refused with %s', (_, options) => {
    expect(() => rawAesKeyring(options)).toThrow(invalid)
  })
})
