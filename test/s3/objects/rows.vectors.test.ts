/** What the MAC of an object's row covers, as docs/FORMAT.md §6.2 says it. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Root } from '../../../src/root/root.js'
import { marksOf } from '../../../src/s3/multipart/marks.js'
import { putVersion, versionOf } from '../../../src/s3/objects/rows.js'

const FORMAT = readFileSync(new URL('../../../docs/FORMAT.md', import.meta.url), 'utf8')
const [, marks] = /the marks are `(\[\[.*\]\])`/.exec(FORMAT) ?? []
const [, text] = /what is authenticated is\n`(\["s3_version".*)`\. test\/s3/.exec(FORMAT) ?? []

/** A root that shows what it was asked to authenticate. */
function showing(): { root: Root; texts: string[] } {
  const texts: string[] = []
  const authenticate = (asked: string) => {
    texts.push(asked)
    return Buffer.from(asked)
  }
  return { root: { authenticate } as unknown as Root, texts }
}

const version = {
  ...{ bucketId: 'b', key: 'k', order: -2, id: 'null', isLatest: true, isMarker: false },
  ...{ bytes: 5, etag: 'e', modifiedAt: 7, blob: 'r', facts: { owner: '111122223333' } },
}

describe('the row of an object', () => {
  it('is authenticated over the text of FORMAT', () => {
    const { root, texts } = showing()
    putVersion(root, version)
    expect(texts).toEqual([text])
  })

  it('comes back as the version that was put', () => {
    const { root } = showing()
    const change = putVersion(root, version)
    expect('row' in change && versionOf(root, change.row as never)).toEqual(version)
  })

  it('is refused with any column changed', () => {
    const { root } = showing()
    const { row } = putVersion(root, version) as { row: Record<string, unknown> }
    for (const column of Object.keys(row).filter((name) => name !== 'mac')) {
      const { [column]: value } = row
      const other = typeof value === 'number' ? value + 1 : `${value}x`
      expect(() => versionOf(root, { ...row, [column]: other } as never)).toThrow(
        expect.objectContaining({ code: 'StoreDamaged' }),
      )
    }
  })
})

describe('the marks of an upload', () => {
  it('are those of FORMAT', () => {
    const parts = Array.from({ length: 130 }, (_, i) => ({ number: 3 * (i + 1), bytes: 10 }))
    expect(JSON.stringify(marksOf(parts))).toBe(marks)
  })
})
