/** What gets in the way of a trail: its status says what, and afterwards everything has been delivered, once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultyDisk } from '../store/blobs/faulty-disk.js'
import { storeLike } from '../support/kms.js'
import { BUCKET, bucketPolicy, HOUR_MS, SLOT_MS, TrailHouse } from './trail-house.js'

const disk = new FaultyDisk()
let house: TrailHouse
beforeEach(async () => {
  disk.mend()
  house = await TrailHouse.open('modern', disk)
})
afterEach(() => house.remove())

const status = () =>
  house.trail.getTrailStatus({ Name: 'Default' }) as Promise<Record<string, unknown>>
const marks = async (count: number, from = 0) => {
  for (let i = from; i < from + count; i++) {
    await house.kms.kms.createKey({ Description: `mark ${i}` })
  }
}

/** Which marks were delivered, and that no record was twice, and nothing is in the way any more. */
async function delivered(): Promise<string[]> {
  const events = (await house.logs()).flatMap(({ events }) => events)
  const ids = events.map(({ eventID }) => eventID)
  expect(new Set(ids).size).toBe(ids.length)
  expect(await status()).not.toHaveProperty('LatestDeliveryError')
  expect(await status()).not.toHaveProperty('LatestDigestDeliveryError')
  return events.flatMap(({ requestParameters }) => {
    const { description = '' } = (requestParameters ?? {}) as { description?: string }
    return description.startsWith('mark') ? [description] : []
  })
}
const all = (count: number) => Array.from({ length: count }, (_, i) => `mark ${i}`)

describe('a disk that is full', () => {
  it('is told in the status, and what was to be delivered is, when there is room', async () => {
    await house.logging()
    await marks(3)
    await house.pass(SLOT_MS)
    await marks(3, 3)
    disk.fail('ENOSPC', { at: 1, times: 1_000_000, only: 'write' })
    for (let i = 0; i < 15; i++) await house.pass(SLOT_MS)
    expect(await status()).toMatchObject({
      LatestDeliveryError: 'InternalError: ENOSPC',
      LatestDigestDeliveryError: 'InternalError: ENOSPC',
    })
    expect(await house.keys()).toHaveLength(1)
    disk.mend()
    await house.hours(2)
    expect(await delivered()).toEqual(all(6))
    expect(await house.validate()).toMatchObject({ uncovered: 0, findings: [] })
  })
})

describe('a key that is disabled in the midst of a delivery', () => {
  it('is told in the status, and each file is delivered once when it is enabled', async () => {
    const KeyId = await house.logging()
    await house.pass(SLOT_MS)
    let puts = 0
    house = await house.reopen((store) => ({
      ...storeLike(store),
      async commit(entry) {
        await store.commit(entry)
        const isFile = entry.changes?.some(
          (change) => 'put' in change && change.put === 'trail_file',
        )
        if (isFile && ++puts === 2) await house.kms.kms.disableKey({ KeyId })
      },
    }))
    // Four slots, which are one batch.
    for (let slot = 0; slot < 4; slot++) {
      await marks(2, 2 * slot)
      house.kms.clock.time += SLOT_MS
    }
    await house.service.deliver()
    expect(await house.keys()).toHaveLength(3)
    expect(await status()).toMatchObject({ LatestDeliveryError: 'KMS.DisabledException' })
    await house.kms.kms.enableKey({ KeyId })
    await house.hours(1)
    expect(await delivered()).toEqual(all(8))
    expect(await house.validate()).toMatchObject({ uncovered: 0, findings: [] })
  })
})

describe('a bucket that lets no digest in', () => {
  it('is told in the status, does not keep log files, and has its digests when it does', async () => {
    await house.logging()
    const policy = bucketPolicy()
    const Policy = policy.replace('/*AWSLogs', '/AWSLogs').replace('/*"', '/CloudTrail/*"')
    expect(Policy).not.toBe(policy)
    await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy })
    await marks(1)
    await house.hours(2)
    await marks(1, 1)
    await house.hours(1)
    const told = await status()
    expect(told).toMatchObject({ LatestDigestDeliveryError: 'AccessDenied' })
    expect(told).not.toHaveProperty('LatestDeliveryError')
    const events = (await house.logs()).flatMap(({ events }) => events)
    expect(events.filter(({ eventName }) => eventName === 'CreateKey')).toHaveLength(2)
    await house.trail.stopLogging({ Name: 'Default' })
    await house.pass(SLOT_MS)
    await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: policy })
    await house.hours(1)
    expect(await delivered()).toEqual(all(2))
    expect(await house.validate()).toMatchObject({ uncovered: 0, findings: [] })
  })
})

describe('a clock', () => {
  it.each([
    ['ahead', 5 * HOUR_MS],
    ['back', -5 * HOUR_MS],
    ['four days ahead', 4 * 24 * HOUR_MS],
  ])('that is set %s loses nothing and doubles nothing', async (_, ms) => {
    await house.logging()
    await marks(2)
    await house.pass(SLOT_MS)
    await marks(2, 2)
    house.kms.clock.jump(ms)
    await marks(2, 4)
    await house.hours(1)
    await marks(2, 6)
    house.kms.clock.jump(-ms)
    await marks(2, 8)
    await house.hours(7)
    expect((await delivered()).sort()).toEqual(all(10).sort())
    expect(await house.validate()).toMatchObject({ findings: [] })
  })

  it('that is set back while something is in the way does not put off the next try', async () => {
    await house.logging()
    await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
    await marks(1)
    house.kms.clock.jump(5 * HOUR_MS)
    await house.pass(SLOT_MS)
    expect(await status()).toMatchObject({ LatestDigestDeliveryError: 'AccessDenied' })
    house.kms.clock.jump(-5 * HOUR_MS)
    await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: bucketPolicy() })
    await house.hours(1)
    expect(await delivered()).toEqual(['mark 0'])
  })

  it('that makes a day pass at once leaves nothing of a deleted trail undelivered', async () => {
    await house.logging()
    await marks(2)
    await house.trail.deleteTrail({ Name: 'Default' })
    house.kms.clock.jumpDays(2)
    await house.pass(SLOT_MS)
    const events = (await house.logs()).flatMap(({ events }) => events)
    expect(events.map(({ eventName }) => eventName)).toContain('StartLogging')
    expect(events.filter(({ eventName }) => eventName === 'CreateKey')).toHaveLength(2)
  })
})

describe('a cursor', () => {
  it('that is put back to where its last batch began delivers nothing twice', async () => {
    await house.logging()
    const rows: unknown[] = []
    house = await house.reopen((store) => ({
      ...storeLike(store),
      async commit(entry) {
        rows.push(...(entry.changes ?? []).filter((one) => 'put' in one && one.put === 'trail'))
        await store.commit(entry)
      },
    }))
    for (let slot = 0; slot < 3; slot++) {
      await marks(2, 2 * slot)
      house.kms.clock.time += SLOT_MS
    }
    await house.service.deliver()
    const keys = await house.keys()
    expect(keys).toHaveLength(3)
    const [fixed] = rows as Array<{ readonly row: { readonly state: string } }>
    expect(JSON.parse(fixed!.row.state).batch.files).toHaveLength(3)
    await house.kms.store.commit({ changes: [fixed as never] })
    house = await house.reopen()
    await house.service.deliver()
    expect(await house.keys()).toEqual(keys)
    await house.hours(1)
    expect(await delivered()).toEqual(all(6))
    expect(await house.validate()).toMatchObject({ uncovered: 0, findings: [] })
  })
})
