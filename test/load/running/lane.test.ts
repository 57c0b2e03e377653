/** Arrivals in a time that the test makes: when they are planned, sent, answered, dropped. */
import { describe, expect, it } from 'vitest'
import { Counts } from '../../../src/load/recording/counts.js'
import { Lane, type LaneOptions } from '../../../src/load/running/lane.js'
import { Arrivals } from '../../../src/load/shape/arrivals.js'
import { Plan } from '../../../src/load/shape/plan.js'
import type { Work } from '../../../src/load/work/work.js'

const NS = 1e6

/** A second's arrivals are `rate`; the target answers after a millisecond, but not while it is stalled. */
function run(
  { rate = 1000, ms = 2000 },
  stalled: { readonly from: number; readonly to: number },
  more: Partial<LaneOptions> & { users?: number; operations?: number } = {},
) {
  let nowMs = 0
  const underWay: Array<{ slot: number; at: number }> = []
  const work: Work = {
    checks: [],
    prepare: async () => undefined,
    isReady: () => true,
    begin: (slot) => underWay.push({ slot, at: nowMs }),
    flush() {},
    verify: async () => undefined,
  }
  const [warmup, counts] = [new Counts(), new Counts()]
  const come = () => {
    lane.plan(nowMs)
    lane.pump(nowMs)
  }
  const { users = 0, operations = Number.POSITIVE_INFINITY, ...options } = more
  const { warmupMs = 0 } = options
  const lane: Lane = new Lane({
    ...{ name: 'work', warmupMs, patienceMs: 60_000, inFlightMax: 4, warmup, counts },
    ...{ raw: undefined, now: () => nowMs, onAnswered: users === 0 ? undefined : come },
    ...options,
  })
  lane.work = work
  for (let user = 0; user < users; user++) come()
  const plan = new Plan([{ ms, from: users === 0 ? rate : 0, to: users === 0 ? rate : 0 }])
  const arrivals = new Arrivals(plan, { index: 0, of: 1 }, warmupMs, { left: operations })
  const tick = () => {
    nowMs += 1
    const isStalled = nowMs > stalled.from && nowMs <= stalled.to
    const due = isStalled ? [] : underWay.filter(({ at }) => at < nowMs)
    for (const one of due) {
      underWay.splice(underWay.indexOf(one), 1)
      lane.done(one.slot, undefined, 10)
    }
    arrivals.until(nowMs, (at) => lane.plan(at))
    lane.pump(nowMs)
  }
  while (nowMs < ms) tick()
  if (users === 0) while (lane.inFlight + lane.waiting > 0 && nowMs < ms + 100_000) tick()
  return { counts, warmup, lane }
}

const NEVER = { from: 0, to: 0 }

describe('arrivals', () => {
  it('come as they were planned, to the last one', () => {
    const { counts } = run({ rate: 777, ms: 3000 }, NEVER)
    const { planned, sent, ok, dropped, bytes } = counts
    expect({ planned, sent, ok, dropped, bytes }).toEqual({
      ...{ planned: 2331, sent: 2331, ok: 2331, dropped: 0, bytes: 23_310 },
    })
    expect(counts.corrected.summary().max).toBeLessThan(1.01 * NS)
  })

  it('of a target that stalls wait from their planned start, which what was sent does not show', () => {
    const { counts } = run({ rate: 1000, ms: 2000 }, { from: 500, to: 1000 })
    const [corrected, raw] = [counts.corrected.summary(), counts.raw.summary()]
    expect(counts.ok).toBe(2000)
    // 500 of 2,000 were due while it stood still; 4 of them were on their way.
    expect(corrected.p99).toBeGreaterThan(450 * NS)
    expect(corrected.p90).toBeGreaterThan(250 * NS)
    expect(raw.p99).toBeLessThan(1.01 * NS)
    expect(raw.max).toBeGreaterThan(450 * NS)
  })

  it('that could not be sent in time are dropped, and counted', () => {
    const { counts } = run({ rate: 1000, ms: 2000 }, { from: 500, to: 1000 }, { patienceMs: 100 })
    expect(counts.planned).toBe(2000)
    expect(counts.dropped).toBeGreaterThan(350)
    expect(counts.sent + counts.dropped).toBe(2000)
    expect(counts.ok).toBe(counts.sent)
  })

  it('of the warm-up are counted apart', () => {
    const { counts, warmup } = run({ rate: 1000, ms: 2000 }, NEVER, { warmupMs: 500 })
    expect([warmup.ok, counts.ok]).toEqual([500, 1500])
  })

  it('end when there were so many', () => {
    const more = { warmupMs: 500, operations: 321 }
    const { counts, warmup } = run({ rate: 1000, ms: 2000 }, NEVER, more)
    expect([warmup.ok, counts.ok]).toEqual([500, 321])
  })

  it('of a closed loop wait for their answers: a target that stalls is asked less', () => {
    const stalled = { from: 500, to: 1000 }
    const { counts } = run({ ms: 2000 }, stalled, { users: 3 })
    expect(counts.ok).toBeGreaterThan(4000)
    expect(counts.ok).toBeLessThan(4600)
    expect(counts.corrected.summary().p99).toBeLessThan(1.01 * NS)
  })

  it('of a closed loop come again when their turn did not come in time: nobody is lost', () => {
    const stalled = { from: 500, to: 1000 }
    const more = { users: 10, inFlightMax: 4, patienceMs: 100 }
    const { counts, lane } = run({ ms: 2000 }, stalled, more)
    expect(counts.dropped).toBeGreaterThan(6)
    expect(lane.inFlight + lane.waiting).toBe(10)
  })

  it('that have no answer at the end are errors', () => {
    const { counts, lane } = run({ rate: 10, ms: 1000 }, { from: 500, to: 1e9 })
    lane.dropWaiting()
    lane.giveUp()
    expect(counts.errors.get('NoAnswer')).toBe(4)
    const { planned, ok, dropped } = counts
    expect(planned).toBe(ok + dropped + 4)
  })
})
