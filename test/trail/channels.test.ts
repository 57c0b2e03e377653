/** Channels, and the events that come through them: each one answered, and safe when it is said to be. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VALUES } from '../../src/aws/forms/values.js'
import { take } from '../../src/aws/take.js'
import type { Caller } from '../../src/service/caller.js'
import { Arrivals } from '../../src/trail/audit-events/arrivals.js'
import type { TrailParts } from '../../src/trail/parts.js'
import type { TrailService } from '../../src/trail/trail.js'
import { Trails } from '../../src/trail/trails/trails.js'
import { userWith } from '../kms/bound.js'
import {
  ACCOUNT,
  BUCKET,
  HOUR_MS,
  REGION,
  refusal,
  root,
  SLOT_MS,
  TrailHouse,
  trailArn,
} from './trail-house.js'

const EVENT_DATA_STORE = 'EVENT_DATA_STORE' as const
const to = (Location: string) => [{ Type: EVENT_DATA_STORE, Location }]

interface Answer {
  readonly successful: ReadonlyArray<{ readonly id: string; readonly eventID: string }>
  readonly failed: ReadonlyArray<{
    readonly id: string
    readonly errorCode: string
    readonly errorMessage: string
  }>
}

const eventData = (more: object = {}) =>
  JSON.stringify({
    ...{ version: '1.0', UID: 'request-1', eventTime: '2026-01-02T03:01:00', eventName: 'Login' },
    ...{ eventSource: 'app.example.com', recipientAccountId: ACCOUNT },
    userIdentity: { type: 'Customer', principalId: 'alice', details: { team: 'blue' } },
    ...more,
  })
/** So many objects and lists, one in the other. */
const deep = (levels: number) =>
  eventData().replace(
    '{',
    `{"requestParameters":{"x":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}},`,
  )

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
  await house.logging()
})
afterEach(() => house.remove())

async function channel(Name = 'app'): Promise<string> {
  const made = await house.trail.createChannel({
    ...{ Name, Source: 'Custom', Destinations: to(trailArn('Default')) },
  })
  return (made as { ChannelArn: string }).ChannelArn
}

async function put(
  channelArn: string,
  auditEvents: unknown,
  caller: Caller = root,
): Promise<Answer> {
  const { data }: Pick<TrailService, 'data'> = house.service
  const read: Parameters<typeof data.call>[1] = ({ input }) =>
    take(input, { channelArn, auditEvents }, VALUES)
  const context = { caller, requestId: 'r', sourceIpAddress: '192.0.2.1', userAgent: 'test' }
  return (await data.call('PutAuditEvents', read, context)) as Answer
}

async function delivered(): Promise<Array<Record<string, unknown>>> {
  const files = await house.logs()
  return files
    .flatMap(({ events }) => events as Array<Record<string, unknown>>)
    .filter(({ eventType }) => eventType === 'ActivityLog')
}

describe('a channel', () => {
  it('leads to a trail, and is shown, changed, listed and deleted', async () => {
    const ChannelArn = await channel()
    expect(ChannelArn).toMatch(
      new RegExp(`^arn:aws:cloudtrail:${REGION}:${ACCOUNT}:channel/[0-9a-f-]{36}$`),
    )
    const shown = {
      ChannelArn,
      Name: 'app',
      Source: 'Custom',
      Destinations: to(trailArn('Default')),
    }
    expect(await house.trail.getChannel({ Channel: ChannelArn })).toEqual(shown)
    expect(await house.trail.getChannel({ Channel: ChannelArn.slice(-36) })).toEqual(shown)
    expect(await house.trail.updateChannel({ Channel: ChannelArn, Name: 'apps' })).toEqual({
      ...shown,
      Name: 'apps',
    })
    house = await house.reopen()
    expect(await house.trail.listChannels({})).toEqual({
      Channels: [{ ChannelArn, Name: 'apps' }],
    })
    await house.trail.deleteChannel({ Channel: ChannelArn })
    house = await house.reopen()
    expect(await house.trail.listChannels({})).toEqual({ Channels: [] })
    expect(await refusal(house.trail.getChannel({ Channel: ChannelArn }))).toEqual({
      code: 'ChannelNotFoundException',
      message: `Channel ${ChannelArn} does not exist.`,
    })
  })

  const store = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:eventdatastore/EXAMPLE-f852-4e8f`
  it.each([
    ['EventDataStoreNotFoundException', { Destinations: to(store) }],
    ['EventDataStoreNotFoundException', { Destinations: to(trailArn('Other')) }],
    [
      'EventDataStoreARNInvalidException',
      { Destinations: to(trailArn('Default').replace(ACCOUNT, '444455556666')) },
    ],
    ['EventDataStoreARNInvalidException', { Destinations: to('arn:aws:s3:::logs') }],
    ['InvalidParameterException', { Destinations: [...to(trailArn('Default')), ...to(store)] }],
    [
      'InvalidParameterException',
      { Destinations: [{ Type: 'AWS_SERVICE' as const, Location: 'kms' }] },
    ],
    ['InvalidSourceException', { Source: 'Partner' }],
    ['InvalidTagParameterException', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['ValidationException', { Name: 'no name' }],
  ])('is refused as %s with %j', async (code, more) => {
    const right = { Name: 'app', Source: 'Custom', Destinations: to(trailArn('Default')) }
    expect((await refusal(house.trail.createChannel({ ...right, ...more }))).code).toBe(code)
    expect(await house.trail.listChannels({})).toEqual({ Channels: [] })
  })

  it('has a name of its own, and there are at most 25', async () => {
    await channel('app')
    expect((await refusal(channel('app'))).code).toBe('ChannelAlreadyExistsException')
    for (let i = 1; i < 25; i++) await channel(`app${i}`)
    expect((await refusal(channel('another'))).code).toBe('ChannelMaxLimitExceededException')
    expect((await refusal(house.trail.getChannel({ Channel: 'app' }))).code).toBe(
      'ChannelARNInvalidException',
    )
  })

  it('leaves records of what was done to it', async () => {
    await channel()
    await house.pass(HOUR_MS)
    expect(await house.delivered()).toContain('CreateChannel')
  })
})

describe('PutAuditEvents', () => {
  it('delivers events as CloudTrail Lake keeps them, when it answers', async () => {
    const channelArn = await channel()
    const text = eventData({ additionalEventData: { big: 12345678901234567890n.toString() } })
    const { successful, failed } = await put(channelArn, [
      { id: 'one', eventData: text.replace('{', '{\n  ') },
      { id: 'two', eventData: text, eventDataChecksum: sum(text) },
    ])
    expect(failed).toEqual([])
    expect(successful.map(({ id }) => id)).toEqual(['one', 'two'])
    const events = await delivered()
    expect(events[0]).toEqual({
      ...{ eventVersion: '1.0', eventCategory: 'ActivityAuditLog', eventType: 'ActivityLog' },
      ...{ eventID: successful[0]!.eventID, eventTime: '2026-01-02T03:01:00Z' },
      ...{ awsRegion: REGION, recipientAccountId: ACCOUNT },
      metadata: { ingestionTime: '2026-01-02T03:00:00Z', channelARN: channelArn },
      eventData: JSON.parse(text),
    })
    expect(events.map(({ eventID }) => eventID)).toEqual(successful.map(({ eventID }) => eventID))
    expect((await house.validate()).findings).toEqual([])
    expect(await house.trail.getChannel({ Channel: channelArn })).toMatchObject({
      IngestionStatus: {
        LatestIngestionSuccessTime: new Date('2026-01-02T03:00:00Z'),
        LatestIngestionSuccessEventID: successful[1]!.eventID,
      },
    })
  })

  it('keeps eventData as it came, numbers too', async () => {
    const channelArn = await channel()
    const text = eventData().replace('{', '{"requestParameters":{"n":12345678901234567890.10},')
    await put(channelArn, [{ id: 'one', eventData: text }])
    const [key] = await house.keys()
    expect((await house.object(key!)).plain.toString()).toContain(`"eventData":${text}}`)
  })

  it('gives an event that is sent again the same eventID, and another one another', async () => {
    const channelArn = await channel()
    const same = [{ id: 'one', eventData: eventData() }]
    const first = await put(channelArn, same)
    expect((await put(channelArn, same)).successful).toEqual(first.successful)
    const other = await put(channelArn, [{ id: 'two', eventData: eventData() }])
    expect(other.successful[0]!.eventID).not.toBe(first.successful[0]!.eventID)
    expect(first.successful[0]!.eventID).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })

  const identity = { type: 'Customer', principalId: 'alice' }
  it.each<[string, object | string]>([
    ['FieldNotFound', { version: undefined }],
    ['FieldNotFound', { userIdentity: { type: 'Customer' } }],
    ['FieldNotFound', { UID: '' }],
    ['FieldTooLong', { eventName: 'x'.repeat(1025) }],
    ['FieldTooLong', { userIdentity: { ...identity, type: 'x'.repeat(129) } }],
    ['FieldTooLong', { requestParameters: { x: 'x'.repeat(100 * 1024) } }],
    ['FieldTooLong', { additionalEventData: { x: 'x'.repeat(28 * 1024) } }],
    ['FieldTooLong', { userIdentity: { ...identity, details: { x: 'x'.repeat(1 << 20) } } }],
    ['InvalidData', 'no JSON'],
    ['InvalidData', '[]'],
    ['InvalidData', { eventTime: 'yesterday' }],
    ['InvalidData', { eventTime: '2026-13-01T00:00:00' }],
    ['InvalidData', { userIdentity: 'alice' }],
    ['InvalidData', { eventName: 7 }],
    ['InvalidData', { eventTime: '9999-12-31T23:59:00' }],
    ['InvalidRecipient', { recipientAccountId: '444455556666' }],
    ['InvalidEventSource', { eventSource: 's3.amazonaws.com' }],
  ])('says of an event what is wrong, and takes the others: %s, %j', async (errorCode, wrong) => {
    const channelArn = await channel()
    const { successful, failed } = await put(channelArn, [
      { id: 'good', eventData: eventData() },
      { id: 'bad', eventData: typeof wrong === 'string' ? wrong : eventData(wrong) },
    ])
    expect(failed).toMatchObject([{ id: 'bad', errorCode }])
    expect(successful).toMatchObject([{ id: 'good' }])
    expect(await delivered()).toHaveLength(1)
  })

  it('takes an event that is as deep as an ingested one may be', async () => {
    const { successful } = await put(await channel(), [{ id: 'one', eventData: deep(63) }])
    expect(successful).toHaveLength(1)
    expect(await delivered()).toHaveLength(1)
  })

  it.each([64, 100_000])('says of an event of %i levels that it is too deep', async (levels) => {
    const { successful, failed } = await put(await channel(), [
      { id: 'good', eventData: eventData() },
      { id: 'deep', eventData: deep(levels) },
    ])
    const errorMessage = 'The eventData is deeper than 63 objects and lists.'
    expect(failed).toEqual([{ id: 'deep', errorCode: 'InvalidData', errorMessage }])
    expect(successful).toMatchObject([{ id: 'good' }])
  })

  it('says of an event that its checksum is another', async () => {
    const eventDataChecksum = sum('something else')
    const bad = { id: 'bad', eventData: eventData(), eventDataChecksum }
    expect((await put(await channel(), [bad])).failed).toMatchObject([
      { id: 'bad', errorCode: 'InvalidChecksum' },
    ])
  })

  it('says of all events that the trail is not logging, or cannot deliver', async () => {
    const channelArn = await channel()
    const one = [{ id: 'one', eventData: eventData() }]
    await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
    expect(await put(channelArn, one)).toEqual({
      successful: [],
      failed: [
        {
          ...{ id: 'one', errorCode: 'InternalFailure' },
          errorMessage: 'The event could not be delivered: AccessDeniedException',
        },
      ],
    })
    await house.trail.stopLogging({ Name: 'Default' })
    expect((await put(channelArn, one)).failed).toMatchObject([
      { id: 'one', errorCode: 'AccountNotSubscribed' },
    ])
    expect(await house.trail.getChannel({ Channel: channelArn })).toMatchObject({
      IngestionStatus: { LatestIngestionErrorCode: 'AccountNotSubscribed' },
    })
  })

  const stranger: Caller = { ...root, account: '444455556666' }
  it.each<[string, string, unknown, Caller]>([
    ['DuplicatedAuditEventId', '', [1, 2].map(() => ({ id: 'one', eventData: eventData() })), root],
    ['ValidationException', '', [], root],
    [
      'ValidationException',
      '',
      Array.from({ length: 101 }, (_, i) => ({ id: `${i}`, eventData: '{}' })),
      root,
    ],
    ['InvalidChannelARN', 'arn:aws:s3:::logs', [{ id: 'one', eventData: '{}' }], root],
    [
      'ChannelNotFound',
      '00000000-0000-4000-8000-000000000000',
      [{ id: 'one', eventData: '{}' }],
      root,
    ],
    ['ChannelInsufficientPermission', '', [{ id: 'one', eventData: '{}' }], stranger],
  ])('is refused as %s', async (code, instead, events, caller) => {
    const arn = await channel()
    const given =
      instead === '' || instead.startsWith('arn') ? instead || arn : arn.slice(0, -36) + instead
    expect((await refusal(put(given, events, caller))).code).toBe(code)
    expect(await delivered()).toEqual([])
  })

  it('puts events that come at the same time into few files', async () => {
    const channelArn = await channel()
    const calls = Array.from({ length: 200 }, (_, i) =>
      put(channelArn, [{ id: `event-${i}`, eventData: eventData({ UID: `${i}` }) }]),
    )
    const answers = await Promise.all(calls)
    expect(answers.every(({ successful }) => successful.length === 1)).toBe(true)
    expect(await delivered()).toHaveLength(200)
    expect((await house.keys()).length).toBeLessThan(10)
  })
})

describe('events of several that came in the same moment', () => {
  it('are safe when those of one of them cannot be taken', async () => {
    const { store, root, pool, clock } = house.kms
    const trails = await Trails.open(store, root)
    const parts = { store, root, pool, clock, trails, s3: house.s3Service, slotMs: SLOT_MS }
    const arrivals = new Arrivals(parts as unknown as TrailParts)
    const [trail] = trails.of(ACCOUNT)
    const event = (eventID: string) =>
      JSON.stringify({
        ...{ eventID, eventType: 'ActivityLog', eventTime: '2026-01-02T03:01:00Z' },
        awsRegion: REGION,
      })
    const added = [['a'], ['b', 'none'], ['c']].map((ids) =>
      refusal(
        arrivals.add(
          trail!,
          ids.map((id) => (id === 'none' ? 'no event' : event(id))),
        ),
      ),
    )
    const codes = (await Promise.all(added)).map(({ code }) => code)
    expect(codes).toEqual(['done', 'InputInvalid', 'done'])
    expect((await delivered()).map(({ eventID }) => eventID).sort()).toEqual(['a', 'c'])
  })
})

describe('a call of PutAuditEvents', () => {
  const SECRET = 'what-nobody-shall-read-in-a-record'
  const data = eventData({ additionalEventData: { note: SECRET } })
  const calls = () => house.kms.records({ eventName: 'PutAuditEvents' })
  const select = (arn: string) =>
    house.trail.putEventSelectors({
      TrailName: 'Default',
      AdvancedEventSelectors: [
        {
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Data'] },
            { Field: 'resources.type', Equals: ['AWS::CloudTrail::Channel'] },
            { Field: 'resources.ARN', Equals: [arn] },
          ],
        },
      ],
    } as never)

  it('leaves a record where a trail selects its channel, and none elsewhere', async () => {
    const [channelArn, other] = [await channel(), await channel('other')]
    await put(channelArn, [{ id: 'one', eventData: data }])
    await select(channelArn)
    await put(other, [{ id: 'one', eventData: data }])
    expect(await calls()).toEqual([])
    const bad = { id: 'bad', eventData: data.replace('Login', 'x'.repeat(2000)) }
    const { successful } = await put(channelArn, [{ id: 'one', eventData: data }, bad])
    expect(await calls()).toMatchObject([
      {
        ...{ eventSource: 'cloudtrail-data.amazonaws.com', eventCategory: 'Data', readOnly: false },
        requestParameters: { channelArn, auditEvents: [{ id: 'one' }, { id: 'bad' }] },
        responseElements: { successful, failed: [{ id: 'bad', errorCode: 'FieldTooLong' }] },
        resources: [{ accountId: ACCOUNT, type: 'AWS::CloudTrail::Channel', ARN: channelArn }],
      },
    ])
  })

  it('that is refused is recorded as well', async () => {
    const channelArn = await channel()
    await select(channelArn)
    const one = [{ id: 'one', eventData: data }]
    expect((await refusal(put(channelArn, one, userWith({})))).code).toBe('AccessDeniedException')
    await refusal(put(channelArn, [...one, ...one]))
    expect(await calls()).toMatchObject([
      { errorCode: 'AccessDenied', requestParameters: { channelArn } },
      { errorCode: 'DuplicatedAuditEventId', requestParameters: { channelArn } },
    ])
  })

  it('shows in no record what is in its events', async () => {
    const channelArn = await channel()
    await select(channelArn)
    const bad = `${data.slice(0, -1)},"eventTime":"${SECRET}"}`
    await put(channelArn, [
      { id: 'one', eventData: data, eventDataChecksum: sum(data) },
      { id: 'bad', eventData: bad },
    ])
    await refusal(put(channelArn, [{ id: 'one', eventData: data }], userWith({})))
    expect(await calls()).toHaveLength(2)
    const text = JSON.stringify(await calls())
    expect([text.includes(SECRET), text.includes('eventData')]).toEqual([false, false])
  })
})

function sum(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
