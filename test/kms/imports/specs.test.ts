/** Imported keys of every spec: they are the keys that were imported, and only keys of the spec are taken. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  randomBytes,
} from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importMaterial, prepared } from '../../support/importing.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import type { Kind } from '../private-keys/kinds.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

type Input = Partial<Parameters<TestKms['kms']['createKey']>[0]>
const newKey = async (more: Input) =>
  (await house.kms.createKey({ Origin: 'EXTERNAL', ...more })).KeyMetadata.KeyId
const pkcs8 = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' })
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' })
const incorrect = { code: 'IncorrectKeyMaterialException' }
const KEY_WRAP = { algorithm: 'RSA_AES_KEY_WRAP_SHA_256' } as const

const CURVES: Partial<Record<Kind['KeySpec'], string>> = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
}

function newPair(spec: Kind['KeySpec']): KeyObject {
  if (spec === 'ECC_NIST_EDWARDS25519') return generateKeyPairSync('ed25519').privateKey
  const namedCurve = CURVES[spec]
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey
  return generateKeyPairSync('rsa', { modulusLength: Number(spec.slice(4)) }).privateKey
}

const PAIRS = ['RSA_2048', ...Object.keys(CURVES), 'ECC_NIST_EDWARDS25519'] as Kind['KeySpec'][]
const HMACS = ['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const

describe.each(PAIRS)('a private key of %s', (KeySpec) => {
  it('is the key of the pair from then on, and the only one that comes again', async () => {
    const KeyId = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const privateKey = newPair(KeySpec)
    const { KeyMaterialId } = await importMaterial(
      house.kms,
      KeyId,
      pkcs8(privateKey),
      {},
      KEY_WRAP,
    )
    const { PublicKey } = await house.kms.getPublicKey({ KeyId })
    expect(Buffer.from(PublicKey)).toEqual(spki(createPublicKey(privateKey)))
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      ...{ KeyState: 'Enabled', ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
    })
    await house.kms.deleteImportedKeyMaterial({ KeyId })
    await expect(house.kms.getPublicKey({ KeyId })).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
    })
    const other = pkcs8(newPair(KeySpec))
    await expect(importMaterial(house.kms, KeyId, other, {}, KEY_WRAP)).rejects.toMatchObject(
      incorrect,
    )
    const again = await importMaterial(house.kms, KeyId, pkcs8(privateKey), {}, KEY_WRAP)
    expect(again.KeyMaterialId).toBe(KeyMaterialId)
    house = await house.reopen()
    expect(Buffer.from((await house.kms.getPublicKey({ KeyId })).PublicKey)).toEqual(
      Buffer.from(PublicKey),
    )
  })

  it('is taken for no other spec, and refused when it is damaged or none', async () => {
    const wrong = PAIRS.find((spec) => spec !== KeySpec)!
    const material = pkcs8(newPair(KeySpec))
    const given = [
      [await newKey({ KeySpec: wrong, KeyUsage: 'SIGN_VERIFY' }), material],
      [await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' }), material.subarray(0, -1)],
      [await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' }), randomBytes(material.length)],
      [await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' }), randomBytes(32)],
      [await newKey({}), material],
    ] as const
    for (const [KeyId, bytes] of given) {
      await expect(importMaterial(house.kms, KeyId, bytes, {}, KEY_WRAP)).rejects.toMatchObject(
        incorrect,
      )
    }
  })
})

describe('an imported key', () => {
  it('of RSA opens what was encrypted to it before it was imported', async () => {
    const KeyId = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const privateKey = newPair('RSA_2048')
    await importMaterial(house.kms, KeyId, pkcs8(privateKey), {}, KEY_WRAP)
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const Plaintext = Buffer.from('text')
    const encrypted = await house.kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm })
    const key = createPrivateKey({ key: pkcs8(privateKey), format: 'der', type: 'pkcs8' })
    const opened = privateDecrypt({ key, oaepHash: 'sha256' }, encrypted.CiphertextBlob)
    expect(opened).toEqual(Plaintext)
  })

  it.each(HMACS)('of %s authenticates as it did outside', async (KeySpec) => {
    const bits = KeySpec.slice(5)
    const MacAlgorithm = `HMAC_SHA_${bits}` as 'HMAC_SHA_256'
    const least = Number(bits) / 8
    const make = () => newKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' })
    for (const bytes of [least, 128]) {
      const [KeyId, material] = [await make(), randomBytes(bytes)]
      await importMaterial(house.kms, KeyId, material)
      const Message = Buffer.from('message')
      const { Mac } = await house.kms.generateMac({ KeyId, Message, MacAlgorithm })
      const outside = createHmac(`sha${bits}`, material).update(Message).digest()
      expect(Buffer.from(Mac)).toEqual(outside)
    }
    for (const bytes of [least - 1, 129]) {
      const refused = importMaterial(house.kms, await make(), randomBytes(bytes))
      await expect(refused).rejects.toMatchObject(incorrect)
    }
  })

  it('that is not symmetric has one material, of which nothing is said', async () => {
    const KeyId = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    const material = pkcs8(newPair('ECC_NIST_P256'))
    const said = [
      { ImportType: 'NEW_KEY_MATERIAL' },
      { KeyMaterialDescription: 'safe' },
      { KeyMaterialId: 'a'.repeat(64) },
    ] as const
    for (const more of said) {
      await expect(importMaterial(house.kms, KeyId, material, more)).rejects.toMatchObject({
        ...{ code: 'ValidationException' },
        message: `${Object.keys(more)[0]} can only be specified for symmetric encryption keys.`,
      })
    }
    await importMaterial(house.kms, KeyId, material)
    await expect(house.kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject({
      code: 'UnsupportedOperationException',
    })
  })

  it('is wrapped by AES on its way when it is too long for RSA alone', async () => {
    const rsa = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
    const p521 = await newKey({ KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' })
    const refused = { code: 'ValidationException' }
    const ask = (KeyId: string, spec: 'RSA_2048' | 'RSA_3072') =>
      prepared(house.kms, KeyId, randomBytes(8), { spec, algorithm: 'RSAES_OAEP_SHA_1' })
    await expect(ask(rsa, 'RSA_3072')).rejects.toMatchObject(refused)
    await expect(ask(p521, 'RSA_2048')).rejects.toMatchObject(refused)
    const how = { spec: 'RSA_3072', algorithm: 'RSAES_OAEP_SHA_1' } as const
    await importMaterial(house.kms, p521, pkcs8(newPair('ECC_NIST_P521')), {}, how)
    expect((await house.kms.describeKey({ KeyId: p521 })).KeyMetadata.KeyState).toBe('Enabled')
  })

  it.each(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const)('is none of %s', async (KeySpec) => {
    await expect(newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })).rejects.toMatchObject({
      code: 'UnsupportedOperationException',
    })
  })
})
