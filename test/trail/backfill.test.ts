/** Backfill digests: log files that came after an outage, when the digests of their hours were closed. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
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

const FOLDER = `AWSLogs/${ACCOUNT}/CloudTrail-Digest/${REGION}/2026/01/02/`
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** `04:00` stands for the digest of 03:00 to 04:00. */
const digestAt = (time: string, behind = '') =>
  `${FOLDER}${ACCOUNT}_CloudTrail-Digest_${REGION}_Default_${REGION}_20260102T${time.padEnd(8, ':00').replaceAll(':', '')}Z${behind}.json.gz`
const backfillAt = (time: string) => digestAt(time, '_backfill')

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
})
afterEach(() => house.remove())

/** From 03:00 on; the bucket is closed to the trail from 03:15 on. */
async function outage(hours: number): Promise<void> {
  await house.logging()
  await house.pass(HOUR_MS / 4)
  await shut(hours)
}

/** Something is recorded in each quarter of the hours for which the bucket is closed. */
async function shut(hours: number): Promise<void> {
  await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
  for (let quarter = 0; quarter < 4 * hours; quarter++) {
    await house.kms.kms.createKey({})
    await house.pass(HOUR_MS / 4)
  }
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: bucketPolicy() })
}

const backfills = async () => (await house.keys(FOLDER)).filter((key) => /_backfill/.test(key))
async function digest(key: string) {
  const { plain, metadata } = await house.object(key)
  const { logFiles, ...members } = JSON.parse(plain.toString()) as {
    readonly logFiles: ReadonlyArray<{ readonly s3Object: string; readonly hashValue: string }>
    readonly [name: string]: unknown
  }
  return { plain, metadata, members, logFiles, told: logFiles.map(({ s3Object }) => s3Object) }
}
const stampOf = (key: string) => /_20260102T(\d\d)(\d\d)Z_/.exec(key)!.slice(1).join(':')

describe('files that come when the digest of their hour is closed', () => {
  it('are told of by one backfill digest for each such hour, and by no other', async () => {
    await outage(3)
    await house.hours(1)
    expect(await backfills()).toEqual(['04:00', '05:00', '06:00'].map(backfillAt))
    for (const time of ['04:00', '05:00', '06:00']) {
      const { members, told } = await digest(backfillAt(time))
      const hour = Number(time.slice(0, 2))
      expect(members).toMatchObject({
        digestStartTime: `2026-01-02T0${hour - 1}:00:00Z`,
        digestEndTime: `2026-01-02T0${hour}:00:00Z`,
      })
      expect(told.map(stampOf).every((stamp) => Number(stamp.slice(0, 2)) === hour - 1)).toBe(true)
      expect(told.length).toBeGreaterThan(1)
    }
    const all: string[] = []
    for (const key of await house.keys(FOLDER)) all.push(...(await digest(key)).told)
    expect(new Set(all).size).toBe(all.length)
    const undigested = (await house.keys()).filter((key) => !all.includes(key))
    expect(undigested.every((key) => stampOf(key) >= '06:50')).toBe(true)
    expect((await digest(digestAt('05:00'))).told).toEqual([])
  })

  it('are in digests that are signed, and chained with each other, over outages', async () => {
    await outage(2)
    await house.hours(2)
    await shut(2)
    await house.hours(1)
    const keys = await backfills()
    expect(keys).toEqual(['04:00', '05:00', '08:00', '09:00'].map(backfillAt))
    const { PublicKeyList } = (await house.trail.listPublicKeys({})) as {
      PublicKeyList: ReadonlyArray<{ readonly Value: Uint8Array; readonly Fingerprint: string }>
    }
    const { Value, Fingerprint } = PublicKeyList[0]!
    const publicKey = createPublicKey({ key: Buffer.from(Value), format: 'der', type: 'pkcs1' })
    let before: Awaited<ReturnType<typeof digest>> | undefined
    for (const key of keys) {
      const one = await digest(key)
      const { signature = '', ...rest } = one.metadata
      expect(one.members).toMatchObject({
        ...{ digestS3Object: key, digestPublicKeyFingerprint: Fingerprint },
        previousDigestS3Object: before?.members.digestS3Object ?? null,
        previousDigestHashValue: before === undefined ? null : sha256(before.plain),
        previousDigestSignature: before?.metadata.signature ?? null,
      })
      const text = `${one.members.digestEndTime}\n${BUCKET}/${key}\n${sha256(one.plain)}\n${before?.metadata.signature ?? 'null'}`
      expect(verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'hex'))).toBe(
        true,
      )
      const generated = `2026-01-02T${keys.indexOf(key) < 2 ? '06' : '10'}:00:00Z`
      expect(rest).toEqual({
        'signature-algorithm': 'SHA256withRSA',
        'backfill-generation-timestamp': generated,
      })
      before = one
    }
  })

  it('may come in two turns: the second digest of an hour has the next second as its name', async () => {
    await outage(2)
    await house.hours(1)
    expect(await backfills()).toEqual(['04:00', '05:00'].map(backfillAt))
    // As one of a clock that is set back: recorded in an hour that was filled.
    const now = house.kms.clock.time
    house.kms.clock.time = Date.UTC(2026, 0, 2, 4, 30)
    await house.kms.kms.createKey({})
    house.kms.clock.time = now
    await house.hours(2)
    expect((await backfills()).at(-1)).toBe(backfillAt('05:00:01'))
    const { members, told } = await digest((await backfills()).at(-1)!)
    expect(members).toMatchObject({
      ...{ digestStartTime: '2026-01-02T04:00:00Z', digestEndTime: '2026-01-02T05:00:01Z' },
      previousDigestS3Object: backfillAt('05:00'),
    })
    expect(told.map(stampOf)).toEqual(['04:35'])
    expect(await house.validate()).toMatchObject({ findings: [] })
  })

  it('are told of once when the process dies between a put and its commit', async () => {
    await outage(1)
    await house.pass(SLOT_MS)
    let isBroken = false
    house = await house.reopen((store) => {
      return {
        ...storeLike(store),
        async commit(entry) {
          if (entry.changes?.some((change) => 'drop' in change)) isBroken = true
          if (isBroken) throw new SealtrailError('StoreFailed', 'gone')
          await store.commit(entry)
        },
      }
    })
    await house.pass(HOUR_MS)
    expect(isBroken).toBe(true)
    const [made, ...more] = await backfills()
    expect(more).toEqual([])
    const then = await digest(made!)
    house = await house.reopen()
    await house.pass(0)
    expect(await backfills()).toEqual([made])
    expect(await digest(made!)).toEqual(then)
    expect(await house.validate()).toMatchObject({ findings: [] })
  })

  it('come before the last digest when the trail stops, and are not late when they are in time', async () => {
    await outage(2)
    await house.trail.stopLogging({ Name: 'Default' })
    await house.pass(0)
    expect(await backfills()).toEqual(['04:00', '05:00'].map(backfillAt))
    await house.trail.startLogging({ Name: 'Default' })
    await house.hours(4)
    expect(await backfills()).toHaveLength(2)
    expect(await house.validate()).toMatchObject({ uncovered: 0, findings: [] })
  })
})

describe('validation of backfill digests', () => {
  const lost = async () =>
    (await house.validate()).findings.map(({ kind, problem, object }) => {
      return [kind, problem, object.slice(`s3://${BUCKET}/`.length)]
    })

  it.each([
    ['one', [1]],
    ['two in a row', [0, 1]],
    ['the newest', [2]],
    ['all', [0, 1, 2]],
  ])('finds those that were deleted: %s', async (_, which) => {
    await outage(3)
    await house.hours(1)
    expect(await lost()).toEqual([])
    const keys = await backfills()
    const gone = which.map((i) => keys[i]!)
    for (const Key of gone) await house.s3.deleteObject({ Bucket: BUCKET, Key })
    const told = (await lost()).filter(([kind]) => kind === 'digest')
    expect(told.sort()).toEqual(gone.map((key) => ['digest', 'missing', key]))
  })

  it('finds log files that only they tell of', async () => {
    await outage(2)
    await house.hours(1)
    const { told } = await digest(backfillAt('05:00'))
    await house.s3.deleteObject({ Bucket: BUCKET, Key: told[0]! })
    expect(await lost()).toEqual([['log file', 'missing', told[0]]])
  })
})
