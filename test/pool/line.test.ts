import { describe, expect, it } from 'vitest'
import { Line } from '../../src/pool/line.js'
import { fc, test } from '../support/property.js'

/** Work that ends when told to. */
function heldWork() {
  const entered: number[] = []
  const ends = new Map<number, () => void>()
  const work = (who: number) => () => {
    entered.push(who)
    return new Promise<number>((resolve) => ends.set(who, () => resolve(who)))
  }
  return { entered, work, end: (who: number) => ends.get(who)!() }
}
const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('a line', () => {
  it('lets in as many as there are places, the others in order', async () => {
    const { entered, work, end } = heldWork()
    const line = new Line(2, 1000)
    const all = [1, 2, 3, 4].map((who) => line.pass(1, work(who)))
    await soon()
    expect(entered).toEqual([1, 2])
    end(2)
    await soon()
    expect(entered).toEqual([1, 2, 3])
    end(1)
    end(3)
    await soon()
    end(4)
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4])
  })

  it('lets in no more bytes than it may hold, and nobody past who waits', async () => {
    const { entered, work, end } = heldWork()
    const line = new Line(10, 100)
    void line.pass(60, work(1))
    void line.pass(60, work(2))
    void line.pass(1, work(3))
    await soon()
    expect(entered).toEqual([1])
    end(1)
    await soon()
    expect(entered).toEqual([1, 2, 3])
  })

  it('lets in alone what is larger than all it may hold', async () => {
    const { entered, work, end } = heldWork()
    const line = new Line(10, 100)
    void line.pass(1, work(1))
    void line.pass(500, work(2))
    void line.pass(1, work(3))
    await soon()
    expect(entered).toEqual([1])
    end(1)
    await soon()
    expect(entered).toEqual([1, 2])
    end(2)
    await soon()
    expect(entered).toEqual([1, 2, 3])
  })

  it.each([Number.NaN, -1, 0.5, Infinity, undefined as never])(
    'lets nobody in with %s bytes, and goes on',
    async (bytes) => {
      const line = new Line(1, 100)
      await expect(line.pass(bytes, async () => 'in')).rejects.toThrow('broken')
      expect(await Promise.all([1, 100].map((size) => line.pass(size, async () => size)))).toEqual([
        1, 100,
      ])
    },
  )

  it('goes on when work fails', async () => {
    const line = new Line(1, 100)
    const failing = line.pass(1, () => Promise.reject(new Error('no')))
    const next = line.pass(1, async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  const sizes = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 40 })
  test.prop([sizes, fc.integer({ min: 1, max: 4 })])(
    'serves all, within its limits',
    async (bytes, places) => {
      const line = new Line(places, 100)
      let inside = 0
      let held = 0
      const served = await Promise.all(
        bytes.map((size) =>
          line.pass(size, async () => {
            inside++
            held += size
            expect(inside).toBeLessThanOrEqual(places)
            expect(held <= 100 || inside === 1).toBe(true)
            await soon()
            inside--
            held -= size
            return size
          }),
        ),
      )
      expect(served).toEqual(bytes)
    },
  )
})
