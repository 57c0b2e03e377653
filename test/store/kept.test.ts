/** What is kept in memory is what was last committed, whoever looks and whatever fails. */
import { describe, expect, it } from 'vitest'
import { Kept } from '../../src/store/keep/kept.js'
import { Locks } from '../../src/store/keep/locks.js'

/** A table of numbers behind a Kept of three rows. */
function table() {
  const rows = new Map<string, number>()
  const seen = { loads: 0, left: [] as Array<[number, number | undefined]> }
  const kept = new Kept<string, number>({
    locks: new Locks(),
    nameOf: (id) => `row/${id}`,
    async load(id) {
      seen.loads++
      return rows.get(id)
    },
    entriesMax: 3,
    left: (value, next) => seen.left.push([value, next]),
  })
  const add = (id: string) =>
    kept.change(id, async (value = 0) => {
      rows.set(id, value + 1)
      return { next: value + 1, answer: value }
    })
  return { rows, seen, kept, add }
}

describe('a kept row', () => {
  it('is loaded once, by whoever asks first', async () => {
    const { rows, seen, kept } = table()
    rows.set('a', 7)
    expect(await Promise.all([kept.find('a'), kept.find('a'), kept.find('a')])).toEqual([7, 7, 7])
    expect(seen.loads).toBe(1)
  })

  it('that is not there is looked for again', async () => {
    const { rows, kept } = table()
    expect(await kept.find('a')).toBeUndefined()
    rows.set('a', 1)
    expect(await kept.find('a')).toBe(1)
  })

  it('is changed by one at a time, each on what the one before has made', async () => {
    const { rows, kept, add } = table()
    const answers = await Promise.all(Array.from({ length: 20 }, () => add('a')))
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect([rows.get('a'), await kept.find('a')]).toEqual([20, 20])
  })

  it('stays as it was when its change fails', async () => {
    const { kept, add } = table()
    await add('a')
    const failed = kept.change('a', () => Promise.reject(new Error('no room')))
    await expect(failed).rejects.toThrow('no room')
    expect(await kept.find('a')).toBe(1)
  })

  it('is seen in its old form until its change is made', async () => {
    const { kept, add } = table()
    await add('a')
    let finish = () => {}
    const waiting = new Promise<void>((resolve) => {
      finish = resolve
    })
    const change = kept.change('a', async () => {
      await waiting
      return { next: 9, answer: undefined }
    })
    expect(await kept.find('a')).toBe(1)
    finish()
    await change
    expect(await kept.find('a')).toBe(9)
  })

  it('that a change drops is there no more', async () => {
    const { rows, seen, kept, add } = table()
    await add('a')
    await kept.change('a', async () => {
      rows.delete('a')
      return { next: undefined, answer: undefined }
    })
    expect(await kept.find('a')).toBeUndefined()
    expect(seen.left).toEqual([[1, undefined]])
  })

  it('holds other names while it changes', async () => {
    const { kept, add } = table()
    const steps: string[] = []
    const both = kept.change('a', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      steps.push('both')
      return { next: 1, answer: undefined }
    }, ['row/b'])
    const other = add('b').then(() => steps.push('b'))
    await Promise.all([both, other])
    expect(steps).toEqual(['both', 'b'])
  })
})

describe('kept rows', () => {
  it('are told of when they leave: replaced, pushed out, or all at once', async () => {
    const { seen, kept } = table()
    for (const [id, value] of Object.entries({ a: 1, b: 2, c: 3 })) kept.put(id, value)
    kept.put('a', 10)
    kept.put('a', 10)
    kept.put('d', 4)
    kept.clear()
    expect(seen.left).toEqual([
      [1, 10],
      [2, undefined],
      [3, undefined],
      [10, undefined],
      [4, undefined],
    ])
  })
})
