/** A seed is one commit: whole, or not there. */
import { afterAll, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { Principals } from '../../src/iam/principals/principals.js'
import { applySeed } from '../../src/seed/seed.js'
import { accountRoot } from '../../src/service/caller.js'
import type { Entry } from '../../src/store/change.js'
import { ACCOUNT as OURS, openTestKms, storeLike } from '../support/kms.js'
import { temporaryFolder } from '../support/serve.js'
import { ACCOUNT, example, exampleText, REGION, writeSeed } from './house.js'

const folder = temporaryFolder('seed-fault')
afterAll(() => folder.remove())

describe('a seed', () => {
  it('is one commit, and nothing when that fails', async () => {
    const house = await openTestKms()
    const { store, root, engines, pool, clock } = house
    const path = writeSeed(folder.path, exampleText())
    const entries: Entry[] = []
    const failing = {
      ...storeLike(store),
      async commit(entry: Entry) {
        entries.push(entry)
        throw new SealtrailError('StoreFailed', 'the disk is full')
      },
    }
    const parts = { root, engines, pool, clock, region: REGION }
    const failed = applySeed({ ...parts, store: failing }, path)
    await expect(failed).rejects.toMatchObject({ code: 'StoreFailed' })
    expect(entries.map(({ records }) => records?.length)).toEqual([16])
    expect(await house.records()).toEqual([])
    await applySeed({ ...parts, store }, path)
    await applySeed({ ...parts, store }, path)
    expect(await house.records()).toHaveLength(16)
    const principals = await Principals.open(store, root)
    expect(principals.account(ACCOUNT).users.find('alice')?.path).toBe('/staff/')
    await house.remove()
  })

  it('makes a key again whose day has come', async () => {
    let house = await openTestKms()
    const seed = { keys: [{ ...example().keys![1]!, keyState: 'PendingDeletion' }] }
    const path = writeSeed(folder.path, seed)
    const apply = async () => await applySeed({ ...house, region: REGION }, path)
    await apply()
    house = await house.reopen()
    house.clock.addDays(29.9)
    await house.kms.listKeys({})
    await apply()
    house = await house.reopen()
    house.clock.addDays(0.2)
    await apply()
    const names = (await house.records()).map(({ eventName }) => eventName)
    const made = ['CreateKey', 'ScheduleKeyDeletion']
    expect(names).toEqual([...made, 'ListKeys', 'DeleteKey', ...made])
    await house.remove()
  })

  it('comes behind what is due by itself: a replica that goes, and its primary that goes or is rotated', async () => {
    let house = await openTestKms()
    const path = writeSeed(folder.path, { keys: [example().keys![1]!] })
    const key = async () => (await house.kms.createKey({ MultiRegion: true })).KeyMetadata.KeyId
    const [gone, rotated] = [await key(), await key()]
    await house.kms.enableKeyRotation({ KeyId: rotated, RotationPeriodInDays: 90 })
    house.clock.addDays(83)
    for (const KeyId of [gone, rotated]) {
      for (const ReplicaRegion of ['us-east-1', 'us-west-2']) {
        await house.kms.replicateKey({ KeyId, ReplicaRegion })
        const asked = { KeyId, PendingWindowInDays: 7 }
        await house.service.as(accountRoot(OURS, ReplicaRegion)).scheduleKeyDeletion(asked)
      }
    }
    await house.kms.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 })
    house.clock.addDays(6.9)
    await house.kms.listKeys({})
    house = await house.reopen()
    house.clock.addDays(0.2)
    await applySeed({ ...house, region: REGION }, path)
    house = await house.reopen()
    const { KeyMetadata } = await house.kms.describeKey({ KeyId: gone })
    expect(KeyMetadata.KeyState).toBe('PendingDeletion')
    expect((await house.kms.listKeyRotations({ KeyId: rotated })).Rotations).toHaveLength(1)
    await house.remove()
  })

  it('that is more than one commit holds is refused, and makes nothing', async () => {
    const house = await openTestKms()
    const { store, root, engines, pool, clock } = house
    const parts = { store, root, engines, pool, clock, region: REGION }
    const [key] = example().keys!
    const keyId = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
    const keys = (count: number, description: string) =>
      Array.from({ length: count }, (_, i) => {
        const { account, region } = key!
        return { account, region, keyId: keyId(i), description }
      })
    for (const [seed, message] of [
      [{ keys: keys(10_001, '') }, /makes more than the 10000 things that are made at once$/],
      [{ keys: keys(900, 'x'.repeat(8192)) }, /makes more than is made at once: give it in parts$/],
    ] as const) {
      const refused = applySeed(parts, writeSeed(folder.path, seed))
      const error = { code: 'ConfigInvalid', message: expect.stringMatching(message) }
      await expect(refused).rejects.toMatchObject(error)
    }
    expect(await house.records()).toEqual([])
    await house.remove()
  })
})
