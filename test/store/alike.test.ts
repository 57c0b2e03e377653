/** Records that are alike, read as one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newestAlike } from '../../src/store/journal/alike.js'
import type { RecordQuery, StoredRecord } from '../../src/store/journal/records.js'
import { openStore, type Store } from '../../src/store/store.js'
import { fc, test } from '../support/property.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('alike')
const alike = { before: '"own":', from: '"end":' }
const record = (begin: string, own: string, end: string) =>
  `{"begin":"${begin}","own":"${own}","end":"${end}"}`

let store: Store
beforeAll(async () => {
  store = await openStore({ dataDir: `${folder.path}/data` })
})
afterAll(async () => {
  await store.close()
  folder.remove()
})

async function read(given: Omit<RecordQuery, 'holding'>): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  let query: RecordQuery | undefined = { holding: [], ...given }
  while (query !== undefined) {
    const page = await store.records(query)
    found.push(...page.records)
    query = page.next
  }
  return found
}

/** As it is said, without a thought for speed. */
function plainly(records: readonly string[]): Array<[seq: number, count: number]> {
  const counts = new Map<string, [number, number]>()
  for (const [seq, text] of records.entries()) {
    const [begin, end] = [text.indexOf(alike.before), text.lastIndexOf(alike.from)]
    const name =
      begin === -1 || end <= begin
        ? `${seq}`
        : JSON.stringify([text.slice(0, begin), text.slice(end)])
    counts.set(name, [seq, (counts.get(name)?.[1] ?? 0) + 1])
  }
  return [...counts.values()].sort(([a], [b]) => a - b)
}

describe('records that are alike', () => {
  test.prop([
    fc.array(fc.array(fc.constantFrom(alike.before, alike.from, 'a', 'b', '"'), { maxLength: 6 }), {
      maxLength: 40,
    }),
  ])('are found as one would find them by hand', (pieces) => {
    const records = pieces.map((some) => some.join(''))
    const bytes = records.map((text, seq) => ({ seq, record: Buffer.from(text) }))
    const found = newestAlike(bytes, alike)
    expect(found.map(({ seq, count }) => [seq, count])).toEqual(plainly(records))
    expect(found.map(({ record }) => String(record))).toEqual(found.map(({ seq }) => records[seq]))
  })

  it('are the newest of them, with how many they are, in the order of the journal', async () => {
    const records = [
      record('a', '1', 'z'),
      record('b', '2', 'z'),
      record('a', '3', 'y'),
      record('a', '4', 'z'),
      // What stands between two marks may say what it likes.
      '{"begin":"a","own":{"end":"y"},"end":"z"}',
      '{"begin":"a","end":"z"}',
      '{"begin":"a","end":"z"}',
      '{"begin":"ä","own":"5","end":"z"}',
    ]
    await store.commit({ records })
    const found = await read({ after: 0, alike })
    expect(found.map(({ seq, count }) => [seq, count])).toEqual([
      [2, 1],
      [3, 1],
      [5, 3],
      [6, 1],
      [7, 1],
      [8, 1],
    ])
    expect(found[2]!.record).toBe(records[4])
  })

  it('come as they are to whoever does not ask for it', async () => {
    const found = await read({ after: 0 })
    expect(found).toHaveLength(8)
    expect(found.every(({ count }) => count === undefined)).toBe(true)
  })

  it('behind a place count from there', async () => {
    const found = await read({ after: 2, alike })
    expect(found.map(({ seq, count }) => [seq, count])).toEqual([
      [3, 1],
      [5, 2],
      [6, 1],
      [7, 1],
      [8, 1],
    ])
  })

  it('are all counted, however many stretches of the journal they fill', async () => {
    const before = (await read({ after: 0 })).at(-1)!.seq
    const many = Array.from({ length: 500 }, (_, i) =>
      record('many', `${i} ${'x'.repeat(2000)}`, 'z'),
    )
    for (let i = 0; i < many.length; i += 50) {
      await store.commit({ records: many.slice(i, i + 50) })
    }
    const found = await read({ after: before, alike })
    expect(found.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(500)
    expect(found.length).toBeLessThan(20)
    expect(found.at(-1)!.record).toBe(many.at(-1))
  })
})
