/** What gets in the way of a trail: its status says what, and afterwards everything has been delivered, once. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import type { Entry } from '../../src/store/change.js'
import { FaultyDisk } from '../store/blobs/faulty-disk.js'
import { storeLike } from '../support/kms.js'
import {
  ACCOUNT,
  BUCKET,
  bucketPolicy,
  HOUR_MS,
  REGION,
  SLOT_MS,
  TrailHouse,
} from './trail-house.js'

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

describe('a log file', () => {
  const stateOf = (entry: Entry): { batch?: { files: unknown[] } } | undefined => {
    const rows = (entry.changes ?? []).flatMap((one) => ('put' in one ? [one] : []))
    const trail = rows.find(({ put }) => put === 'trail')?.row as { state: string } | undefined
    return trail === undefined ? undefined : JSON.parse(trail.state)
  }
  const isPut = (entry: Entry, table: string) =>
    entry.changes?.some((one) => 'put' in one && one.put === table) === true
  /** Its commits from now on. */
  const watched = async (): Promise<Entry[]> => {
    const entries: Entry[] = []
    house = await house.reopen((store) => ({
      ...storeLike(store),
      async commit(entry) {
        entries.push(entry)
        await store.commit(entry)
      },
    }))
    return entries
  }

  it('is there with the very entry in which its batch goes on', async () => {
    await house.logging()
    const entries = await watched()
    for (let slot = 0; slot < 3; slot++) {
      await marks(2, 2 * slot)
      house.kms.clock.time += SLOT_MS
    }
    await house.service.deliver()
    const files = entries.filter((entry) => isPut(entry, 's3_version'))
    expect(files.map((entry) => stateOf(entry)?.batch?.files.length)).toEqual([2, 1, undefined])
    expect(files.every((entry) => isPut(entry, 'trail_file'))).toBe(true)
    expect(await delivered()).toEqual(all(6))
  })

  it('has another name where somebody has put something under the one that a failed try told', async () => {
    const KeyId = await house.logging()
    await marks(2)
    await house.kms.kms.disableKey({ KeyId })
    await house.pass(SLOT_MS)
    expect(await status()).toMatchObject({ LatestDeliveryError: 'KMS.DisabledException' })
    const told = JSON.stringify(await house.kms.records())
    const [, Key = ''] = /:::[a-z-]+\/(AWSLogs\/[^"]+?\.json\.gz)/.exec(told) ?? []
    expect(Key).toMatch(/_CloudTrail_/)
    await house.s3.putObject({ Bucket: BUCKET, Key, Body: gzipSync('{"Records":[]}') })
    await house.kms.kms.enableKey({ KeyId })
    await house.hours(1)
    expect((await house.object(Key)).plain.toString()).toBe('{"Records":[]}')
    expect(await delivered()).toEqual(all(2))
    const object = `s3://${BUCKET}/${Key}`
    const findings = [{ kind: 'log file', problem: 'unreferenced', object }]
    expect(await house.validate()).toMatchObject({ uncovered: 0, findings })
  })

  it('whose records are gone is told in the status, and the others are delivered', async () => {
    const KeyId = await house.logging()
    await house.pass(SLOT_MS)
    await house.kms.kms.disableKey({ KeyId })
    for (let slot = 0; slot < 3; slot++) {
      await marks(2, 2 * slot)
      house.kms.clock.time += SLOT_MS
    }
    await house.service.deliver()
    expect(await status()).toMatchObject({ LatestDeliveryError: 'KMS.DisabledException' })
    const gone = new Date(house.kms.clock.time - 2 * SLOT_MS).toISOString()
    house = await house.reopen((store) => ({
      ...storeLike(store),
      async records(query) {
        const { records, next } = await store.records(query)
        const left = records.filter(({ record }) => JSON.parse(record).eventTime >= gone)
        return { records: left, next }
      },
    }))
    await house.kms.kms.enableKey({ KeyId })
    await house.pass(SLOT_MS)
    expect(await status()).toMatchObject({ LatestDeliveryError: 'RecordsExpired' })
    house = await house.reopen()
    expect(await status()).toMatchObject({ LatestDeliveryError: 'RecordsExpired' })
    await house.trail.stopLogging({ Name: 'Default' })
    await house.trail.startLogging({ Name: 'Default' })
    await house.hours(1)
    expect(await delivered()).toEqual(all(6).slice(2))
  })

  it('is of its region, or of the home of its trail when there are too many', async () => {
    await house.logging({ IsMultiRegionTrail: true })
    const entries = await watched()
    const regions = Array.from({ length: 50 }, (_, i) => `made-up-${String(i).padStart(2, '0')}`)
    for (let slot = 0; slot < 3; slot++) {
      for (const region of regions) await house.as(accountRoot(ACCOUNT, region)).listTrails({})
      house.kms.clock.time += SLOT_MS
    }
    await house.service.deliver()
    const logs = await house.logs()
    const events = logs.flatMap(({ key, events }) => {
      const lists = events.filter(({ eventName }) => eventName === 'ListTrails')
      return lists.map(({ awsRegion }) => ({ awsRegion, folder: key.split('/')[3] }))
    })
    expect(events).toHaveLength(150)
    const [own, others] = [regions.slice(0, 40), regions.slice(40)]
    const folders = new Map(events.map(({ awsRegion, folder }) => [awsRegion, folder]))
    expect([...folders].sort()).toEqual([
      ...own.map((region) => [region, region]),
      ...others.map((region) => [region, REGION]),
    ])
    expect(logs).toHaveLength(3 * 41)
    const batches = entries.map((entry) => stateOf(entry)?.batch?.files.length ?? 0)
    expect(Math.max(...batches)).toBe(100)
  })
})
