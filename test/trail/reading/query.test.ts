/** Events of the past, from log files and the journal, each once. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/store/store.js'
import type { QueryFilter } from '../../../src/trail/reading/query.js'
import { storeLike } from '../../support/kms.js'
import { ACCOUNT, BUCKET, HOUR_MS, REGION, refusal, SLOT_MS, TrailHouse } from '../trail-house.js'

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
})
afterEach(() => house.remove())

const random = () => house.kms.kms.generateRandom({ NumberOfBytes: 8 })

async function query(filter: QueryFilter = {}) {
  const found = []
  for await (const { seq, event, record } of house.trail.query(filter)) {
    expect(JSON.parse(record)).toEqual(event)
    found.push({ seq, ...event })
  }
  return found
}
const idsOf = (events: ReadonlyArray<{ readonly eventID: string }>) =>
  events.map(({ eventID }) => eventID).sort()

/** The same house, whose journal begins behind what was recorded so far, as after `recordDays`. */
async function forget(): Promise<void> {
  let gone = Number.MAX_SAFE_INTEGER
  house = await house.reopen((store) => without(store, () => gone))
  gone = (await house.kms.store.records({ holding: [] })).records[0]!.seq
}

function without(store: Store, gone: () => number): Store {
  return {
    ...storeLike(store),
    async records(asked) {
      const { records, next } = await store.records(asked)
      return { records: records.filter(({ seq }) => seq > gone()), next }
    },
  }
}

describe('a query', () => {
  it('gives what is delivered and what is not, each once, in the order of time', async () => {
    await house.logging()
    for (let i = 0; i < 4; i++) {
      await random()
      await house.pass(SLOT_MS)
    }
    await random()
    const found = await query()
    const all = await house.kms.records()
    // Its own uses of keys are of the same moment, and come behind.
    const before = all.filter(({ eventName }) => eventName !== 'Decrypt')
    expect(idsOf(found)).toEqual(idsOf(all.filter(({ eventID }) => idsOf(found).includes(eventID))))
    expect(idsOf(found)).toEqual(expect.arrayContaining(idsOf(before)))
    const times = found.map(({ eventTime }) => eventTime)
    expect(times).toEqual([...times].sort())
    // What is in both is told as the journal has it.
    expect(found.every(({ seq }) => seq !== undefined)).toBe(true)
  })

  it('is answered by log files where the journal has nothing any more', async () => {
    await house.logging()
    for (let i = 0; i < 3; i++) {
      await random()
      await house.pass(HOUR_MS)
    }
    await forget()
    await random()
    const found = await query({ eventName: 'GenerateRandom' })
    expect(found.map(({ seq }) => seq === undefined)).toEqual([true, true, true, false])
    const [, second] = found
    const from = new Date(second!.eventTime)
    const until = new Date(from.getTime() + 1000)
    expect(await query({ eventName: 'GenerateRandom', from, until })).toEqual([second])
  })

  it('reads the log files of the time that is asked for, and leaves others alone', async () => {
    await house.logging()
    for (let i = 0; i < 3; i++) {
      await random()
      await house.pass(6 * HOUR_MS)
    }
    const [, second] = await query({ eventName: 'GenerateRandom' })
    const decrypts = async () => (await house.kms.records({ eventName: 'Decrypt' })).length
    const before = await decrypts()
    const from = new Date(second!.eventTime)
    await query({ from, until: new Date(from.getTime() + 1000) })
    // That of its slot, and those of the hour in which longer slots would end.
    expect((await decrypts()) - before).toBe(1)
  })

  it('narrows in files as in the journal', async () => {
    const keyId = await house.logging()
    await refusal(house.kms.kms.disableKey({ KeyId: 'alias/none' }))
    await random()
    await house.pass(SLOT_MS)
    await forget()
    const names = async (filter: QueryFilter) =>
      (await query(filter)).map(({ eventName }) => eventName)
    expect(await names({ errorCode: 'NotFoundException' })).toEqual(['DisableKey'])
    expect(await names({ eventSource: 'kms.amazonaws.com', readOnly: false })).toEqual([
      'DisableKey',
    ])
    const principal = 'cloudtrail.amazonaws.com'
    await house.pass(SLOT_MS)
    expect(await names({ principal })).toEqual(expect.arrayContaining(['GenerateDataKey']))
    expect(new Set(await names({ keyArn: keyId }))).toEqual(new Set(['GenerateDataKey', 'Decrypt']))
  })

  it('of one trail reads its files alone', async () => {
    await house.logging()
    await random()
    await house.pass(SLOT_MS)
    expect(await query({ trail: 'Default', eventName: 'GenerateRandom' })).toHaveLength(1)
    expect(await refusal(query({ trail: 'Other' }))).toMatchObject({
      code: 'TrailNotFoundException',
    })
  })

  it('of more than there is room for goes on from where that was full', async () => {
    await house.logging()
    const wanted: string[] = []
    for (let i = 0; i < 5; i++) {
      const minute = String(5 * i).padStart(2, '0')
      const pad = 'x'.repeat(10_000_000)
      const event = (eventID: string, second: string) => {
        const eventTime = `2026-01-02T01:${minute}:${second}Z`
        wanted.push(eventID)
        return { eventID, eventTime, eventName: 'Large', userIdentity: { type: 'Root' } }
      }
      const Records = [{ ...event(`${i}a`, '00'), pad }, event(`${i}b`, '00'), event(`${i}c`, '10')]
      const end = String(5 * i + 5).padStart(2, '0')
      const name = `${ACCOUNT}_CloudTrail_${REGION}_20260102T01${end}Z_0123456789abcdef.json.gz`
      const Key = `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/01/02/${name}`
      const Body = gzipSync(JSON.stringify({ Records: Records.reverse() }), { level: 1 })
      await house.s3.putObject({ Bucket: BUCKET, Key, Body })
    }
    expect((await query({ eventName: 'Large' })).map(({ eventID }) => eventID)).toEqual(wanted)
  })

  it('tells an event as the journal has it, whatever a file says under its id', async () => {
    await house.logging()
    await random()
    const [witnessed] = await house.kms.records({ eventName: 'GenerateRandom' })
    const { eventID } = witnessed!
    const forged = { ...witnessed, eventName: 'Harmless', eventSource: 'forged.example.com' }
    const own = { ...forged, eventID: 'own' }
    const name = `${ACCOUNT}_CloudTrail_${REGION}_20260102T0305Z_0123456789abcdef.json.gz`
    await house.s3.putObject({
      ...{ Bucket: BUCKET, Body: gzipSync(JSON.stringify({ Records: [forged, own] })) },
      Key: `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/01/02/${name}`,
    })
    const found = await query()
    const under = (id: string) => found.filter((event) => event.eventID === id)
    expect(under(eventID)).toMatchObject([{ eventName: 'GenerateRandom' }])
    expect(under('own')).toHaveLength(1)
    // Nor does it come where the journal's own does not fit.
    const narrow = await query({ eventSource: 'forged.example.com' })
    expect(narrow.map((event) => event.eventID)).toEqual(['own'])
  })

  it('names the object that is no log file', async () => {
    await house.logging()
    await random()
    await house.pass(SLOT_MS)
    const [key] = await house.keys()
    await house.s3.putObject({ Bucket: BUCKET, Key: key!, Body: 'no gzip' })
    const { code, message } = await refusal(query())
    expect([code, message]).toEqual(['ObjectDamaged', expect.stringContaining(key!)])
  })

  it('ends with its signal', async () => {
    for (let i = 0; i < 3; i++) await random()
    const controller = new AbortController()
    const events = house.trail.query({ signal: controller.signal })
    await events.next()
    controller.abort()
    expect(await events.next()).toEqual({ value: undefined, done: true })
  })

  it('leaves one record of LookupEvents, and is refused to whom that is', async () => {
    await random()
    await query({ eventName: 'GenerateRandom' })
    const looked = await house.kms.records({ eventName: 'LookupEvents' })
    expect(looked.map(({ requestParameters }) => requestParameters)).toEqual([
      { lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'GenerateRandom' }] },
    ])
  })
})
