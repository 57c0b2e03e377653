/** The earliest events, each once, and no more than there is room for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Held, Window } from '../../../src/trail/reading/window.js'

const held = (id: string, time: number, characters = 10): Held => {
  return { id, time, seq: undefined, record: 'x'.repeat(characters) }
}
const ids = (window: Window) => window.inOrder().map(({ id }) => id)

describe('a window', () => {
  it('gives what is in it in the order of time, then of ids, each once', () => {
    const window = new Window(10, 20)
    for (const [id, time] of [
      ['d', 19],
      ['c', 10],
      ['b', 10],
      ['x', 9],
      ['y', 20],
      ['d', 19],
    ] as const) {
      window.take(held(id, time))
    }
    expect(ids(window)).toEqual(['b', 'c', 'd'])
  })

  it('ends before what it has no room for', () => {
    const window = new Window(0, 100, 100)
    for (let i = 99; i >= 0; i--) window.take(held(`${i}`, i))
    expect(window.until).toBeLessThan(100)
    expect(ids(window)).toEqual(Array.from({ length: window.until }, (_, i) => `${i}`))
  })

  it('keeps what has one time together, whatever room it takes', () => {
    const window = new Window(0, 100, 100)
    for (let i = 0; i < 50; i++) window.take(held(`${i}`.padStart(2, '0'), 5))
    window.take(held('later', 6))
    for (let i = 50; i < 99; i++) window.take(held(`${i}`, 5))
    expect(window.until).toBe(6)
    expect(ids(window)).toHaveLength(99)
  })

  it('one behind the other give everything, once and in order', () => {
    const event = fc.record({ time: fc.nat(50), characters: fc.integer({ min: 1, max: 40 }) })
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        (given, room) => {
          const all = given.map(({ time, characters }, i) =>
            held(String(i).padStart(3, '0'), time, characters),
          )
          const told: Held[] = []
          for (let from = 0; from < 60; ) {
            const window = new Window(from, 60, room)
            for (const one of all) window.take(one)
            told.push(...window.inOrder())
            expect(window.until).toBeGreaterThan(from)
            from = window.until
          }
          expect(told.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id))
          expect(told.map(({ time }) => time)).toEqual(
            told.map(({ time }) => time).sort((a, b) => a - b),
          )
        },
      ),
    )
  })
})
