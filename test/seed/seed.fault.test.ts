/** A seed is one commit: whole, or not there. */
import { afterAll, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { Principals } from '../../src/iam/principals/principals.js'
import { applySeed } from '../../src/seed/seed.js'
import type { Entry } from '../../src/store/change.js'
import { openTestKms, storeLike } from '../support/kms.js'
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
