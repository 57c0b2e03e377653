/** Validation while the trail goes on: what comes meanwhile is no finding. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { S3, S3Service } from '../../src/s3/s3.js'
import type { TrailValidation } from '../../src/trail/validation/validate.js'
import { BUCKET, bucketPolicy, HOUR_MS, REGION, SLOT_MS, TrailHouse } from './trail-house.js'

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
  await house.logging()
})
afterEach(() => house.remove())

/** `work` is done once: before or behind the first call of `operation` that `isMeant` says. */
function once(
  operation: 'listObjectsV2' | 'getObject',
  when: 'before' | 'behind',
  work: () => Promise<unknown>,
  isMeant: (input: { readonly Prefix?: string; readonly Key?: string }) => boolean = () => true,
): void {
  const service = house.s3Service as { as: S3Service['as'] }
  const { as } = service
  service.as = (...given): S3 => {
    const s3 = as(...given)
    const call = s3[operation] as (input: object) => Promise<unknown>
    const wrapped = async (input: object) => {
      if (!isMeant(input)) return await call(input)
      service.as = as
      const isBefore = when === 'before'
      isMeant = () => false
      if (isBefore) await work()
      const answer = await call(input)
      if (!isBefore) await work()
      return answer
    }
    return { ...s3, [operation]: wrapped } as S3
  }
}

/** What `validate` finds behind the first put of a digest that `isMeant` says, before that is committed with its trail. */
function validationBehindPut(isMeant: (key: string) => boolean) {
  const service = house.s3Service as { putTogether: S3Service['putTogether'] }
  const { putTogether } = service
  const found: { meanwhile?: TrailValidation } = {}
  service.putTogether = async (...given) => {
    await putTogether(...given)
    if (!isMeant((given[1] as { readonly Key: string }).Key)) return
    service.putTogether = putTogether
    found.meanwhile = await house.validate()
  }
  return found
}

let number = 0
/** An event of an hour that a digest has told of already. */
const ingest = () => {
  const eventTime = '2026-01-02T03:10:00Z'
  return house.trail.ingest('Default', [
    { eventID: `late-${number++}`, eventTime, awsRegion: REGION, eventName: 'Login' },
  ])
}

describe('validation finds nothing', () => {
  it.each([
    ['before it lists', 'listObjectsV2', 'before'],
    ['when it has listed', 'listObjectsV2', 'behind'],
    ['while it reads', 'getObject', 'before'],
  ] as const)('where events are ingested %s', async (_, operation, when) => {
    await house.hours(3)
    await ingest()
    once(operation, when, ingest)
    expect((await house.validate()).findings).toEqual([])
    expect(number).toBeGreaterThan(1)
    expect((await house.validate()).findings).toEqual([])
  })

  it('where a digest takes what was in none while it reads', async () => {
    await house.hours(2)
    await ingest()
    const isLogFile = ({ Key }: { readonly Key?: string }) => Key?.includes('/CloudTrail/') === true
    once('getObject', 'before', () => house.pass(HOUR_MS), isLogFile)
    expect((await house.validate()).findings).toEqual([])
  })

  it('where a digest is put that no commit tells of yet', async () => {
    await house.hours(2)
    const found = validationBehindPut((key) => key.includes('/CloudTrail-Digest/'))
    await house.hours(2)
    expect(found.meanwhile?.findings).toEqual([])
  })

  it('where a backfill digest is put that no commit tells of yet', async () => {
    await house.hours(1)
    await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
    await house.hours(3)
    await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: bucketPolicy() })
    const found = validationBehindPut((key) => key.includes('_backfill'))
    await house.hours(3)
    expect(found.meanwhile?.findings).toEqual([])
  })
})

describe('validation tells', () => {
  it('what nobody put there through the trail', async () => {
    await house.hours(2)
    await house.pass(SLOT_MS)
    const [key] = await house.keys()
    const Key = key!.replace(/_[^_]+$/, '_0123456789abcdef.json.gz')
    await house.s3.putObject({ Bucket: BUCKET, Key, Body: 'forged' })
    expect((await house.validate()).findings).toEqual([
      { kind: 'log file', problem: 'unreferenced', object: `s3://${BUCKET}/${Key}` },
    ])
  })
})
