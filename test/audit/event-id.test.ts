import { describe, expect, it } from 'vitest'
import { newEventId } from '../../src/audit/event-id.js'

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0)

describe('an event id', () => {
  it('is a UUID of version 7 with the time in front', () => {
    const id = newEventId(NOW)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(NOW)
  })

  it('sorts after every id of an earlier millisecond', () => {
    const ids = [0, 1, NOW - 1, NOW, NOW + 1, 2 ** 47].map(newEventId)
    expect([...ids].sort()).toEqual(ids)
  })

  it('is another one each time', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newEventId(NOW)))
    expect(ids.size).toBe(10_000)
  })
})
