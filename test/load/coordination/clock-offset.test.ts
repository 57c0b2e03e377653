/** How far a clock is off, by round trips: the quickest tells, and what it may be wrong by holds. */
import { describe, expect, it } from 'vitest'
import { clockOffset } from '../../../src/load/coordination/clock-offset.js'
import { fc, test } from '../../support/property.js'

describe('a clock’s offset', () => {
  it('is told by the round trip with the least delay', () => {
    const slow = { answeredAt: 1000, ms: 400, at: 5000 }
    const quick = { answeredAt: 2000, ms: 20, at: 6985 }
    expect(clockOffset([slow, quick, slow])).toEqual({ offsetMs: 4995, uncertaintyMs: 11 })
  })

  const delay = fc.double({ min: 0, max: 500, noNaN: true })
  const moment = fc.double({ min: 1e12, max: 2e12, noNaN: true })
  const off = fc.double({ min: -1e9, max: 1e9, noNaN: true })
  test.prop([moment, off, fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 8 })])(
    'is wrong by no more than it says, wherever the delay was',
    (begun, offset, delays) => {
      const trips = delays.map(([there, back]) => ({
        ms: there + back,
        // Clocks are read in whole milliseconds.
        at: Math.floor(begun + there + offset),
        answeredAt: Math.floor(begun + there + back),
      }))
      const { offsetMs, uncertaintyMs } = clockOffset(trips)
      expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(uncertaintyMs + 1e-3)
    },
  )
})
