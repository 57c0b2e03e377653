/** Plans of arrivals: how many there are to have been by any moment. */
import { describe, expect, it } from 'vitest'
import { checkedScenario } from '../../../src/load/scenario/read.js'
import { Arrivals } from '../../../src/load/shape/arrivals.js'
import { Plan, planOf } from '../../../src/load/shape/plan.js'
import { Turns } from '../../../src/load/shape/turns.js'
import { fc, test } from '../../support/property.js'

const plan = (shape: object, more: object = {}) => {
  const work = [{ kind: 'kms.Decrypt' }]
  const given = { target: { kind: 'embedded' }, work, shape, duration: '10s', ...more }
  return planOf(checkedScenario(given, 'it'))!
}

describe('a plan', () => {
  it.each([
    ['constant', { kind: 'constant', rate: 20 }, 100, 200],
    ['ramp', { kind: 'ramp', from: 0, to: 20 }, 25, 100],
    ['steps', { kind: 'steps', rates: [10, 30] }, 50, 200],
    ['spike', { kind: 'spike', rate: 1, peak: 100, at: '4s', for: '2s' }, 104, 208],
  ])('of kind %s has its arrivals by the middle and by the end', (_, shape, middle, end) => {
    expect(plan(shape).arrivalsBy(5000)).toBeCloseTo(middle)
    expect(plan(shape).arrivalsBy(10_000)).toBeCloseTo(end)
    expect(plan(shape).arrivalsBy(99_000)).toBeCloseTo(end)
  })

  it('has a warm-up before it, at the rate with which it begins', () => {
    const ramp = plan({ kind: 'ramp', from: 10, to: 30 }, { warmup: '2s' })
    expect(ramp.ms).toBe(12_000)
    expect(ramp.arrivalsBy(2000)).toBeCloseTo(20)
    expect(ramp.arrivalsBy(12_000)).toBeCloseTo(220)
    expect(ramp.meanRate(2000)).toBeCloseTo(20)
  })

  test.prop([
    fc.integer({ min: 1, max: 64 }),
    fc.double({ min: 0, max: 5000, noNaN: true }),
    fc.double({ min: 0, max: 5000, noNaN: true }),
  ])('is shared among processes so that none is lost, and none there twice', (of, from, to) => {
    const ramp = new Plan([{ ms: 500, from, to }])
    const told = new Array<number>(501).fill(0)
    for (let index = 0; index < of; index++) {
      const budget = { left: Number.POSITIVE_INFINITY }
      new Arrivals(ramp, { index, of }, 0, budget).until(1000, (at) => told[at]!++)
    }
    let sum = 0
    for (let at = 1; at <= 500; at++) {
      sum += told[at]!
      expect(sum).toBe(Math.floor(ramp.arrivalsBy(at) + 1e-6))
    }
  })

  it('ends where there were so many, those of the warm-up apart', () => {
    const budget = { left: 30 }
    const told: number[] = []
    const flat = new Plan([{ ms: 1000, from: 100, to: 100 }])
    new Arrivals(flat, { index: 0, of: 1 }, 500, budget).until(1000, (at) => told.push(at))
    expect([told.length, budget.left]).toEqual([80, 0])
  })

  it('is followed as many times over as somebody wants, from then on', () => {
    const budget = { left: Number.POSITIVE_INFINITY }
    const flat = new Plan([{ ms: 1000, from: 100, to: 100 }])
    const arrivals = new Arrivals(flat, { index: 0, of: 1 }, 0, budget)
    const told = (until: number) => {
      let count = 0
      arrivals.until(until, () => count++)
      return count
    }
    const counts = [told(200)]
    for (const [factor, until] of [
      [0, 400],
      [2.5, 600],
      [1, 1000],
    ] as const) {
      arrivals.change(factor)
      counts.push(told(until))
    }
    expect(counts).toEqual([20, 0, 50, 40])
  })
})

describe('turns', () => {
  it('are taken as often as weights say, and evenly', () => {
    const turns = new Turns([3, 1, 0.5])
    const taken = Array.from({ length: 900 }, () => turns.next())
    const count = (one: number) => taken.filter((other) => other === one).length
    expect([count(0), count(1), count(2)]).toEqual([600, 200, 100])
    expect(taken.slice(0, 9).filter((one) => one === 1)).toHaveLength(2)
  })
})
