/** Events made of a seed: the same everywhere, of the shapes and shares of real ones, and fit for a trail. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EventOptions, eventsOf } from '../../../src/load/data/events.js'
import { PROFILE } from '../../../src/load/data/profile.gen.js'
import { Batch, roomOf } from '../../../src/trail/ingest/batch.js'
import { KIND_NAMES, KINDS } from '../../support/kinds.js'
import { test } from '../../support/property.js'

const { learnt } = PROFILE
const MIB = 1024 * 1024
/** SHA-256 of four megabytes of lines of seed 1, and of a log file of 500 events of seed 2. */
const LINES = 'f0abce7091ad44e2b58731b3ceb49c2ad93140545b15a9d41b12cc90e30ecb22'
const DOCUMENT = '2e9bb240b66edaace99b153495e1d807bb62948f6545f0c2bc0b5976e4000754'

interface Event {
  readonly eventID: string
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly recipientAccountId: string
  readonly errorCode?: string
  readonly userIdentity: { readonly type?: string; readonly accountId?: string }
}

function linesOf(options: EventOptions, bytes: number): Buffer {
  const target = Buffer.alloc(bytes)
  return target.subarray(0, eventsOf(options).next(target))
}
const parsed = (lines: Buffer): Event[] =>
  lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function counts(values: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const value of values) found[value] = (found[value] ?? 0) + 1
  return found
}

/** Half the sum of all differences of two lists of shares: 0 when they are alike, 1 when they have nothing in common. */
function distance(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) {
  const share = (of: Readonly<Record<string, number>>) => {
    const total = Object.values(of).reduce((sum, count) => sum + count, 0)
    return (name: string) => (of[name] ?? 0) / total
  }
  const [first, second] = [share(a), share(b)]
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].reduce((sum, name) => sum + Math.abs(first(name) - second(name)), 0) / 2
}

describe('events of a seed', () => {
  it('are the same bytes on every machine and version of Node', () => {
    expect(sha256(linesOf({ seed: 1 }, 4_000_000))).toBe(LINES)
    const target = Buffer.alloc(MIB)
    const document = target.subarray(0, eventsOf({ seed: 2 }).document(target, 500))
    expect(sha256(document)).toBe(DOCUMENT)
  })

  test.prop([fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 20 })])(
    'are the same whatever buffers they are written to',
    (sizes) => {
      const whole = linesOf({ seed: 3 }, 400_000)
      const events = eventsOf({ seed: 3 })
      const pieces = sizes.map((size) => {
        const target = Buffer.alloc(size)
        return target.subarray(0, events.next(target))
      })
      const joined = Buffer.concat(pieces)
      expect(joined.equals(whole.subarray(0, joined.length))).toBe(true)
    },
  )

  it('differ from those of another seed, and of another stream of the seed', () => {
    const ids = [{ seed: 1 }, { seed: 2 }, { seed: 1, stream: 1 }, { seed: 2 ** 32 + 1 }].map(
      (options) => new Set(parsed(linesOf(options, 100_000)).map(({ eventID }) => eventID)),
    )
    expect(new Set(ids.flatMap((set) => [...set])).size).toBe(
      ids.reduce((sum, { size }) => sum + size, 0),
    )
  })

  it('are whole lines, and no more than were asked for', () => {
    const target = Buffer.alloc(MIB)
    const events = eventsOf({ seed: 4 })
    const bytes = events.next(target, 10)
    expect(parsed(target.subarray(0, bytes))).toHaveLength(10)
    expect(events.events).toBe(10)
    expect(events.next(Buffer.alloc(10))).toBe(0)
    expect(events.next(Buffer.alloc(events.eventBytesMax), 1)).toBeGreaterThan(0)
  })

  it('are, as a document, one log file of the same events', () => {
    const target = Buffer.alloc(MIB)
    const bytes = eventsOf({ seed: 5 }).document(target, 100)
    const { Records } = JSON.parse(target.toString('utf8', 0, bytes))
    expect(Records).toEqual(parsed(linesOf({ seed: 5 }, MIB)).slice(0, 100))
    const filled = eventsOf({ seed: 5 }).document(target)
    expect(filled).toBeGreaterThan(MIB - eventsOf({ seed: 5 }).eventBytesMax)
    expect(() => JSON.parse(target.toString('utf8', 0, filled))).not.toThrow()
    expect(eventsOf({ seed: 5 }).document(Buffer.alloc(100))).toBe(0)
    expect(eventsOf({ seed: 5 }).document(Buffer.alloc(5))).toBe(0)
  })

  it('tell a time that goes on from the start, at the rate that was asked for', () => {
    const startMs = Date.UTC(2028, 1, 29, 23, 59, 30)
    const options = { seed: 6, startMs, eventsPerSecond: 100 }
    const events = parsed(linesOf(options, 20 * MIB))
    const times = events.map(({ eventTime }) => Date.parse(eventTime))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times[0]).toBeGreaterThanOrEqual(startMs)
    const rate = (events.length / (times.at(-1)! - startMs)) * 1000
    expect(rate).toBeGreaterThan(80)
    expect(rate).toBeLessThan(125)
    expect(new Set(events.map(({ eventTime }) => eventTime.slice(0, 13)))).toContain(
      '2028-03-01T00',
    )
  })

  it('are of the account and region that were asked for', () => {
    const events = parsed(
      linesOf({ seed: 7, account: '999988887777', region: 'eu-central-1' }, MIB),
    )
    expect(counts(events.map(({ awsRegion }) => awsRegion))).toEqual({
      'eu-central-1': events.length,
    })
    const accounts = events.flatMap(({ recipientAccountId, userIdentity: { accountId } }) =>
      accountId === undefined ? [recipientAccountId] : [recipientAccountId, accountId],
    )
    expect(new Set(accounts)).toEqual(new Set(['999988887777']))
  })

  it('have each an id of its own', () => {
    const events = parsed(linesOf({ seed: 8 }, 20 * MIB))
    expect(new Set(events.map(({ eventID }) => eventID)).size).toBe(events.length)
    expect(events[0]!.eventID).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
  })
})

describe('generated events', () => {
  // One sample for all, so large that a share of a thousandth shows.
  const lines = linesOf({ seed: 20_260_101 }, 40 * MIB)
  const events = parsed(lines)

  it('have the operations of the real ones, each with its share', () => {
    const operations = counts(events.map((e) => `${e.eventSource} ${e.eventName}`))
    expect(Object.keys(operations).filter((name) => !(name in learnt.operations))).toEqual([])
    // All but some of those that are there once.
    const known = Object.keys(learnt.operations).length
    expect(Object.keys(operations).length).toBeGreaterThan(0.97 * known)
    expect(distance(operations, learnt.operations)).toBeLessThan(0.05)
  })

  it('fail as often as the real ones, with the same errors', () => {
    const errors = counts(events.map(({ errorCode = 'none' }) => errorCode))
    expect(distance(errors, learnt.errors)).toBeLessThan(0.02)
  })

  it('are of the same kinds of principals', () => {
    const principals = counts(events.map(({ userIdentity }) => userIdentity.type ?? 'none'))
    expect(distance(principals, learnt.principals)).toBeLessThan(0.01)
  })

  it('have the members of the real ones, each as often', () => {
    const members = counts(events.flatMap((event) => Object.keys(event)))
    expect(Object.keys(members).sort()).toEqual(Object.keys(learnt.members).sort())
    for (const [name, count] of Object.entries(learnt.members)) {
      const share = count / learnt.events
      expect(Math.abs(members[name]! / events.length - share), name).toBeLessThan(0.02)
    }
  })

  it('have the sizes of the real ones', () => {
    const sizes = lines
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => line.length)
      .sort((a, b) => a - b)
    expect(lines.length / events.length / learnt.meanBytes).toBeCloseTo(1, 1)
    for (const [percent, bytes] of learnt.sizePercentiles) {
      const ours = sizes[Math.floor((percent / 100) * sizes.length)]!
      expect(Math.abs(ours / bytes - 1), `${percent} %`).toBeLessThan(0.1)
    }
  })

  it.each([1, 2, 3, 4])('compress as the real ones do, within 15 %%: seed %i', (seed) => {
    const some = linesOf({ seed }, learnt.events * learnt.meanBytes)
    const ratio = some.length / gzipSync(some, { level: 6 }).length
    expect(Math.abs(ratio / learnt.gzipRatio - 1)).toBeLessThan(0.15)
    const made = eventsOf({ seed })
    const target = Buffer.alloc(MIB)
    let [plainBytes, gzipBytes] = [0, 0]
    for (const [count] of PROFILE.files) {
      const file = target.subarray(0, made.document(target, count))
      plainBytes += file.length
      gzipBytes += gzipSync(file, { level: 6 }).length
    }
    expect(Math.abs(plainBytes / gzipBytes / learnt.fileGzipRatio - 1)).toBeLessThan(0.15)
  })

  it('are taken by ingest, every one', () => {
    const limits = { bytes: 32 * MIB, slotMs: 300_000, account: '123456789012' }
    const batch = new Batch(roomOf(limits.bytes), limits, 1)
    const some = lines.subarray(0, 30 * MIB)
    const whole = some.subarray(0, some.lastIndexOf('\n') + 1)
    expect(batch.take(whole)).toBe(whole.length)
    batch.end()
    expect(batch.events).toBe(parsed(whole).length)
    expect(new Set(batch.parts.map(({ account }) => account))).toEqual(new Set(['123456789012']))
  })
})

describe('the door to events', () => {
  it.each(KIND_NAMES)('says what is wrong with %s in place of options', (kind) => {
    if (kind === '{}' || kind === 'an object of symbols') {
      expect(() => eventsOf(KINDS[kind]() as never)).toThrow('seed')
    } else {
      expect(() => eventsOf(KINDS[kind]() as never)).toThrow(
        expect.objectContaining({ code: 'InputInvalid' }),
      )
    }
  })

  it.each([
    { seed: -1 },
    { seed: 1.5 },
    { seed: '1' },
    { seed: 1, stream: -1 },
    { seed: 1, account: '12' },
    { seed: 1, region: 'No Region' },
    { seed: 1, region: '"' },
    { seed: 1, startMs: Number.NaN },
    { seed: 1, startMs: 1e15 },
    { seed: 1, eventsPerSecond: 0 },
    { seed: 1, eventsPerSecond: '5' },
    { seed: 1, eventsPerSecond: Number.POSITIVE_INFINITY },
  ])('refuses %o', (options) => {
    expect(() => eventsOf(options as never)).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
  })
})
