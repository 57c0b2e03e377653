/** Events that somebody else made are read, whatever is in them; and no object that somebody put there takes all memory. */
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VALUES } from '../../../src/aws/forms/values.js'
import { take } from '../../../src/aws/take.js'
import type { S3 } from '../../../src/s3/s3.js'
import { readLogFile } from '../../../src/trail/reading/files.js'
import type { QueryFilter } from '../../../src/trail/reading/query.js'
import { readFile } from '../../../src/trail/validation/read.js'
import {
  ACCOUNT,
  BUCKET,
  HOUR_MS,
  REGION,
  refusal,
  root,
  TrailHouse,
  trailArn,
} from '../trail-house.js'

const MIB = 1024 * 1024

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
  await house.logging()
})
afterEach(() => house.remove())

const event = (eventID: string, more: object = {}) => ({
  ...{ eventID, eventTime: '2026-01-02T02:00:00Z', awsRegion: REGION, recipientAccountId: ACCOUNT },
  ...more,
})

async function query(filter: QueryFilter = {}) {
  const found = []
  for await (const one of house.trail.query(filter)) if (one.seq === undefined) found.push(one)
  return found
}
const idsOf = async (filter: QueryFilter) => (await query(filter)).map(({ event }) => event.eventID)

/** Records of the compacted files of a day that is over. */
async function compacted(): Promise<Array<Record<string, unknown>>> {
  await house.pass(24 * HOUR_MS)
  await house.trail.compact('Default')
  const keys = await house.keys(`AWSLogs/${ACCOUNT}/CloudTrail-Compacted/`)
  const files = keys.filter((key) => key.endsWith('.json.gz')).map((key) => house.object(key))
  return (await Promise.all(files)).flatMap(({ plain }) => JSON.parse(plain.toString()).Records)
}

describe('an event with nothing but what ingest asks for', () => {
  const least = { eventID: 'least', eventTime: '2026-01-02T02:00:00.123456789Z', awsRegion: REGION }

  it('is found by a query, and put into a compacted file', async () => {
    await house.trail.ingest('Default', [least])
    const [found] = await query({ from: new Date('2026-01-02T01:59:00Z') })
    expect(found).toEqual({ seq: undefined, record: JSON.stringify(least), event: least })
    expect(await compacted()).toContainEqual(least)
  })
})

describe('an event of PutAuditEvents', () => {
  it('is found by a query, and put into a compacted file', async () => {
    const { ChannelArn: channelArn } = (await house.trail.createChannel({
      ...{ Name: 'app', Source: 'Custom' },
      Destinations: [{ Type: 'EVENT_DATA_STORE', Location: trailArn('Default') }],
    })) as { ChannelArn: string }
    const eventData = JSON.stringify({
      ...{ version: '1.0', UID: 'u', eventTime: '2026-01-02T02:00:00', eventName: 'Login' },
      ...{ eventSource: 'app.example.com', recipientAccountId: ACCOUNT },
      userIdentity: { type: 'Customer', principalId: 'alice' },
    })
    const { data } = house.service
    const read: Parameters<typeof data.call>[1] = ({ input }) =>
      take(input, { channelArn, auditEvents: [{ id: 'one', eventData }] }, VALUES)
    const context = {
      caller: root,
      requestId: 'r',
      sourceIpAddress: '192.0.2.1',
      userAgent: 'test',
    }
    const { successful } = (await data.call('PutAuditEvents', read, context)) as {
      readonly successful: ReadonlyArray<{ readonly eventID: string }>
    }
    const eventID = successful[0]!.eventID
    expect(await idsOf({})).toContain(eventID)
    expect(await compacted()).toContainEqual(expect.objectContaining({ eventID }))
  })
})

describe('an event whose members are not what a record has there', () => {
  it.each<[string, object]>([
    ['nobody', { userIdentity: null }],
    ['a name for a user', { userIdentity: 'alice' }],
    ['a session that is none', { userIdentity: { sessionContext: null } }],
    ['one resource without a list', { resources: 'a' }],
    ['a resource that is none', { resources: [null, 1, 'a'] }],
    ['numbers for names', { eventName: 1, eventSource: 2, errorCode: 3, readOnly: 'no' }],
  ])('is passed over by filters that ask for them: %s', async (_, more) => {
    const right = {
      ...{ eventName: 'Login', eventSource: 'app.example.com', errorCode: 'Denied' },
      ...{ readOnly: false, userIdentity: { arn: 'arn:u' }, resources: [{ ARN: 'arn:k' }] },
    }
    await house.trail.ingest('Default', [event('odd', more), event('right', right)])
    const filters: QueryFilter[] = [
      ...[{ principal: 'arn:u' }, { keyArn: 'arn:k' }, { eventName: 'Login' }],
      ...[{ eventSource: 'app.example.com' }, { errorCode: 'Denied' }, { readOnly: false }],
    ]
    for (const filter of filters) {
      expect([filter, await idsOf(filter)]).toEqual([filter, ['right']])
    }
    expect(await idsOf({ until: new Date('2026-01-02T02:30:00Z') })).toEqual(['odd', 'right'])
  })
})

describe('the record of an event that was read in a log file', () => {
  it('is the text that stood there, on one line, which moves no cursor', async () => {
    const line = JSON.stringify(event('a')).replace(
      '{',
      '{"n":12345678901234567890.10,"m":1e400,"t":"\u202e\u2028",',
    )
    await house.trail.ingest('Default', line)
    const [found] = await query()
    expect(found!.record).toBe(line.replace('\u202e\u2028', '\\u202e\\u2028'))
  })
})

describe('an object under the name of a log file', () => {
  const Key = `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/01/02/${ACCOUNT}_CloudTrail_${REGION}_20260102T0205Z_0123456789abcdef.json.gz`
  const put = (...parts: string[]) =>
    house.s3.putObject({ Bucket: BUCKET, Key, Body: gzipSync(parts.join(''), { level: 1 }) })
  const many = '{},'.repeat(80 * MIB)

  it.each<[string, string[]]>([
    ['of more records than there is memory', ['{"Records":[', many, '{}]}']],
    [
      'of a record that takes more memory than there is',
      [`{"Records":[${JSON.stringify(event('a')).slice(0, -1)},"x":[`, many, '{}]}]}'],
    ],
  ])('%s is named as no log file', async (_, parts) => {
    await put(...parts)
    const { code, message } = await refusal(query())
    expect([code, message]).toEqual(['ObjectDamaged', expect.stringContaining(Key)])
  })

  it('of more records than there is memory for at once is read one by one', async () => {
    const record = JSON.stringify({ eventID: 'a', eventTime: '2026-01-02T02:00:00Z' })
    await put('{"Records":[', `${record},`.repeat(2 * MIB), `${record}]}`)
    const before = process.memoryUsage().heapUsed
    const file = await readLogFile({ s3: house.s3, bucket: BUCKET }, Key)
    let [count, most] = [0, 0]
    for (const { event } of file.records()) {
      if (event.eventID !== 'a') throw new Error('not that record')
      if (++count % 100_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed)
    }
    expect(count).toBe(2 * MIB + 1)
    expect(most - before).toBeLessThan(150 * MIB)
  })

  it('that is larger than any log file is not read at all', async () => {
    let isRead = false
    const Body = new Readable({
      read() {
        isRead = true
        this.push(null)
      },
    })
    const s3 = { getObject: async () => ({ Body, ContentLength: 257 * MIB }) }
    const read = await readFile(s3 as unknown as S3, { bucket: BUCKET, object: Key })
    expect([read, isRead, Body.destroyed]).toEqual(['damaged', false, true])
  })
})
