/**
 * Wycheproof through the front: its keys are imported as anybody's are, and used by the operations of KMS.
 *
 * Its ECDSA and EdDSA cases have public keys alone, and KMS imports private ones.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FOR_EVER, importMaterial, oaep } from '../../support/importing.js'
import { openTestKms, type TestKms } from '../../support/kms.js'

interface Case {
  readonly tcId: number
  readonly result: 'valid' | 'invalid'
  readonly key: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
  readonly label: string
}
interface Group {
  readonly keySize: number
  readonly tagSize: number
  readonly privateKeyPkcs8: string
  readonly tests: readonly Case[]
}

const folder = new URL('../../vectors/wycheproof/', import.meta.url).pathname
const groups = (name: string): readonly Group[] =>
  JSON.parse(readFileSync(`${folder}${name}_test.json`, 'utf8')).testGroups
const hex = (text: string) => Buffer.from(text, 'hex')

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const newKey = async (more: object = {}) =>
  (await house.kms.createKey({ Origin: 'EXTERNAL', ...more })).KeyMetadata.KeyId
const newMac = (bits: number) =>
  newKey({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' })

describe('AES key wrap with padding', () => {
  const cases = groups('aes_kwp').flatMap(({ keySize, tests }) => (keySize === 256 ? tests : []))
  const isMaterial = ({ msg, result }: Case) => result === 'valid' && msg.length / 2 >= 28
  const asked = {
    WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  } as const

  async function taker(KeyId: string) {
    const { PublicKey, ImportToken } = await house.kms.getParametersForImport({ KeyId, ...asked })
    return async ({ key, ct }: Case) => {
      const sent = [oaep(PublicKey, asked.WrappingAlgorithm, hex(key)), hex(ct)]
      const EncryptedKeyMaterial = Buffer.concat(sent)
      const input = { KeyId, ImportToken, EncryptedKeyMaterial, ...FOR_EVER }
      return await house.kms.importKeyMaterial(input)
    }
  }

  it('has cases that are genuine, and cases that are not', () => {
    expect(cases.filter(isMaterial).length).toBeGreaterThanOrEqual(4)
    expect(cases.filter(({ result }) => result === 'invalid')).toHaveLength(69)
  })

  it('opens what is genuine, as the key that it is', async () => {
    for (const one of cases.filter(isMaterial)) {
      if (one.msg.length / 2 > 128) continue
      const KeyId = await newMac(224)
      await (await taker(KeyId))(one)
      const Message = randomBytes(20)
      const mac = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_224' } as const
      const { Mac } = await house.kms.generateMac(mac)
      const KeyIdOfSame = await newMac(224)
      await importMaterial(house.kms, KeyIdOfSame, hex(one.msg))
      await house.kms.verifyMac({ ...mac, KeyId: KeyIdOfSame, Mac })
    }
  })

  it('refuses what is not, and what is no key', async () => {
    const KeyId = await newMac(224)
    const take = await taker(KeyId)
    for (const one of cases) {
      if (isMaterial(one) && one.msg.length / 2 <= 128) continue
      const error = await take(one).then(
        () => expect.fail(`case ${one.tcId} was taken`),
        (failure: { code: string }) => failure.code,
      )
      const isShort = one.ct.length / 2 < 16
      const whenInvalid = isShort ? 'ValidationException' : 'InvalidCiphertextException'
      const expected = one.result === 'valid' ? 'IncorrectKeyMaterialException' : whenInvalid
      expect([one.tcId, error]).toEqual([one.tcId, expected])
    }
  })
})

describe('RSAES-OAEP with SHA-256', () => {
  it('opens what is genuine and has no label, under an imported key', async () => {
    const [group] = groups('rsa_oaep_2048_sha256_mgf1sha256')
    const KeyId = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const how = { algorithm: 'RSA_AES_KEY_WRAP_SHA_256' } as const
    await importMaterial(house.kms, KeyId, hex(group!.privateKeyPkcs8), {}, how)
    let opened = 0
    for (const { tcId, result, label, msg, ct } of group!.tests) {
      const input = {
        KeyId,
        CiphertextBlob: hex(ct),
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      } as const
      if (ct === '') continue
      if (result === 'valid' && label === '') {
        const { Plaintext } = await house.kms.decrypt(input)
        expect([tcId, Buffer.from(Plaintext).toString('hex')]).toEqual([tcId, msg])
        opened++
      } else {
        await expect(house.kms.decrypt(input), String(tcId)).rejects.toMatchObject({
          code: 'InvalidCiphertextException',
        })
      }
    }
    expect(opened).toBe(10)
  })
})

describe.each([256, 384, 512])('HMAC with SHA-%i', (bits) => {
  const MacAlgorithm = `HMAC_SHA_${bits}` as 'HMAC_SHA_256'
  const all = groups(`hmac_sha${bits}`)
  /** AWS takes no empty message. */
  const tests = all.flatMap(({ tests, tagSize }) => (tagSize === bits ? tests : []))
  const cases = tests.filter(({ msg }) => msg !== '')
  const isLongEnough = ({ key }: Case) => key.length * 4 >= bits

  it('finds genuine what is, under imported keys', async () => {
    const keys = new Map<string, string>()
    for (const one of cases.filter(isLongEnough)) {
      const KeyId = keys.get(one.key) ?? (await newMac(bits))
      if (!keys.has(one.key)) await importMaterial(house.kms, KeyId, hex(one.key))
      keys.set(one.key, KeyId)
      const input = { KeyId, Message: hex(one.msg), MacAlgorithm, Mac: hex(one.tag) }
      const answer = house.kms.verifyMac(input).then(
        ({ MacValid }) => MacValid,
        (failure: { code: string }) => failure.code,
      )
      const expected = one.result === 'valid' ? true : 'KMSInvalidMacException'
      expect([one.tcId, await answer]).toEqual([one.tcId, expected])
    }
    expect(keys.size).toBeGreaterThan(20)
  })

  it('takes no key that is shorter than its hash', async () => {
    const [short] = cases.filter((one) => !isLongEnough(one))
    await expect(
      importMaterial(house.kms, await newMac(bits), hex(short!.key)),
    ).rejects.toMatchObject({ code: 'IncorrectKeyMaterialException' })
  })
})
