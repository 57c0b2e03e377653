/** Rows that are not as they were written, of keys and material whose time has come: in nobody's way, and never used. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kms } from '../../src/kms/kms.js'
import { accountRoot } from '../../src/service/caller.js'
import type { Change } from '../../src/store/change.js'
import { importMaterial } from '../support/importing.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'

const ELSEWHERE = 'us-east-1'
const DAY_MS = 24 * 60 * 60 * 1000
const damaged = { code: 'StoreDamaged' }

let house: TestKms
beforeEach(async () => {
  house = await openTestKms()
})
afterEach(() => house.remove())

type Table = 'kms_key' | 'kms_material'

const newKey = async (more: object = {}) => (await house.kms.createKey(more)).KeyMetadata.KeyId
const external = (more: object = {}) => newKey({ Origin: 'EXTERNAL', ...more })
const inTwoDays = () => ({ ValidTo: new Date(house.clock.time + 2 * DAY_MS) })
const stateOf = async (KeyId: string, kms: Kms = house.kms) =>
  (await kms.describeKey({ KeyId })).KeyMetadata.KeyState
const gone = async () =>
  (await house.records({ eventName: 'DeleteExpiredKeyMaterial' })).map((record) =>
    record.resources![0]!.ARN.replace(/^.*key\//, ''),
  )

async function rowOf(table: Table, keyId: string, region = REGION): Promise<object> {
  const rows = await house.store.read(house.store.query.selectFrom(table).selectAll().compile())
  return rows.find((row) => row.key_id === keyId && row.region === region)!
}

/** Puts `row` back, with `more` in it, behind the back of whoever keeps it in memory. */
async function put(table: Table, row: object, more: object = {}): Promise<void> {
  const { seq: _, ...columns } = row as { readonly seq?: number }
  await house.store.commit({ changes: [{ put: table, row: { ...columns, ...more } } as Change] })
}

async function damage(table: Table, keyId: string, more: object, region = REGION): Promise<void> {
  await put(table, await rowOf(table, keyId, region), more)
}

describe('a deletion that is due', () => {
  it.each([
    ['policy', '{}'],
    ['tags', 'no list'],
    ['tags', 'null'],
  ])('is in nobody’s way when the %s of the row is %s', async (column, value) => {
    const [broken, sound] = [await newKey(), await newKey()]
    for (const KeyId of [broken, sound]) {
      await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    }
    await damage('kms_key', broken, { [column]: value })
    house = await house.reopen()
    house.clock.addDays(8)
    await house.service.confirmClock()
    expect((await house.kms.listKeys({})).Keys).toMatchObject([{ KeyId: broken }])
    house = await house.reopen()
    await expect(stateOf(broken)).rejects.toMatchObject(damaged)
    await expect(stateOf(sound)).rejects.toMatchObject({ code: 'NotFoundException' })
    expect(await house.records({ eventName: 'DeleteKey' })).toHaveLength(1)
  })

  it('is made up for when the row is whole again', async () => {
    const KeyId = await newKey()
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const row = await rowOf('kms_key', KeyId)
    await put('kms_key', row, { policy: '{}' })
    house = await house.reopen()
    house.clock.addDays(8)
    await house.service.confirmClock()
    await put('kms_key', row)
    expect((await house.kms.listKeys({})).Keys).toHaveLength(1)
    house.clock.time += 60 * 60 * 1000
    expect((await house.kms.listKeys({})).Keys).toEqual([])
  })

  it('happens to no key that is gone and was put back, and nothing of that can be used', async () => {
    const KeyId = await newKey()
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const rows = [await rowOf('kms_key', KeyId), await rowOf('kms_material', KeyId)] as const
    house.clock.addDays(8)
    expect((await house.kms.listKeys({})).Keys).toEqual([])
    await put('kms_key', rows[0], { seq: 1 })
    await put('kms_material', rows[1])
    const other = await newKey()
    expect(await stateOf(other)).toBe('Enabled')
    await expect(stateOf(KeyId)).rejects.toMatchObject(damaged)
  })
})

describe('imported material whose time is over', () => {
  it('goes, whatever became of the rows of others, however many', async () => {
    const broken: string[] = []
    for (let i = 0; i < 34; i++) {
      const KeyId = await external()
      await importMaterial(house.kms, KeyId, randomBytes(32), inTwoDays())
      broken.push(KeyId)
    }
    const sound = await external()
    await importMaterial(house.kms, sound, randomBytes(32), inTwoDays())
    for (const KeyId of broken) await damage('kms_material', KeyId, { description: 'other' })
    house = await house.reopen()
    house.clock.addDays(3)
    await house.service.confirmClock()
    expect(await stateOf(sound)).toBe('PendingImport')
    expect(await gone()).toEqual([sound])
    await expect(stateOf(broken[0]!)).rejects.toMatchObject(damaged)
  })

  it('is not looked for again and again when the row says of it what nobody knows', async () => {
    const ids: string[] = []
    for (let i = 0; i < 34; i++) {
      const KeyId = await external()
      await importMaterial(house.kms, KeyId, randomBytes(32))
      ids.push(KeyId)
    }
    for (const KeyId of ids) await damage('kms_material', KeyId, { valid_to: house.clock.time })
    house.clock.addDays(1)
    const last = await external()
    await importMaterial(house.kms, last, randomBytes(32), inTwoDays())
    house.clock.addDays(3)
    expect(await stateOf(last)).toBe('PendingImport')
    expect(await stateOf(ids[0]!)).toBe('Enabled')
  })

  it('goes where a row of its replica is damaged', async () => {
    const KeyId = await external({ MultiRegion: true })
    const material = randomBytes(32)
    await importMaterial(house.kms, KeyId, material, inTwoDays())
    await house.kms.replicateKey({ KeyId, ReplicaRegion: ELSEWHERE })
    const replica = () => house.service.as(accountRoot(ACCOUNT, ELSEWHERE))
    await importMaterial(replica(), KeyId, material)
    await damage('kms_key', KeyId, { policy: '{}' }, ELSEWHERE)
    house = await house.reopen()
    house.clock.addDays(3)
    await house.service.confirmClock()
    expect(await stateOf(KeyId)).toBe('PendingImport')
    await expect(stateOf(KeyId, replica())).rejects.toMatchObject(damaged)
  })
})
