/** Log files of days that are over, together in few. */
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../../src/errors.js'
import { gunzip } from '../../../src/gzip/gunzip.js'
import type { S3Service } from '../../../src/s3/s3.js'
import {
  ACCOUNT,
  BUCKET,
  bucketPolicy,
  HOUR_MS,
  REGION,
  refusal,
  root,
  SLOT_MS,
  TrailHouse,
  trailArn,
} from '../trail-house.js'

let house: TrailHouse
let keyId: string
beforeEach(async () => {
  house = await TrailHouse.open()
  keyId = await house.logging()
})
afterEach(() => house.remove())

const DAY = '2026-01-02'
const BELOW = `AWSLogs/${ACCOUNT}/CloudTrail-Compacted/`
const compact = (day?: string) => house.trail.compact('Default', day)

/** Some log files, of this day; and then a day passes. */
async function deliver(files = 3): Promise<void> {
  for (let i = 0; i < files; i++) {
    await house.kms.kms.generateRandom({ NumberOfBytes: 8 })
    await house.pass(SLOT_MS)
  }
  await house.pass(24 * HOUR_MS)
}

/** A log file as somebody else would have put it, under the trail's key. */
async function put(name: string, text: string): Promise<string> {
  const key = `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/01/02/${ACCOUNT}_CloudTrail_${REGION}_20260102T${name}.json.gz`
  const under = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId } as const
  await house.s3.putObject({ Bucket: BUCKET, Key: key, Body: gzipSync(text), ...under })
  return key
}
const event = (eventID: string) => ({
  eventID,
  eventTime: '2026-01-02T10:00:00Z',
  userIdentity: {},
})

const sourcesOn = async () =>
  (await house.logs()).filter(({ key }) => key.includes(`/${DAY.replaceAll('-', '/')}/`))
async function compacted() {
  const keys = (await house.keys(BELOW)).filter((key) => key.endsWith('.json.gz'))
  return await Promise.all(
    keys.map(async (key) => {
      const text = (await house.object(key)).plain.toString()
      return { key, text, events: JSON.parse(text).Records as Array<{ eventID: string }> }
    }),
  )
}

describe('compaction', () => {
  it('puts the log files of a day into one, as they are, and leaves them', async () => {
    await deliver()
    const before = await sourcesOn()
    const made = await compact(DAY)
    expect(await sourcesOn()).toEqual(before)
    expect((await house.validate()).findings).toEqual([])
    const files = await compacted()
    const events = before.flatMap(({ events }) => events)
    expect(files.map(({ events }) => events)).toEqual([events])
    const [file] = files
    const name = `${BELOW}${REGION}/2026/01/02/${ACCOUNT}_CloudTrail-Compacted_${REGION}_20260102_`
    expect(file!.key).toMatch(new RegExp(`^${name}[0-9A-Za-z]{16}\\.json\\.gz$`))
    expect(made).toEqual([
      {
        object: `s3://${BUCKET}/${file!.key}`,
        ...{ logFiles: before.length, records: events.length, plainBytes: file!.text.length },
      },
    ])
  })

  it('puts one gzip member under the key of the trail', async () => {
    await deliver()
    await compact(DAY)
    for (const Key of await house.keys(BELOW)) {
      expect(await house.s3.headObject({ Bucket: BUCKET, Key })).toMatchObject({
        ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId, ContentType: 'application/json' },
      })
    }
    const [file] = await compacted()
    const { Body } = (await house.s3.getObject({ Bucket: BUCKET, Key: file!.key })) as {
      readonly Body: Uint8Array
    }
    // A second member, or a byte behind the first, would be damage to it.
    const plain = gunzip(Body, { bytesMax: 1 << 20 })
    expect(Buffer.from(plain).toString()).toBe(file!.text)
  })

  const keyOf = async (Key: string) => {
    const { SSEKMSKeyId } = (await house.s3.headObject({ Bucket: BUCKET, Key })) as {
      readonly SSEKMSKeyId?: string
    }
    return SSEKMSKeyId
  }
  /** Which sources are in the files under a key. */
  async function sourcesUnder(keyArn: string | undefined): Promise<string[]> {
    const found: string[] = []
    for (const Key of await house.keys(BELOW)) {
      if (!Key.endsWith('.sources.json') || (await keyOf(Key)) !== keyArn) continue
      expect(await keyOf(Key.replace('.sources.json', '.json.gz'))).toBe(keyArn)
      const { Body } = (await house.s3.getObject({ Bucket: BUCKET, Key })) as { Body: Uint8Array }
      found.push(...JSON.parse(Buffer.from(Body).toString()).sources)
    }
    return found.sort()
  }

  it('puts what lies under a key under that key, whichever trail of the place is named', async () => {
    const both = JSON.stringify([trailArn('Default'), trailArn('Open')])
    const policy = bucketPolicy().replaceAll(`"${trailArn('Default')}"`, both)
    await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: policy })
    await house.trail.createTrail({ Name: 'Open', S3BucketName: BUCKET })
    await house.trail.startLogging({ Name: 'Open' })
    await house.kms.kms.generateRandom({ NumberOfBytes: 8 })
    await house.pass(SLOT_MS)
    const newKey = await house.key()
    await house.trail.updateTrail({ Name: 'Default', KmsKeyId: newKey })
    await deliver(2)
    const wanted = new Map<string | undefined, string[]>()
    for (const { key } of await sourcesOn()) {
      const under = await keyOf(key)
      wanted.set(under, [...(wanted.get(under) ?? []), key.split('/').at(-1)!].sort())
    }
    expect([...wanted.keys()].sort()).toEqual([keyId, newKey, undefined].sort())
    expect(await house.trail.compact('Open', DAY)).toHaveLength(3)
    for (const [under, sources] of wanted) expect(await sourcesUnder(under)).toEqual(sources)
    expect(await compact(DAY)).toEqual([])
  })

  it('twice gives nothing new', async () => {
    await deliver()
    expect(await compact(DAY)).toHaveLength(1)
    const keys = await house.keys(BELOW)
    expect(await compact(DAY)).toEqual([])
    expect(await compact()).toHaveLength(0)
    expect(await house.keys(BELOW)).toEqual(keys)
  })

  it('of two at a time makes the same files once', async () => {
    await deliver()
    const both = await Promise.all([compact(DAY), compact(DAY)])
    expect(both.flat()).toHaveLength(1)
    expect(await house.keys(BELOW)).toHaveLength(2)
  })

  it('gives a log file that comes later one of its own', async () => {
    await deliver()
    await compact(DAY)
    await put('2355Z_late000000000000', JSON.stringify({ Records: [event('late')] }))
    expect(await compact(DAY)).toMatchObject([{ logFiles: 1, records: 1 }])
    const ids = (await compacted()).flatMap(({ events }) => events.map(({ eventID }) => eventID))
    const sources = (await sourcesOn()).flatMap(({ events }) =>
      events.map(({ eventID }) => eventID),
    )
    expect(ids.sort()).toEqual(sources.sort())
  })

  it('takes all days that are over, and none that is not', async () => {
    await deliver()
    await deliver()
    expect((await compact()).map(({ object }) => object.slice(-33, -25))).toEqual([
      '20260102',
      '20260103',
    ])
    for (const day of ['2026-01-04', '2025-02-30', 'yesterday']) {
      expect(await refusal(compact(day))).toMatchObject({ code: 'InputInvalid' })
    }
  })

  it('takes log files with white space in them, and such without a record', async () => {
    await deliver()
    await put('0000Z_empty00000000000', '{"Records":[]}')
    await put(
      '0001Z_spaces0000000000',
      JSON.stringify({ Records: [event('a'), event('b')] }, null, 2),
    )
    await compact(DAY)
    const [file] = await compacted()
    expect(file!.events.slice(0, 2)).toEqual([event('a'), event('b')])
    expect(file!.events).toEqual((await sourcesOn()).flatMap(({ events }) => events))
  })

  it('takes records as they stand, whatever a reader of JSON makes of them', async () => {
    await deliver()
    const record = JSON.stringify(event('a')).replace(
      '{',
      '{"n": 12345678901234567890.10, "n": 1e400,',
    )
    await put('0000Z_numbers00000000', `{"Records": [\n${record}\n]}\n`)
    await compact(DAY)
    expect((await compacted())[0]!.text.startsWith(`{"Records":[${record},{`)).toBe(true)
  })

  it('begins another file where one is full', async () => {
    await deliver(1)
    const pad = 'x'.repeat(11 * 1024 * 1024)
    for (const i of [1, 2, 3]) {
      const Records = [1, 2, 3].map((n) => ({ ...event(`${i}${n}`), pad }))
      await put(`000${i}Z_large00000000000`, JSON.stringify({ Records }))
    }
    const made = await compact(DAY)
    expect(made.map(({ logFiles }) => logFiles)).toEqual([1, 1, 3])
    expect(made.every(({ plainBytes }) => plainBytes < 64 * 1024 * 1024)).toBe(true)
    expect(await compact(DAY)).toEqual([])
  })

  it('is refused over what is no log file, names it, and shows nothing of the rest', async () => {
    await deliver()
    const key = await put('0000Z_other00000000000', '{"Records":[{"eventID":1}]}')
    const { code, message } = await refusal(compact(DAY))
    expect([code, message]).toEqual(['ObjectDamaged', expect.stringContaining(key)])
    expect(await house.keys(BELOW)).toEqual([])
  })
})

describe('a compaction that was stopped', () => {
  /** Puts of compacted files fail from the nth on. */
  function failing(after: number): () => void {
    const service = house.s3Service as { as: S3Service['as'] }
    const { as } = service
    let puts = 0
    service.as = (...given) => {
      const s3 = as(...given)
      return {
        ...s3,
        putObject: async (input) => {
          if (input.Key.startsWith(BELOW) && puts++ >= after) {
            throw new SealtrailError('StoreFailed', 'stopped')
          }
          return await s3.putObject(input)
        },
      }
    }
    return () => {
      service.as = as
    }
  }

  it.each([0, 1])('after %i puts is finished by the next, with nothing twice', async (after) => {
    await deliver()
    const mend = failing(after)
    expect(await refusal(compact(DAY))).toMatchObject({ code: 'StoreFailed' })
    mend()
    expect(await compacted()).toEqual([])
    // A file that came meanwhile is not in the plan.
    await put('2355Z_late000000000000', JSON.stringify({ Records: [event('late')] }))
    expect(await compact(DAY)).toHaveLength(after + 1)
    const ids = (await compacted()).flatMap(({ events }) => events.map(({ eventID }) => eventID))
    const sources = (await sourcesOn()).flatMap(({ events }) =>
      events.map(({ eventID }) => eventID),
    )
    expect(ids.sort()).toEqual(sources.sort())
    expect(await compact(DAY)).toEqual([])
  })

  it('begins anew where log files of its plan are gone', async () => {
    await deliver()
    const mend = failing(1)
    expect(await refusal(compact(DAY))).toMatchObject({ code: 'StoreFailed' })
    mend()
    const [first, ...others] = await sourcesOn()
    await house.s3.deleteObject({ Bucket: BUCKET, Key: first!.key })
    expect(await compact(DAY)).toMatchObject([{ logFiles: others.length }])
  })

  it('names a plan whose log files came to lie under several keys, and goes on without it', async () => {
    await deliver()
    const mend = failing(1)
    expect(await refusal(compact(DAY))).toMatchObject({ code: 'StoreFailed' })
    mend()
    const [plan] = await house.keys(BELOW)
    const Key = (await sourcesOn())[0]!.key
    const { plain } = await house.object(Key)
    await house.s3.putObject({ Bucket: BUCKET, Key, Body: gzipSync(plain) })
    const { code, message } = await refusal(compact(DAY))
    expect([code, message]).toEqual(['InputInvalid', expect.stringContaining(plan!)])
    await house.s3.deleteObject({ Bucket: BUCKET, Key: plan! })
    const made = await compact(DAY)
    expect(made.map(({ logFiles }) => logFiles)).toEqual([1, (await sourcesOn()).length - 1])
  })

  it('believes no plan that somebody else put there', async () => {
    await deliver()
    const [file] = await sourcesOn()
    const sources = [file!.key.split('/').at(-1)]
    const name = `${ACCOUNT}_CloudTrail-Compacted_${REGION}_20260102_0000000000000000`
    for (const [end, Body] of [
      ['.sources.json', JSON.stringify({ version: 1, sources })],
      ['.json.gz', gzipSync('{"Records":[]}')],
    ] as const) {
      const Key = `${BELOW}${REGION}/2026/01/02/${name}${end}`
      await house.s3.putObject({ Bucket: BUCKET, Key, Body })
    }
    expect(await compact(DAY)).toMatchObject([{ logFiles: (await sourcesOn()).length }])
  })
})

describe('who compacts', () => {
  it('does it as who he is: who may not read is refused', async () => {
    await deliver()
    const nobody = {
      ...root,
      identity: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/u`, userName: 'u' } as const,
      policies: () => ({ tags: [], identityPolicies: [], boundary: undefined }),
    }
    expect(await refusal(house.as(nobody).compact('Default', DAY))).toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  it('of a house that closes gets no half of a file', async () => {
    await deliver()
    const compacting = refusal(compact(DAY))
    await sleep(5)
    await house.s3Service.close()
    expect(['Closed', 'done']).toContain((await compacting).code)
  })
})
