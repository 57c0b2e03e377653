/** Imported material of multi-Region keys: the primary's first, the same into each replica, rotated in all at once. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Kms } from '../../../src/kms/kms.js'
import { accountRoot } from '../../../src/service/caller.js'
import { importMaterial } from '../../support/importing.js'
import { ACCOUNT, openTestKms, type TestKms } from '../../support/kms.js'

const ELSEWHERE = 'us-east-1'
const NEW = { ImportType: 'NEW_KEY_MATERIAL' } as const
const EXISTING = { ImportType: 'EXISTING_KEY_MATERIAL' } as const
const incorrect = { code: 'IncorrectKeyMaterialException' }

let house: TestKms
let replica: Kms
beforeAll(async () => {
  house = await openTestKms()
  replica = house.service.as(accountRoot(ACCOUNT, ELSEWHERE))
})
afterAll(() => house.remove())

let KeyId: string
let one: Uint8Array
let firstId: string
beforeEach(async () => {
  one = randomBytes(32)
  const { KeyMetadata } = await house.kms.createKey({ Origin: 'EXTERNAL', MultiRegion: true })
  KeyId = KeyMetadata.KeyId
  firstId = (await importMaterial(house.kms, KeyId, one)).KeyMaterialId
  await house.kms.replicateKey({ KeyId, ReplicaRegion: ELSEWHERE })
})

const stateOf = async (kms: Kms) => (await kms.describeKey({ KeyId })).KeyMetadata.KeyState
const all = async (kms: Kms) =>
  (await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations
const statesOf = async (kms: Kms) =>
  (await all(kms)).map(({ KeyMaterialState, ImportState }) => [KeyMaterialState, ImportState])

describe('a replica of a key of imported material', () => {
  it('waits for the same material, and has the same id for it', async () => {
    const { KeyMetadata } = await replica.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({
      ...{ Origin: 'EXTERNAL', KeyState: 'PendingImport', CurrentKeyMaterialId: firstId },
    })
    expect(await statesOf(replica)).toEqual([['CURRENT', 'PENDING_IMPORT']])
    await expect(importMaterial(replica, KeyId, randomBytes(32))).rejects.toMatchObject(incorrect)
    const { KeyMaterialId } = await importMaterial(replica, KeyId, one)
    expect(KeyMaterialId).toBe(firstId)
    const Plaintext = Buffer.from('text')
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext })
    const opened = await replica.decrypt({ CiphertextBlob })
    expect(Buffer.from(opened.Plaintext)).toEqual(Plaintext)
  })

  it('loses its own material alone', async () => {
    await importMaterial(replica, KeyId, one)
    await replica.deleteImportedKeyMaterial({ KeyId })
    expect([await stateOf(house.kms), await stateOf(replica)]).toEqual(['Enabled', 'PendingImport'])
    await house.kms.deleteImportedKeyMaterial({ KeyId })
    await importMaterial(replica, KeyId, one)
    expect([await stateOf(house.kms), await stateOf(replica)]).toEqual(['PendingImport', 'Enabled'])
  })

  it('takes no token of its primary, as a token is for one key', async () => {
    const input = {
      KeyId,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    } as const
    const { ImportToken, PublicKey } = await house.kms.getParametersForImport(input)
    const EncryptedKeyMaterial = PublicKey.subarray(0, 256)
    const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const
    await expect(
      replica.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel }),
    ).rejects.toMatchObject({ code: 'InvalidImportTokenException' })
  })
})

describe('new material of a multi-Region key', () => {
  it('comes into the primary, then into replicas, and is rotated to in all of them', async () => {
    const two = randomBytes(32)
    await importMaterial(replica, KeyId, one)
    await expect(importMaterial(replica, KeyId, two, NEW)).rejects.toMatchObject({
      code: 'UnsupportedOperationException',
    })
    await expect(importMaterial(replica, KeyId, two, EXISTING)).rejects.toMatchObject(incorrect)
    const { KeyMaterialId: secondId } = await importMaterial(house.kms, KeyId, two, NEW)
    const waits = ['PENDING_MULTI_REGION_IMPORT_AND_ROTATION', 'IMPORTED']
    expect(await statesOf(house.kms)).toEqual([['CURRENT', 'IMPORTED'], waits])
    expect(await statesOf(replica)).toEqual([['CURRENT', 'IMPORTED']])
    await expect(house.kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
    })
    expect(await importMaterial(replica, KeyId, two, EXISTING)).toMatchObject({
      KeyMaterialId: secondId,
    })
    const ready = [
      ['CURRENT', 'IMPORTED'],
      ['PENDING_ROTATION', 'IMPORTED'],
    ]
    expect([await statesOf(house.kms), await statesOf(replica)]).toEqual([ready, ready])
    await house.kms.rotateKeyOnDemand({ KeyId })
    for (const kms of [house.kms, replica]) {
      const { KeyMetadata } = await kms.describeKey({ KeyId })
      expect(KeyMetadata).toMatchObject({ KeyState: 'Enabled', CurrentKeyMaterialId: secondId })
      expect((await all(kms)).map((entry) => entry.KeyMaterialState)).toEqual([
        ...['NON_CURRENT', 'CURRENT'],
      ])
    }
    const { CiphertextBlob } = await replica.encrypt({ KeyId, Plaintext: two })
    expect(await house.kms.decrypt({ CiphertextBlob })).toMatchObject({ KeyMaterialId: secondId })
  })

  it('goes everywhere when the primary gives it up', async () => {
    const two = randomBytes(32)
    await importMaterial(replica, KeyId, one)
    const { KeyMaterialId } = await importMaterial(house.kms, KeyId, two, NEW)
    await importMaterial(replica, KeyId, two)
    await house.kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
    const told = await house.records({ eventName: 'SynchronizeMultiRegionKey' })
    const arn = `arn:aws:kms:${ELSEWHERE}:${ACCOUNT}:key/${KeyId}`
    expect(told.map(({ resources }) => resources![0]!.ARN)).toContain(arn)
    expect([await statesOf(house.kms), await statesOf(replica)]).toEqual([
      [['CURRENT', 'IMPORTED']],
      [['CURRENT', 'IMPORTED']],
    ])
    await expect(importMaterial(replica, KeyId, two)).rejects.toMatchObject(incorrect)
  })

  it('waits in its region when another key becomes the primary, and no other can be imported', async () => {
    const two = randomBytes(32)
    await importMaterial(replica, KeyId, one)
    await importMaterial(house.kms, KeyId, two, NEW)
    await house.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: ELSEWHERE })
    await expect(importMaterial(replica, KeyId, randomBytes(32), NEW)).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
    })
    const { KeyMaterialId } = await importMaterial(replica, KeyId, two, NEW)
    await replica.rotateKeyOnDemand({ KeyId })
    for (const kms of [house.kms, replica]) {
      const { KeyMetadata } = await kms.describeKey({ KeyId })
      expect(KeyMetadata.CurrentKeyMaterialId).toBe(KeyMaterialId)
    }
  })

  it('is not known to a replica that is made while it waits', async () => {
    await importMaterial(house.kms, KeyId, randomBytes(32), NEW)
    await house.kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-3' })
    const other = house.service.as(accountRoot(ACCOUNT, 'eu-west-3'))
    expect(await statesOf(other)).toEqual([['CURRENT', 'PENDING_IMPORT']])
  })
})
