/** A KMS key as a keyring: data keys that JavaScript never sees, and the records of their use. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/choose.js'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'
import type { EncryptedDataKey } from '../../src/message/keyring.js'
import { accountRoot } from '../../src/service/caller.js'
import { ARN, openTestKms, type TestKms } from '../support/kms.js'

let house: TestKms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  key = (await house.kms.createKey({})).KeyMetadata.KeyId
  await house.kms.createAlias({ AliasName: 'alias/ring', TargetKeyId: key })
})
afterAll(() => house.remove())

const context = { 'aws:s3:arn': 'arn:aws:s3:::bucket/key', purpose: 'test' }
const engine = openEngine('node')

/** Two handles hold the same key when what one seals the other opens. */
function isSame(a: KeyHandle, b: KeyHandle, engine: Engine): boolean {
  const [nonce, sealed] = [new Uint8Array(12), new Uint8Array(32)]
  engine.seal(a, nonce, new Uint8Array(0), sealed)
  return engine.open(b, nonce, new Uint8Array(0), sealed)
}

describe('a KMS keyring', () => {
  it('recovers the data key that it gave', async () => {
    const ring = house.kms.keyring({ keyId: 'alias/ring' })
    const { dataKey, encryptedDataKeys } = await ring.generateDataKey(engine, context)
    expect(encryptedDataKeys).toMatchObject([
      { providerId: 'aws-kms', providerInfo: Buffer.from(`${ARN}:key/${key}`) },
    ])
    expect(encryptedDataKeys[0]!.ciphertext).toHaveLength(128)
    const again = await ring.decryptDataKey(engine, encryptedDataKeys, context)
    expect(isSame(dataKey, again, engine)).toBe(true)
    dataKey.release()
    again.release()
  })

  it('gives wraps that Decrypt opens, and opens what GenerateDataKey wrapped', async () => {
    const ring = house.kms.keyring({ keyId: key })
    const { dataKey, encryptedDataKeys } = await ring.generateDataKey(engine, context)
    const { Plaintext } = await house.kms.decrypt({
      CiphertextBlob: encryptedDataKeys[0]!.ciphertext,
      EncryptionContext: context,
    })
    const imported = engine.importKey(Plaintext)
    expect(isSame(dataKey, imported, engine)).toBe(true)

    const made = await house.kms.generateDataKey({
      ...{ KeyId: key, KeySpec: 'AES_256', EncryptionContext: context },
    })
    const wrap = { ...encryptedDataKeys[0]!, ciphertext: made.CiphertextBlob }
    const opened = await ring.decryptDataKey(engine, [wrap], context)
    expect(isSame(opened, engine.importKey(made.Plaintext), engine)).toBe(true)
  })

  it('leaves the records of the two calls that it stands for', async () => {
    const before = (await house.records()).length
    const ring = house.kms.keyring({ keyId: 'alias/ring' })
    const { encryptedDataKeys } = await ring.generateDataKey(engine, context)
    await ring.decryptDataKey(engine, encryptedDataKeys, context)
    const resources = [{ ARN: `${ARN}:key/${key}` }]
    const records = (await house.records()).slice(before)
    expect(records).toMatchObject([
      {
        eventName: 'GenerateDataKey',
        requestParameters: { keyId: 'alias/ring', keySpec: 'AES_256', encryptionContext: context },
        resources,
      },
      {
        eventName: 'Decrypt',
        requestParameters: {
          encryptionContext: context,
          encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        },
        resources,
      },
    ])
    expect(records[1]!.requestParameters).not.toHaveProperty('keyId')
  })

  it('passes over wraps that are not its own, without a call', async () => {
    const ring = house.kms.keyring({ keyId: key })
    const { dataKey, encryptedDataKeys } = await ring.generateDataKey(engine, context)
    const [ours] = encryptedDataKeys
    const foreign: EncryptedDataKey[] = [
      { ...ours!, providerId: 'raw' },
      { ...ours!, ciphertext: Buffer.alloc(184, 1) },
      { ...ours!, ciphertext: Buffer.alloc(128, 1) },
    ]
    const before = (await house.records()).length
    const opened = await ring.decryptDataKey(engine, [...foreign, ours!], context)
    expect(isSame(dataKey, opened, engine)).toBe(true)
    expect((await house.records()).length - before).toBe(1)
  })

  it('opens by any wrap that it may use', async () => {
    const disabled = (await house.kms.createKey({})).KeyMetadata.KeyId
    const first = await house.kms.keyring({ keyId: disabled }).generateDataKey(engine, context)
    const second = await house.kms.keyring({ keyId: key }).generateDataKey(engine, context)
    await house.kms.disableKey({ KeyId: disabled })
    const wraps = [...first.encryptedDataKeys, ...second.encryptedDataKeys]
    const opened = await house.kms.keyring({ keyId: key }).decryptDataKey(engine, wraps, context)
    expect(isSame(opened, second.dataKey, engine)).toBe(true)
  })

  it('without a key opens, and gives nothing', async () => {
    const { encryptedDataKeys } = await house.kms
      .keyring({ keyId: key })
      .generateDataKey(engine, context)
    const ring = house.kms.keyring()
    await ring.decryptDataKey(engine, encryptedDataKeys, context)
    await expect(ring.generateDataKey(engine, context)).rejects.toMatchObject({
      code: 'InputInvalid',
    })
  })

  it('refuses everything else with one error', async () => {
    const ring = house.kms.keyring({ keyId: key })
    const refused = { code: 'InvalidCiphertextException', message: '' }
    const { encryptedDataKeys } = await ring.generateDataKey(engine, context)
    const [ours] = encryptedDataKeys
    const ciphertext = ours!.ciphertext.slice()
    ciphertext[100]! ^= 1
    for (const wraps of [
      [],
      [{ ...ours!, ciphertext }],
      [{ ...ours!, providerInfo: Buffer.from('?') }],
    ]) {
      await expect(ring.decryptDataKey(engine, wraps, context)).rejects.toMatchObject(refused)
    }
    await expect(ring.decryptDataKey(engine, encryptedDataKeys, {})).rejects.toMatchObject(refused)
    const other = house.service.as(accountRoot('999999999999', 'eu-west-1'))
    const before = (await house.records()).length
    await expect(
      other.keyring({ keyId: key }).decryptDataKey(engine, encryptedDataKeys, context),
    ).rejects.toMatchObject(refused)
    expect((await house.records()).slice(before)).toMatchObject([
      {
        eventName: 'Decrypt',
        errorCode: 'AccessDenied',
        errorMessage: expect.stringContaining('kms:Decrypt on this resource because the resource'),
      },
    ])
  })

  it('gives nothing under a key that cannot be used', async () => {
    const disabled = (await house.kms.createKey({})).KeyMetadata.KeyId
    await house.kms.disableKey({ KeyId: disabled })
    await expect(
      house.kms.keyring({ keyId: disabled }).generateDataKey(engine, context),
    ).rejects.toMatchObject({ code: 'DisabledException' })
    await expect(
      house.kms.keyring({ keyId: 'alias/none' }).generateDataKey(engine, context),
    ).rejects.toMatchObject({ code: 'NotFoundException' })
  })
})
