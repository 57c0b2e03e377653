/** Events of a seed, ingested: every one is in a sealed log file. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf } from '../../../src/load/data/events.js'
import { ACCOUNT, HOUR_MS, REGION, TrailHouse } from '../../trail/trail-house.js'

let house: TrailHouse
beforeAll(async () => {
  house = await TrailHouse.open()
  await house.logging()
})
afterAll(() => house.remove())

describe('events of a seed', () => {
  it('are taken by a trail, and lie in its log files as they were made', async () => {
    const startMs = Date.UTC(2026, 0, 2, 3)
    const options = { seed: 1, account: ACCOUNT, region: REGION, startMs, eventsPerSecond: 2 }
    const target = Buffer.alloc(3_000_000)
    const events = eventsOf(options)
    const lines = target.subarray(0, events.next(target))
    expect(events.timeMs - startMs).toBeLessThan(HOUR_MS)
    const answer = await house.trail.ingest('Default', lines)
    expect(answer).toMatchObject({ events: events.events, bytes: lines.length })
    const found: unknown[] = []
    for (const key of await house.keys('AWSLogs/')) {
      if (key.includes('CloudTrail-Digest')) continue
      const { plain } = await house.object(key)
      found.push(...JSON.parse(plain.toString()).Records)
    }
    expect(found).toEqual(
      lines
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    )
  })
})
