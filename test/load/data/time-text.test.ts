/** Times written without a calendar of the machine are those that it would write. */
import { describe, expect } from 'vitest'
import { TIME_CHARACTERS, writeTime } from '../../../src/load/data/time-text.js'
import { fc, test } from '../../support/property.js'

const LAST = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000
// Around leap days, centuries, and the ends of years.
const edges = [1972, 2000, 2026, 2028, 2100, 2400, 9999].flatMap((year) =>
  [Date.UTC(year, 1, 28), Date.UTC(year, 2, 0), Date.UTC(year, 2), Date.UTC(year, 0)].flatMap(
    (ms) => [ms / 1000 - 1, ms / 1000, ms / 1000 + 86_399],
  ),
)

describe('a time that is written', () => {
  test.prop([fc.oneof(fc.integer({ min: 0, max: LAST }), fc.constantFrom(0, LAST, ...edges))], {
    numRuns: 2000,
  })('is the one that ISO 8601 has for it', (seconds) => {
    const target = Buffer.alloc(TIME_CHARACTERS + 2, '.')
    writeTime(target, 1, seconds)
    const text = new Date(seconds * 1000).toISOString().slice(0, TIME_CHARACTERS)
    expect(target.toString()).toBe(`.${text}.`)
  })
})
