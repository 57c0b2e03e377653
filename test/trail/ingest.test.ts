/** Events that somebody else made: into sealed log files and digests, in order, whole, and acknowledged when they are safe. */
import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventSource, Ingested } from '../../src/index.js'
import { Batch, roomOf } from '../../src/trail/ingest/batch.js'
import { userWith } from '../kms/bound.js'
import {
  ACCOUNT,
  BUCKET,
  bucketPolicy,
  HOUR_MS,
  REGION,
  refusal,
  root,
  TrailHouse,
  trailArn,
} from './trail-house.js'

const SAMPLES = 'test/data/cloudtrail-real'
const OTHER = '123837392027'

interface Event {
  readonly eventID: string
  readonly eventTime: string
  readonly awsRegion: string
  readonly recipientAccountId?: string
}

/** Real ones: of another account, of one region and several slots. */
const real = readdirSync(SAMPLES)
  .filter((file) => file.endsWith('.json'))
  .slice(0, 6)
  .flatMap((file): Event[] => JSON.parse(readFileSync(`${SAMPLES}/${file}`, 'utf8')).Records)

const event = (number: number, more: object = {}): Event => ({
  ...{ eventVersion: '1.11', eventSource: 'app.example.com', eventName: 'Login' },
  ...{ eventID: `event-${number}`, eventTime: '2026-01-02T03:04:05Z', awsRegion: REGION },
  ...more,
})
const lines = (events: readonly object[]) =>
  events.map((one) => `${JSON.stringify(one)}\n`).join('')
const numbered = (count: number) => Array.from({ length: count }, (_, i) => event(i))

let house: TrailHouse
/** Of the key under which its files are put. */
let KeyId: string
beforeEach(async () => {
  house = await TrailHouse.open()
  KeyId = await house.logging()
  // The policy lets the trail put what is of another account, too.
  const policy = bucketPolicy().replace(`/*AWSLogs/${ACCOUNT}/*`, '/AWSLogs/*')
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: policy })
})
afterEach(() => house.remove())

const ingest = (source: EventSource, options = {}) => house.trail.ingest('Default', source, options)

/** What is in the bucket of events like ours: file by file, in the order of names. */
async function ingested(prefix = 'AWSLogs/'): Promise<Array<{ key: string; events: Event[] }>> {
  const files = []
  for (const key of await house.keys(prefix)) {
    if (key.includes('CloudTrail-Digest')) continue
    const { plain } = await house.object(key)
    const events: Event[] = JSON.parse(plain.toString()).Records
    files.push({ key, events })
  }
  return files
}
const idsOf = (files: ReadonlyArray<{ readonly events: readonly Event[] }>) =>
  files.flatMap(({ events }) => events.map(({ eventID }) => eventID))

describe('a stream of events', () => {
  it('lies in log files of account, region and slot, as they came and in their order', async () => {
    const answer = await ingest(lines(real))
    const files = await ingested(`AWSLogs/${OTHER}/`)
    const slots = new Map<string, Event[]>()
    for (const one of real) {
      const slot = Math.floor(Date.parse(one.eventTime) / 300_000 + 1) * 300_000
      const name = new Date(slot).toISOString().replace(/[-:]/g, '').slice(0, 13)
      slots.set(name, [...(slots.get(name) ?? []), one])
    }
    expect(slots.size).toBeGreaterThan(1)
    expect(files).toHaveLength(slots.size)
    for (const { key, events } of files) {
      const [, account, stamp] =
        /\/(\d{12})_CloudTrail_us-east-1_(\d{8}T\d{4})Z_\w{16}\.json\.gz$/.exec(key)!
      expect(account).toBe(OTHER)
      expect(events).toEqual(slots.get(stamp!))
    }
    const bytes = Buffer.byteLength(lines(real))
    expect(answer).toEqual({ events: real.length, bytes, files: files.length, knownFiles: 0 })
  })

  it('is sealed under the key of the trail, and in its digests, which validate', async () => {
    const keyId = await house.trail.getTrail({ Name: 'Default' })
    await ingest(numbered(50))
    const [file] = await ingested(`AWSLogs/${ACCOUNT}/`)
    expect(await house.s3.headObject({ Bucket: BUCKET, Key: file!.key })).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: (keyId as { Trail: { KmsKeyId: string } }).Trail.KmsKeyId,
    })
    expect((await house.validate()).findings).toEqual([])
    await house.pass(2 * HOUR_MS)
    const digests = await house.keys(`AWSLogs/${ACCOUNT}/CloudTrail-Digest/`)
    const told = await Promise.all(digests.map((key) => house.object(key)))
    expect(told.filter(({ plain }) => plain.includes(file!.key))).toHaveLength(1)
    expect((await house.validate()).findings).toEqual([])
    await house.s3.deleteObject({ Bucket: BUCKET, Key: file!.key })
    expect((await house.validate()).findings).toEqual([
      { kind: 'log file', problem: 'missing', object: `s3://${BUCKET}/${file!.key}` },
    ])
  })

  const given = numbered(20)
  const text = lines(given)
  const pieces = Array.from({ length: Math.ceil(text.length / 7) }, (_, i) =>
    text.slice(7 * i, 7 * i + 7),
  )
  async function* later<Piece>(values: readonly Piece[]) {
    for (const value of values) yield value
  }
  it.each<[string, () => EventSource]>([
    ['text', () => text],
    ['text without a last line end', () => text.trimEnd()],
    ['lines of another system, some empty', () => `\n\r\n${text.replaceAll('\n', '\r\n \n')}`],
    ['bytes', () => Buffer.from(text)],
    ['events', () => given],
    ['events that come', () => later(given)],
    ['pieces cut anywhere', () => pieces],
    ['pieces that come', () => later(pieces.map((piece) => Buffer.from(piece)))],
    ['a Readable', () => Readable.from(pieces)],
    ['a Readable of events', () => Readable.from(given)],
    ['a ReadableStream', () => Readable.toWeb(Readable.from(pieces))],
  ])('may come as %s', async (_, source) => {
    expect((await ingest(source())).events).toBe(20)
    expect((await ingested(`AWSLogs/${ACCOUNT}/`)).flatMap(({ events }) => events)).toEqual(given)
  })

  it('of no events is no file', async () => {
    for (const nothing of ['', '\n\n', [], Readable.from([])]) {
      expect((await ingest(nothing)).files).toBe(0)
    }
    expect(await ingested()).toEqual([])
  })

  it('is cut into batches, each acknowledged behind those before it', async () => {
    const many = numbered(3000)
    const told: Ingested[] = []
    const answer = await ingest(lines(many), {
      batchBytes: 64 * 1024,
      onProgress: (sofar: Ingested) => told.push(sofar),
    })
    expect(told.at(-1)).toEqual(answer)
    expect(told.length).toBe(answer.files)
    expect(told.length).toBeGreaterThan(5)
    expect(told.map(({ events }) => events)).toEqual(
      told.map(({ events }) => events).sort((a, b) => a - b),
    )
    const files = await ingested(`AWSLogs/${ACCOUNT}/`)
    for (const { events } of files) {
      const ids = events.map(({ eventID }) => Number(eventID.slice('event-'.length)))
      expect(ids).toEqual(Array.from(ids, (_, i) => ids[0]! + i))
    }
    expect(new Set(idsOf(files)).size).toBe(3000)
  })

  it('has another name where somebody has put something under the one that a failed try told', async () => {
    await house.kms.kms.disableKey({ KeyId })
    const source = lines(numbered(10))
    expect((await refusal(ingest(source))).code).toBe('KMS.DisabledException')
    const told = JSON.stringify(await house.kms.records())
    const [, Key = ''] = /:::[a-z-]+\/(AWSLogs\/[^"]+?\.json\.gz)/.exec(told) ?? []
    await house.s3.putObject({ Bucket: BUCKET, Key, Body: gzipSync('{"Records":[]}') })
    await house.kms.kms.enableKey({ KeyId })
    const answer = await ingest(source)
    expect(answer).toMatchObject({ events: 10, files: expect.any(Number), knownFiles: 0 })
    expect((await house.object(Key)).plain.toString()).toBe('{"Records":[]}')
    const ids = idsOf(await ingested()).filter((id) => /^event-/.test(id ?? ''))
    expect(new Set(ids).size).toBe(10)
    expect(await ingest(source)).toMatchObject({ files: 0, knownFiles: answer.files })
  })

  it('is put as CloudTrail, which a trail that selects its bucket has a record of', async () => {
    const DataResources = [{ Type: 'AWS::S3::Object', Values: [`arn:aws:s3:::${BUCKET}/`] }]
    const EventSelectors = [{ IncludeManagementEvents: true, DataResources }]
    await house.trail.putEventSelectors({ TrailName: 'Default', EventSelectors } as never)
    await ingest(lines(numbered(10)))
    const [key] = await house.keys()
    const records = await house.kms.records()
    expect(records.filter(({ eventName }) => eventName === 'PutObject')).toMatchObject([
      {
        userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
        requestParameters: { bucketName: BUCKET, key },
      },
    ])
  })

  it('adds nothing when it is sent again', async () => {
    const source = lines(numbered(3000))
    const first = await ingest(source, { batchBytes: 64 * 1024 })
    const again = await ingest(source, { batchBytes: 64 * 1024 })
    expect(again).toEqual({ ...first, files: 0, knownFiles: first.files })
    await house.pass(2 * HOUR_MS)
    expect((await ingest(source, { batchBytes: 64 * 1024 })).knownFiles).toBe(first.files)
    await house.pass(2 * HOUR_MS)
    expect(await ingested(`AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/01/02/`)).toBeDefined()
    const ids = idsOf(await ingested(`AWSLogs/${ACCOUNT}/`)).filter((id) =>
      /^event-/.test(id ?? ''),
    )
    expect(ids).toHaveLength(3000)
    expect((await house.validate()).findings).toEqual([])
  })

  it('that pauses is delivered as far as it came', async () => {
    let isSafe = () => {}
    const safe = new Promise<void>((resolve) => {
      isSafe = resolve
    })
    async function* source() {
      yield lines(numbered(3))
      // Ends only when what came before is acknowledged.
      await safe
      yield lines([event(3)])
    }
    const answer = await ingest(source(), { batchAgeMs: 20, onProgress: () => isSafe() })
    expect(answer).toMatchObject({ events: 4, files: 2 })
  })

  it('begins the chain of digests of a region that is new', async () => {
    await ingest([event(1, { awsRegion: 'eu-west-3' })])
    await house.pass(2 * HOUR_MS)
    const digests = await house.keys(`AWSLogs/${ACCOUNT}/CloudTrail-Digest/eu-west-3/`)
    expect(digests.length).toBeGreaterThan(0)
    expect((await house.validate()).findings).toEqual([])
  })
})

describe('what is no event', () => {
  it.each<[string, string, string]>([
    ['text that is no JSON', 'one', 'it is not one JSON object'],
    ['half an event', '{"eventTime":"2026-01-02T03:04:05Z"', 'it is not one JSON object'],
    [
      'two events on a line',
      lines([event(1)])
        .trim()
        .repeat(2),
      'it is not one JSON object',
    ],
    ['a list', '[]', 'it is not one JSON object'],
    [
      'a time that is none',
      JSON.stringify(event(1, { eventTime: '2026-02-30T03:04:05Z' })),
      'its eventTime is no time',
    ],
    [
      'a time in a slot whose name would be of another form',
      JSON.stringify(event(1, { eventTime: '9999-12-31T23:59:00Z' })),
      'its eventTime is no time',
    ],
    ['no time', JSON.stringify(event(1, { eventTime: undefined })), 'its eventTime is no time'],
    ['no region', JSON.stringify(event(1, { awsRegion: '../..' })), 'its awsRegion is no region'],
    ['no id', JSON.stringify(event(1, { eventID: '' })), 'it has no eventID'],
    [
      'no account',
      JSON.stringify(event(1, { recipientAccountId: '12' })),
      'its recipientAccountId is no account',
    ],
    [
      'an empty account, behind events without one',
      JSON.stringify(event(1, { recipientAccountId: '' })),
      'its recipientAccountId is no account',
    ],
    [
      'more than there may be',
      JSON.stringify(event(1, { text: 'x'.repeat(1 << 20) })),
      'it has more than 1048576 bytes',
    ],
  ])('ends the stream, and is told by its line: %s', async (_, line, why) => {
    const source = `${lines(numbered(5))}\n${line}\n${lines([event(9)])}`
    const error = await ingest(source).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'InputInvalid', message: `line 7 is no event: ${why}` })
    expect(error.detail).toEqual({ line: 7, events: 5 })
    expect(idsOf(await ingested(`AWSLogs/${ACCOUNT}/`))).toHaveLength(5)
    expect((await house.validate()).findings).toEqual([])
  })

  it('is not UTF-8', async () => {
    const bytes = Buffer.from(lines([event(1), event(2)]))
    bytes[bytes.lastIndexOf('Login')] = 0xff
    expect(await refusal(ingest(bytes))).toEqual({
      code: 'InputInvalid',
      message: 'line 2 is no event: it is not UTF-8',
    })
  })

  it('has a member twice that says where it goes', async () => {
    const twice = JSON.stringify(event(1)).replace('{', '{"awsRegion":"eu-west-1",')
    expect((await refusal(ingest(twice))).code).toBe('InputInvalid')
    const hidden = JSON.stringify(event(1)).replace('{', '{"aws\\u0052egion":"eu-west-1",')
    expect((await refusal(ingest(hidden))).code).toBe('InputInvalid')
  })
})

describe('ingest', () => {
  it('into a trail that is not there, or not logging, is refused', async () => {
    expect(await refusal(house.trail.ingest('Other', ''))).toEqual({
      code: 'TrailNotFoundException',
      message: `Unknown trail: ${trailArn('Other')} for the user: ${ACCOUNT}`,
    })
    await house.trail.stopLogging({ Name: 'Default' })
    expect((await refusal(ingest(numbered(1)))).code).toBe('TrailNotLogging')
  })

  it('needs PutAuditEvents on the trail', async () => {
    const identity = {
      ...{ type: 'IAMUser' as const, principalId: 'AIDAEXAMPLE', userName: 'app' },
      accountId: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:user/app`,
    } as const
    const nobody = { ...root, identity, policies: () => ({ ...NOTHING, identityPolicies: [] }) }
    expect((await refusal(house.as(nobody).ingest('Default', ''))).code).toBe(
      'AccessDeniedException',
    )
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        ...{ Effect: 'Allow', Action: 'cloudtrail-data:PutAuditEvents' },
        Resource: trailArn('Default'),
      },
    })
    const policy = { name: 'ingest', text, version: 1 }
    const app = { ...root, identity, policies: () => ({ ...NOTHING, identityPolicies: [policy] }) }
    expect((await house.as(app).ingest('Default', numbered(1))).events).toBe(1)
  })

  it('that the bucket refuses says so, and how many events are safe', async () => {
    const told: number[] = []
    async function* source() {
      yield lines(numbered(300))
      while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
      yield lines(numbered(300))
    }
    const error = await ingest(source(), {
      batchAgeMs: 5,
      onProgress: ({ events }: Ingested) => told.push(events),
    }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'AccessDeniedException', detail: { events: 300 } })
    expect(told).toEqual([300])
  })

  it('leaves one record of a stream, with how much of it is safe, and nothing of its events', async () => {
    const calls = () => house.kms.records({ eventName: 'PutAuditEvents' })
    const ingested = await ingest(numbered(300), { batchAgeMs: 1 })
    expect(await calls()).toMatchObject([
      {
        ...{ eventSource: 'cloudtrail-data.amazonaws.com', eventCategory: 'Management' },
        ...{ readOnly: false, requestParameters: { name: 'Default' }, responseElements: null },
        resources: [
          { accountId: ACCOUNT, type: 'AWS::CloudTrail::Trail', ARN: trailArn('Default') },
        ],
        additionalEventData: { ingested },
      },
    ])
    expect(JSON.stringify(await calls())).not.toContain('event-1')
  })

  it('that breaks off leaves its record too, with what was safe by then', async () => {
    const calls = () => house.kms.records({ eventName: 'PutAuditEvents' })
    async function* source() {
      yield lines(numbered(4))
      throw new Error('the source broke')
    }
    await ingest(source()).catch(() => undefined)
    await refusal(ingest('no event\n'))
    const none = { events: 0, bytes: 0, files: 0, knownFiles: 0 }
    expect(await calls()).toMatchObject([
      { errorCode: 'InternalFailure', additionalEventData: { ingested: { events: 4, files: 1 } } },
      { errorCode: 'InternalFailure', additionalEventData: { ingested: none } },
    ])
  })

  it('that is refused leaves its record', async () => {
    await refusal(house.as(userWith({})).ingest('Default', numbered(1)))
    await refusal(house.trail.ingest('Other', numbered(1)))
    await refusal(house.trail.ingest('no name', numbered(1)))
    expect(await house.kms.records({ eventName: 'PutAuditEvents' })).toMatchObject([
      { errorCode: 'AccessDenied', requestParameters: { name: 'Default' } },
      { errorCode: 'TrailNotFoundException', requestParameters: { name: 'Other' } },
      { errorCode: 'InvalidTrailNameException', requestParameters: null },
    ])
  })

  it('ends with what its progress is told to', async () => {
    const stop = new Error('enough')
    const onProgress = () => {
      throw stop
    }
    await expect(ingest(numbered(1), { onProgress })).rejects.toBe(stop)
  })

  it('ends with what its source throws, and what came before is safe', async () => {
    const broken = new Error('the source broke')
    async function* source() {
      yield lines(numbered(4))
      throw broken
    }
    await expect(ingest(source())).rejects.toBe(broken)
    expect(idsOf(await ingested(`AWSLogs/${ACCOUNT}/`))).toHaveLength(4)
  })

  it.each([Symbol.iterator, Symbol.asyncIterator])(
    'says why it ended, not what the end of its source threw: %s',
    async (kind) => {
      const iterator = {
        next: () => ({ done: false, value: 'no event\n' }),
        return() {
          throw new Error('the source does not end')
        },
      }
      const source = { [kind]: () => iterator } as unknown as EventSource
      expect(await refusal(ingest(source))).toEqual({
        code: 'InputInvalid',
        message: 'line 1 is no event: it is not one JSON object',
      })
    },
  )

  it.each([Symbol.iterator, Symbol.asyncIterator])(
    'is refused of a source that gives nothing: %s',
    async (kind) => {
      const source = { [kind]: () => ({ next: () => undefined }) } as unknown as EventSource
      expect(await refusal(ingest(source))).toEqual({
        code: 'InputInvalid',
        message: 'what next() of a source gives must be an object, not undefined',
      })
    },
  )

  it('does not wait for a source that never ends when the house is closed', async () => {
    async function* source() {
      yield lines(numbered(4))
      await new Promise(() => undefined)
    }
    const work = refusal(ingest(source()))
    await new Promise((resolve) => setTimeout(resolve, 20))
    house = await house.reopen()
    expect((await work).code).toBe('Closed')
    expect(idsOf(await ingested(`AWSLogs/${ACCOUNT}/`))).toHaveLength(4)
  })

  it('asks for no more than it has room for', async () => {
    const line = lines([event(1, { text: 'x'.repeat(10_000) })])
    let given = 0
    let most = 0
    let safe = 0
    function* source() {
      for (let i = 0; i < 4000; i++) {
        given += line.length
        most = Math.max(most, given - safe)
        yield line
      }
    }
    const batchBytes = 1024 * 1024
    await ingest(source(), {
      batchBytes,
      onProgress: ({ bytes }: Ingested) => {
        safe = bytes
      },
    })
    expect(given).toBeGreaterThan(30 * batchBytes)
    // Three batches on their way, one that is filled, and what is between.
    expect(most).toBeLessThan(6 * batchBytes)
  })
})

describe('a batch', () => {
  it('looks at what comes once, however small the pieces are', () => {
    const text = Buffer.from(lines([event(1, { text: 'x'.repeat(1_000_000) })]))
    const batch = new Batch(roomOf(16 * text.length), { bytes: 16 * text.length, ...LIMITS }, 1)
    for (let i = 0; i < 8; i++) batch.take(text)
    // All that is there looked at again for each piece would be two terabytes.
    for (let at = 0; at < text.length; at += 4) batch.take(text.subarray(at, at + 4))
    expect(batch.events).toBe(9)
  })
})

const LIMITS = { slotMs: 5 * 60 * 1000, account: ACCOUNT }
const NOTHING = { tags: [], boundary: undefined }
