import { describe, expect, it } from 'vitest'
import { walkPage } from '../../../src/s3/listing/walk.js'

interface Item {
  readonly key: string
}

/** So many folders of so many keys each, walked with a delimiter; and how many items were read for it. */
async function walk(folders: number, keys: number, limit: number) {
  const name = (number: number) => String(number).padStart(5, '0')
  const items: Item[] = []
  for (let folder = 0; folder < folders; folder++) {
    for (let key = 0; key < keys; key++) items.push({ key: `${name(folder)}/${name(key)}` })
  }
  let read = 0
  const page = await walkPage<Item>(
    async (after, asked) => {
      const isBehind = ({ key }: Item) => {
        if (after === undefined) return true
        return 'item' in after ? key > after.item.key : key > `${after.commonPrefix}~`
      }
      const from = items.findIndex(isBehind)
      const found = from === -1 ? [] : items.slice(from, from + asked)
      read += found.length
      return found
    },
    { prefix: '', delimiter: '/', limit },
  )
  return { ...page, read }
}

describe('a page of what lies in folders', () => {
  it('costs little, however much lies in each', async () => {
    const { entries, isTruncated, read } = await walk(100, 2000, 1000)
    expect(entries).toHaveLength(100)
    expect(isTruncated).toBe(false)
    expect(read).toBeLessThan(5000)
  })

  it.each([
    [7, 1, 3],
    [50, 3, 20],
    [20, 40, 20],
    [21, 17, 20],
  ])('of %i folders with %i keys is the first %i of them', async (folders, keys, limit) => {
    const { entries, isTruncated } = await walk(folders, keys, limit)
    const names = Array.from({ length: Math.min(folders, limit) }, (_, folder) => ({
      commonPrefix: `${String(folder).padStart(5, '0')}/`,
    }))
    expect(entries).toEqual(names)
    expect(isTruncated).toBe(folders > limit)
  })
})
