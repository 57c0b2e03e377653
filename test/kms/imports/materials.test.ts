/** The materials of a key over time: several of them, rotation, deletion, expiry, and the same again. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importMaterial } from '../../support/importing.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'

const DAY_MS = 24 * 60 * 60 * 1000
const NEW = { ImportType: 'NEW_KEY_MATERIAL' } as const
const EXISTING = { ImportType: 'EXISTING_KEY_MATERIAL' } as const
const incorrect = { code: 'IncorrectKeyMaterialException' }
const text = Buffer.from('text')

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const later = (days: number) => new Date(house.clock.time + days * DAY_MS)
const newKey = async (more: object = {}) =>
  (await house.kms.createKey({ Origin: 'EXTERNAL', ...more })).KeyMetadata.KeyId
const stateOf = async (KeyId: string) =>
  (await house.kms.describeKey({ KeyId })).KeyMetadata.KeyState
const take = (KeyId: string, bytes: Uint8Array, more: object = {}) =>
  importMaterial(house.kms, KeyId, bytes, more)
const all = async (KeyId: string) =>
  (await house.kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations
const seal = async (KeyId: string) =>
  (await house.kms.encrypt({ KeyId, Plaintext: text })).CiphertextBlob
const open = async (CiphertextBlob: Uint8Array) =>
  Buffer.from((await house.kms.decrypt({ CiphertextBlob })).Plaintext).toString()

/** A key with two materials, of which the second is the current one, and a blob of each. */
async function twice() {
  const [KeyId, one, two] = [await newKey(), randomBytes(32), randomBytes(32)]
  const { KeyMaterialId: firstId } = await take(KeyId, one)
  const first = await seal(KeyId)
  const { KeyMaterialId: secondId } = await take(KeyId, two, NEW)
  await house.kms.rotateKeyOnDemand({ KeyId })
  return { KeyId, one, two, firstId, secondId, first, second: await seal(KeyId) }
}

describe('material that was deleted', () => {
  it('makes its key wait, and comes back as the same material only', async () => {
    const [KeyId, material] = [await newKey(), randomBytes(32)]
    const { KeyMaterialId } = await take(KeyId, material)
    const blob = await seal(KeyId)
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}`
    const answer = { KeyId: arn, KeyMaterialId }
    expect(await house.kms.deleteImportedKeyMaterial({ KeyId })).toEqual(answer)
    expect(await house.kms.deleteImportedKeyMaterial({ KeyId })).toEqual(answer)
    const { KeyMetadata } = await house.kms.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({
      ...{ KeyState: 'PendingImport', CurrentKeyMaterialId: KeyMaterialId },
    })
    expect(KeyMetadata).not.toHaveProperty('ExpirationModel')
    await expect(open(blob)).rejects.toMatchObject({ code: 'KMSInvalidStateException' })
    await expect(take(KeyId, randomBytes(32))).rejects.toMatchObject(incorrect)
    expect(await take(KeyId, material)).toEqual(answer)
    expect(await stateOf(KeyId)).toBe('Enabled')
    expect(await open(blob)).toBe('text')
  })

  it('is told again after a restart, and from that of another key', async () => {
    const [KeyId, other, material] = [await newKey(), await newKey(), randomBytes(32)]
    const { KeyMaterialId } = await take(KeyId, material)
    const { KeyMaterialId: otherId } = await take(other, material)
    expect(otherId).not.toBe(KeyMaterialId)
    await house.kms.deleteImportedKeyMaterial({ KeyId })
    house = await house.reopen()
    await expect(take(KeyId, randomBytes(32))).rejects.toMatchObject(incorrect)
    expect(await take(KeyId, material)).toMatchObject({ KeyMaterialId })
  })

  it('goes while its key is to be deleted, and is awaited when the key comes back', async () => {
    const [KeyId, material] = [await newKey(), randomBytes(32)]
    await take(KeyId, material)
    await house.kms.scheduleKeyDeletion({ KeyId })
    await house.kms.deleteImportedKeyMaterial({ KeyId })
    expect(await stateOf(KeyId)).toBe('PendingDeletion')
    await house.kms.cancelKeyDeletion({ KeyId })
    expect(await stateOf(KeyId)).toBe('PendingImport')
    await take(KeyId, material)
    expect(await stateOf(KeyId)).toBe('Enabled')
  })

  it('may never have been there', async () => {
    const KeyId = await newKey()
    const answer = await house.kms.deleteImportedKeyMaterial({ KeyId })
    expect(answer).toEqual({ KeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}` })
    const KeyMaterialId = 'a'.repeat(64)
    await expect(
      house.kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId }),
    ).rejects.toMatchObject({ code: 'NotFoundException' })
  })
})

describe('a second material', () => {
  it('waits for a rotation, and wraps from then on', async () => {
    const [KeyId, two] = [await newKey(), randomBytes(32)]
    const { KeyMaterialId: firstId } = await take(KeyId, randomBytes(32))
    const first = await seal(KeyId)
    await expect(house.kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
    })
    const ValidTo = later(100)
    const said = { ...NEW, ValidTo, KeyMaterialDescription: 'safe 7' }
    const { KeyMaterialId: secondId } = await take(KeyId, two, said)
    const entry = { KeyId, ImportState: 'IMPORTED' }
    const forEver = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    const expires = { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo }
    const waits = { ...entry, ...expires, KeyMaterialDescription: 'safe 7' }
    expect(await all(KeyId)).toEqual([
      { ...entry, KeyMaterialId: firstId, KeyMaterialState: 'CURRENT', ...forEver },
      { ...waits, KeyMaterialId: secondId, KeyMaterialState: 'PENDING_ROTATION' },
    ])
    expect((await house.kms.listKeyRotations({ KeyId })).Rotations).toEqual([])
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      ...{ CurrentKeyMaterialId: firstId, ...forEver },
    })
    await expect(take(KeyId, randomBytes(32), NEW)).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
    })
    house.clock.time += 1000
    const RotationDate = new Date(house.clock.time)
    await house.kms.rotateKeyOnDemand({ KeyId })
    const rotated = { RotationDate, RotationType: 'ON_DEMAND' }
    expect((await house.kms.listKeyRotations({ KeyId })).Rotations).toEqual([
      { ...waits, KeyMaterialId: secondId, KeyMaterialState: 'CURRENT', ...rotated },
    ])
    expect((await all(KeyId))[0]).toMatchObject({ KeyMaterialState: 'NON_CURRENT' })
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      ...{ CurrentKeyMaterialId: secondId, ...expires },
    })
    const second = await house.kms.encrypt({ KeyId, Plaintext: text })
    const opened = await house.kms.decrypt({ CiphertextBlob: second.CiphertextBlob })
    expect(opened.KeyMaterialId).toBe(secondId)
    expect(await open(first)).toBe('text')
    const rotations = await house.records({ eventName: 'RotateKey' })
    expect(rotations.at(-1)).toMatchObject({
      serviceEventDetails: { rotationType: 'ON_DEMAND', keyId: KeyId },
    })
  })

  it('can be given up for another before it is rotated to', async () => {
    const [KeyId, two, three] = [await newKey(), randomBytes(32), randomBytes(32)]
    await take(KeyId, randomBytes(32))
    const { KeyMaterialId } = await take(KeyId, two, NEW)
    await house.kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
    expect(await stateOf(KeyId)).toBe('Enabled')
    expect(await all(KeyId)).toHaveLength(1)
    await expect(take(KeyId, two, EXISTING)).rejects.toMatchObject(incorrect)
    const { KeyMaterialId: thirdId } = await take(KeyId, three, NEW)
    await house.kms.rotateKeyOnDemand({ KeyId })
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      CurrentKeyMaterialId: thirdId,
    })
  })

  it('is needed, as is the first, for the key to be enabled', async () => {
    const { KeyId, one, two, firstId, secondId, first, second } = await twice()
    await house.kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: firstId })
    await house.kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: secondId })
    expect((await all(KeyId)).map(({ ImportState }) => ImportState)).toEqual([
      ...['PENDING_IMPORT', 'PENDING_IMPORT'],
    ])
    house = await house.reopen()
    await take(KeyId, two, { KeyMaterialId: secondId })
    expect(await stateOf(KeyId)).toBe('PendingImport')
    await take(KeyId, one, { ...EXISTING, KeyMaterialId: firstId })
    expect(await stateOf(KeyId)).toBe('Enabled')
    expect([await open(first), await open(second)]).toEqual(['text', 'text'])
  })
})

describe('an import of what a key knows', () => {
  it('changes when it goes, and keeps its description unless another is given', async () => {
    const [KeyId, material] = [await newKey(), randomBytes(32)]
    await take(KeyId, material, { KeyMaterialDescription: 'safe 7', ValidTo: later(1) })
    await take(KeyId, material)
    const [entry] = await all(KeyId)
    expect(entry).toMatchObject({
      ...{ KeyMaterialDescription: 'safe 7', ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
    })
    expect(entry).not.toHaveProperty('ValidTo')
    await take(KeyId, material, { KeyMaterialDescription: 'safe 8' })
    expect(await all(KeyId)).toMatchObject([{ KeyMaterialDescription: 'safe 8' }])
    house.clock.addDays(2)
    expect(await stateOf(KeyId)).toBe('Enabled')
  })

  it('leaves a disabled key disabled', async () => {
    const [KeyId, material] = [await newKey(), randomBytes(32)]
    await take(KeyId, material)
    await house.kms.disableKey({ KeyId })
    await take(KeyId, material)
    expect(await stateOf(KeyId)).toBe('Disabled')
  })

  it('is refused as new, as other than it is named, and by a name of none', async () => {
    const { KeyId, one, two, firstId, secondId } = await twice()
    await expect(take(KeyId, one, NEW)).rejects.toMatchObject(incorrect)
    await expect(take(KeyId, two, NEW)).rejects.toMatchObject(incorrect)
    await expect(take(KeyId, one, { KeyMaterialId: secondId })).rejects.toMatchObject(incorrect)
    const unknown = { KeyMaterialId: 'a'.repeat(64) }
    await expect(take(KeyId, one, unknown)).rejects.toMatchObject(incorrect)
    await expect(take(KeyId, randomBytes(32), EXISTING)).rejects.toMatchObject(incorrect)
    await expect(take(await newKey(), one, EXISTING)).rejects.toMatchObject(incorrect)
    const both = { ...NEW, KeyMaterialId: firstId }
    await expect(take(KeyId, one, both)).rejects.toMatchObject({ code: 'ValidationException' })
  })
})

describe('material whose time is over', () => {
  it('goes before the next call, with a record, and comes back by import', async () => {
    const [KeyId, material] = [await newKey(), randomBytes(32)]
    const { KeyMaterialId } = await take(KeyId, material, { ValidTo: later(10) })
    const blob = await seal(KeyId)
    house.clock.time += 10 * DAY_MS - 1
    expect(await open(blob)).toBe('text')
    house.clock.time += 1
    await expect(open(blob)).rejects.toMatchObject({ code: 'KMSInvalidStateException' })
    const records = await house.records({ eventName: 'DeleteExpiredKeyMaterial' })
    expect(records.at(-1)).toMatchObject({
      ...{ eventType: 'AwsServiceEvent', readOnly: false, requestParameters: null },
      ...{ responseElements: null, recipientAccountId: ACCOUNT },
      resources: [{ ARN: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}` }],
      serviceEventDetails: { keyId: KeyId, keyMaterialId: KeyMaterialId },
    })
    expect(await all(KeyId)).toMatchObject([{ ImportState: 'PENDING_IMPORT' }])
    await take(KeyId, material)
    expect(await open(blob)).toBe('text')
  })

  it('goes at a start, too, and does not when it was imported anew', async () => {
    const [KeyId, other, material] = [await newKey(), await newKey(), randomBytes(32)]
    await take(KeyId, material, { ValidTo: later(0.5) })
    await take(other, material, { ValidTo: later(0.5) })
    await take(other, material, { ValidTo: later(2) })
    await house.close()
    house.clock.addDays(0.75)
    house = await house.reopen()
    expect([await stateOf(KeyId), await stateOf(other)]).toEqual(['PendingImport', 'Enabled'])
    house.clock.addDays(2)
    expect(await stateOf(other)).toBe('PendingImport')
  })

  it('stays when a clock is set ahead, until somebody says that it is right', async () => {
    const [KeyId, material] = [await newKey(), randomBytes(32)]
    await take(KeyId, material, { ValidTo: later(30) })
    house.clock.jumpDays(40)
    expect(await stateOf(KeyId)).toBe('Enabled')
    await house.service.confirmClock()
    expect(await stateOf(KeyId)).toBe('PendingImport')
  })

  it('is one of several, and the key says when the first of them goes', async () => {
    const { KeyId, one, two } = await twice()
    const [soon, late] = [later(3), later(5)]
    await take(KeyId, one, { ValidTo: late })
    await take(KeyId, two, { ValidTo: soon })
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata.ValidTo).toEqual(soon)
    house.clock.addDays(4)
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      ...{ KeyState: 'PendingImport', ValidTo: late },
    })
  })

  it('and waited for a rotation is given up', async () => {
    const [KeyId, two] = [await newKey(), randomBytes(32)]
    await take(KeyId, randomBytes(32))
    await take(KeyId, two, { ...NEW, ValidTo: later(1) })
    house.clock.addDays(1)
    expect(await stateOf(KeyId)).toBe('Enabled')
    expect(await all(KeyId)).toHaveLength(1)
  })
})

describe('a key of imported material', () => {
  it('is not rotated by itself', async () => {
    const KeyId = await newKey()
    await take(KeyId, randomBytes(32))
    const refused = { code: 'UnsupportedOperationException' }
    await expect(house.kms.enableKeyRotation({ KeyId })).rejects.toMatchObject(refused)
    await expect(house.kms.disableKeyRotation({ KeyId })).rejects.toMatchObject(refused)
    expect(await house.kms.getKeyRotationStatus({ KeyId })).toMatchObject({
      KeyRotationEnabled: false,
    })
  })

  it('is refused when a row of its material was changed by hand', async () => {
    const KeyId = await newKey()
    await take(KeyId, randomBytes(32), { ValidTo: later(1) })
    const select = house.store.query.selectFrom('kms_material').selectAll().compile()
    const row = (await house.store.read(select)).find(({ key_id }) => key_id === KeyId)!
    const changed = { ...row, valid_to: later(300).getTime() }
    await house.store.commit({ changes: [{ put: 'kms_material', row: changed }] })
    house = await house.reopen()
    await expect(stateOf(KeyId)).rejects.toMatchObject({ code: 'StoreDamaged' })
    await house.store.commit({ changes: [{ put: 'kms_material', row }] })
    expect(await stateOf(KeyId)).toBe('Enabled')
  })
})
