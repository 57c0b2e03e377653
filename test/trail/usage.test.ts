/** How much keys were used, and what of it is charged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { usageOf } from '../../src/trail/usage/usage.js'
import { ACCOUNT, refusal, SLOT_MS, TrailHouse } from './trail-house.js'

const DAY_MS = 24 * 60 * 60 * 1000
const ROOT = `arn:aws:iam::${ACCOUNT}:root`
const CLOUDTRAIL = 'cloudtrail.amazonaws.com'

let house: TrailHouse
let key: string
beforeAll(async () => {
  house = await TrailHouse.open()
  key = await house.logging()
  await house.pass(SLOT_MS)
  const [log] = await house.keys()
  for (let i = 0; i < 3; i++) await house.object(log!)
  await house.kms.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' })
  await refusal(house.kms.kms.decrypt({ CiphertextBlob: new Uint8Array(200) }))
  await house.trail.stopLogging({ Name: 'Default' })
  house.kms.clock.time += DAY_MS
  await house.kms.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' })
})
afterAll(() => house.remove())

const usage = (asked?: object) => usageOf(house.kms.store, ACCOUNT, asked)

describe('usage', () => {
  it('of readers is charged, and that of CloudTrail is free', async () => {
    expect(await usage()).toEqual([
      { day: '2026-01-02', key, principal: ROOT, operation: 'Decrypt', billed: 3, free: 0 },
      { day: '2026-01-02', key, principal: ROOT, operation: 'GenerateDataKey', billed: 1, free: 0 },
      // It made sure of the key, and put a file.
      {
        day: '2026-01-02',
        key,
        principal: CLOUDTRAIL,
        operation: 'GenerateDataKey',
        billed: 0,
        free: 2,
      },
      { day: '2026-01-03', key, principal: ROOT, operation: 'GenerateDataKey', billed: 1, free: 0 },
    ])
  })

  it('is counted by days, of one account', async () => {
    const days = async (asked: object) => (await usage(asked)).map(({ day }) => day)
    expect(await days({ from: '2026-01-03' })).toEqual(['2026-01-03'])
    expect(await days({ until: '2026-01-02' })).toHaveLength(3)
    expect(await usageOf(house.kms.store, '444455556666')).toEqual([])
    expect((await refusal(usage({ from: 'yesterday' }))).code).toBe('InputInvalid')
  })
})
