/** Log files replayed: every event once, in time, at the speed that was asked for, and nothing changed but its time. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../../../src/load/data/events.js'
import { type Due, type ReplayOptions, replayOf } from '../../../src/load/data/replay.js'
import { KIND_NAMES, KINDS } from '../../support/kinds.js'

const SAMPLES = 'test/data/cloudtrail-real'
const startMs = Date.UTC(2030, 0, 2, 3, 4, 5)

interface Event {
  readonly eventID: string
  readonly eventTime: string
}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealtrail-replay-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function writeLog(name: string, records: readonly object[], space?: number): void {
  writeFileSync(join(directory, name), gzipSync(JSON.stringify({ Records: records }, null, space)))
}

/** The real files, as a bucket has them: regions apart. */
function writeReal(): Event[] {
  const names = readdirSync(SAMPLES).filter((name) => name.endsWith('.json'))
  return names.flatMap((name, i) => {
    const { Records } = JSON.parse(readFileSync(join(SAMPLES, name), 'utf8'))
    const folder = `AWSLogs/1/CloudTrail/region-${i % 2}`
    mkdirSync(join(directory, folder), { recursive: true })
    writeLog(`${folder}/${name}.gz`, Records)
    return Records
  })
}

async function replayed(options: Partial<ReplayOptions> = {}): Promise<Due[]> {
  const found: Due[] = []
  for await (const due of replayOf({ directory, startMs, ...options })) found.push(due)
  return found
}
const eventsIn = ({ lines }: Due): Event[] =>
  Buffer.from(lines)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('log files that are replayed', () => {
  it('give each event once, with nothing changed but the time it tells', async () => {
    const real = writeReal()
    const events = (await replayed()).flatMap(eventsIn)
    const byId = new Map(events.map((event) => [event.eventID, event]))
    expect(events).toHaveLength(real.length)
    for (const one of real) {
      const { eventTime } = byId.get(one.eventID)!
      expect(byId.get(one.eventID)).toEqual({ ...one, eventTime })
    }
  })

  it.each([1, 10, 3000])(
    'are as far apart as they were, divided by a speed of %i',
    async (speed) => {
      const real = new Map(writeReal().map((event) => [event.eventID, Date.parse(event.eventTime)]))
      const dues = await replayed({ speed })
      const first = real.get(eventsIn(dues[0]!)[0]!.eventID)!
      let latest = 0
      for (const due of dues) {
        const [{ eventID, eventTime }] = eventsIn(due) as [Event]
        const passedMs = (real.get(eventID)! - first) / speed
        latest = Math.max(latest, passedMs)
        expect(due.dueMs).toBeCloseTo(latest, 6)
        expect(Date.parse(eventTime)).toBe(Math.floor((startMs + passedMs) / 1000) * 1000)
        expect(due.events).toBe(eventsIn(due).length)
      }
      expect(dues.map(({ dueMs }) => dueMs)).toEqual(
        dues.map(({ dueMs }) => dueMs).sort((a, b) => a - b),
      )
    },
  )

  it('may be written over several lines, and have fractions of seconds', async () => {
    const records = ['2026-01-01T00:00:01.5Z', '2026-01-01T00:00:00.25Z'].map((eventTime, i) => ({
      ...{ eventID: `${i}`, awsRegion: 'us-east-1', text: 'two\nlines' },
      eventTime,
    }))
    writeLog('a.json.gz', records, 2)
    const dues = await replayed()
    expect(dues.map(({ dueMs }) => dueMs)).toEqual([0, 1250])
    expect(dues.flatMap(eventsIn)).toEqual([
      { ...records[1], eventTime: '2030-01-02T03:04:05.25Z' },
      { ...records[0], eventTime: '2030-01-02T03:04:06.5Z' },
    ])
  })

  it('are read one after the other, when their turn comes', async () => {
    const target = Buffer.alloc(4_000_000)
    for (let i = 0; i < 12; i++) {
      const bytes = eventsOf({ seed: i }).document(target)
      writeFileSync(join(directory, `${i}.json.gz`), gzipSync(target.subarray(0, bytes)))
    }
    // Those that nobody has read yet may be anything.
    writeFileSync(join(directory, '9.json.gz'), 'no gzip')
    const replay = replayOf({ directory, startMs })
    const read = new Set<string>()
    const until = async () => {
      for await (const due of replay) for (const event of eventsIn(due)) read.add(event.eventID)
    }
    await expect(until()).rejects.toMatchObject({ code: 'GzipDamaged' })
    expect(read.size).toBeGreaterThan(30_000)
  })

  it('may have digests beside them, which are passed over', async () => {
    writeLog('1_CloudTrail_us-east-1_20260101T0000Z_a.json.gz', [
      { eventID: '1', eventTime: '2026-01-01T00:00:00Z' },
    ])
    cpSync(
      join(directory, '1_CloudTrail_us-east-1_20260101T0000Z_a.json.gz'),
      join(directory, '1_CloudTrail-Digest_us-east-1_t_us-east-1_20260101T0000Z.json.gz'),
    )
    expect((await replayed()).flatMap(eventsIn)).toHaveLength(1)
  })

  it.each([
    ['text', gzipSync('no log file')],
    ['an event without a time', gzipSync('{"Records":[{"eventID":"1"}]}')],
    ['an event whose time is none', gzipSync('{"Records":[{"eventTime":"yesterday"}]}')],
    ['one that ends early', gzipSync('{"Records":[{"eventTime":"2026-01-01T00:00:00Z"}')],
  ])('are refused with their name when one is %s', async (_, bytes) => {
    writeFileSync(join(directory, 'bad.json.gz'), bytes)
    await expect(replayed()).rejects.toMatchObject({
      code: 'ObjectDamaged',
      message: 'bad.json.gz is no log file of CloudTrail',
    })
  })

  it.each([
    ['damaged', Buffer.from('no gzip'), 'GzipDamaged'],
    ['far larger than any', gzipSync(Buffer.alloc(129 << 20), { level: 1 }), 'OutputTooLarge'],
  ])('are refused with their name when one is %s', async (_, bytes, code) => {
    writeFileSync(join(directory, 'bad.json.gz'), bytes)
    const message = expect.stringMatching(/^bad\.json\.gz: /)
    await expect(replayed()).rejects.toMatchObject({ code, message })
  })

  it('are found once where links to directories go around in circles', async () => {
    writeLog('a.json.gz', [{ eventID: '1', eventTime: '2026-01-01T00:00:00Z' }])
    for (const name of ['b', 'c', 'd']) symlinkSync('.', join(directory, name))
    expect((await replayed()).flatMap(eventsIn)).toHaveLength(1)
  })

  it('tell a year of four digits however slow their time is', async () => {
    const years = [1970, 9998].map((year) => ({ eventTime: `${year}-01-01T00:00:00Z` }))
    writeLog('a.json.gz', years)
    const dues = await replayed({ speed: 0.001 })
    const times = dues.flatMap(eventsIn).map(({ eventTime }) => eventTime)
    expect(times).toEqual(['2030-01-02T03:04:05Z', '9998-01-01T00:00:00Z'])
  })

  it('are missed when there are none', async () => {
    await expect(replayed()).rejects.toMatchObject({ code: 'InputInvalid' })
    await expect(replayed({ directory: join(directory, 'nowhere') })).rejects.toMatchObject({
      code: 'InputInvalid',
    })
  })

  it.each(KIND_NAMES)('are not read for %s in place of options', async (kind) => {
    const replay = async () => {
      for await (const _ of replayOf(KINDS[kind]() as never)) break
    }
    await expect(replay()).rejects.toMatchObject({ code: 'InputInvalid' })
  })

  it.each([
    { speed: 0 },
    { speed: '2' },
    { speed: 1e10 },
    { startMs: -1 },
    { startMs: '0' },
    { directory: 5 },
  ])('are not read with %o', async (options) => {
    writeReal()
    await expect(replayed(options as never)).rejects.toMatchObject({ code: 'InputInvalid' })
  })
})
