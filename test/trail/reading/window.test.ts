/** The earliest events, each once, and no more than there is room for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Held, type Place, Window } from '../../../src/trail/reading/window.js'

const held = (id: string, time: number, characters = 10): Held => {
  return { id, time, seq: undefined, record: 'x'.repeat(characters) }
}
const at = (time: number) => ({ time, id: '' })
const ids = (window: Window) => window.inOrder().map(({ id }) => id)

describe('a window', () => {
  it('gives what is in it in the order of time, then of ids, each once', () => {
    const window = new Window(at(10), at(20))
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
    const window = new Window(at(0), at(100), 100)
    for (let i = 99; i >= 0; i--) window.take(held(`${i}`, i))
    const { time } = window.until
    expect(time).toBeLessThan(100)
    expect(ids(window)).toEqual(Array.from({ length: time }, (_, i) => `${i}`))
  })

  it('ends within one time where that alone is more than there is room for', () => {
    const window = new Window(at(0), at(100), 100)
    for (let i = 98; i >= 0; i--) window.take(held(`${i}`.padStart(2, '0'), 5))
    expect(ids(window)).toEqual(['00', '01', '02', '03', '04', '05', '06'])
    expect(window.until).toMatchObject({ time: 5, id: '07' })
    expect([window.spans(5), window.spans(6)]).toEqual([true, false])
  })

  it('has what the journal has instead of what a file says under the same id', () => {
    const witnessed = { ...held('a', 5), seq: 1 }
    for (const order of [
      [held('a', 4), witnessed],
      [witnessed, held('a', 4)],
    ]) {
      const window = new Window(at(0), at(100))
      for (const one of order) window.take(one)
      expect(window.inOrder()).toEqual([witnessed])
      expect(window.hasUnwitnessed).toBe(false)
    }
  })

  it('tells nothing of a file under an id that the journal has', () => {
    const window = new Window(at(0), at(100))
    window.take(held('a', 4))
    window.take({ ...held('b', 4), seq: 1 })
    for (const id of ['a', 'b', 'c']) window.witness(id)
    expect(ids(window)).toEqual(['b'])
  })

  it('one behind the other give everything, once and in order', () => {
    const event = fc.record({ time: fc.nat(9), characters: fc.integer({ min: 1, max: 40 }) })
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        (given, room) => {
          const all = given.map(({ time, characters }, i) =>
            held(String(i).padStart(3, '0'), time, characters),
          )
          const told: Held[] = []
          for (let from: Place = at(0); from.time < 10; ) {
            const window = new Window(from, at(10), room)
            for (const one of all) window.take(one)
            const here = window.inOrder()
            const characters = here.reduce((sum, { record }) => sum + record.length, 0)
            // One alone may be larger.
            expect(here.length <= 1 || characters <= room).toBe(true)
            told.push(...here)
            from = window.until
          }
          expect(told).toEqual([...all].sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1)))
        },
      ),
    )
  })
})
