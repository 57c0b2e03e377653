/** Pages of lists: what one ends with, the next one does not begin with. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LifecycleHouse } from '../lifecycle/lifecycle-house.js'

let house: LifecycleHouse
const Bucket = 'paged-bucket'
const keys = ['a', 'a!', 'a/1', 'a/1/2', 'a/2', 'b', 'b/1', '\u{1f600}']
beforeAll(async () => {
  house = await LifecycleHouse.open()
  await house.bucket(Bucket)
  await house.put(Bucket, ...keys)
  for (const Key of keys) await house.s3.createMultipartUpload({ Bucket, Key })
})
afterAll(() => house.remove())

interface Page {
  readonly Contents?: ReadonlyArray<{ readonly Key: string }>
  readonly Versions?: ReadonlyArray<{ readonly Key: string }>
  readonly Uploads?: ReadonlyArray<{ readonly Key: string }>
  readonly CommonPrefixes: ReadonlyArray<{ readonly Prefix: string }>
  readonly NextContinuationToken?: string
  readonly NextMarker?: string
  readonly NextKeyMarker?: string
  readonly IsTruncated: boolean
}

function namesIn({ Contents, Versions, Uploads, CommonPrefixes }: Page): string[] {
  const all = Contents ?? Versions ?? Uploads ?? []
  return [...all.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]
}

/** Each list, a page at a time, going on by the key alone. */
const lists: Record<string, (asked: object, before: Page | undefined) => Promise<unknown>> = {
  ListObjectsV2: (asked, before) =>
    house.s3.listObjectsV2({ Bucket, ...asked, ContinuationToken: before?.NextContinuationToken }),
  ListObjects: (asked, before) => {
    const Marker = before && (before.NextMarker ?? namesIn(before).at(-1))
    return house.s3.listObjects({ Bucket, ...asked, Marker })
  },
  ListObjectVersions: (asked, before) =>
    house.s3.listObjectVersions({ Bucket, ...asked, KeyMarker: before?.NextKeyMarker }),
  ListMultipartUploads: (asked, before) =>
    house.s3.listMultipartUploads({ Bucket, ...asked, KeyMarker: before?.NextKeyMarker }),
}

describe.each(Object.keys(lists))('%s', (name) => {
  it.each([1, 2, 3])('names everything once on pages of %i', async (count) => {
    for (const [asked, wanted] of [
      [{}, keys],
      [{ Delimiter: '/' }, ['a', 'a!', 'a/', 'b', 'b/', '\u{1f600}']],
    ] as const) {
      const found: string[] = []
      let page: Page | undefined
      do {
        const size = { MaxKeys: count, MaxUploads: count }
        page = (await lists[name]!({ ...asked, ...size }, page)) as Page
        found.push(...namesIn(page))
      } while (page.IsTruncated && found.length < 20)
      expect(found.sort()).toEqual([...wanted].sort())
    }
  })
})

/** What escapes are made of, and what they stand for: none of them is another (objects/stored-key.ts). */
describe('keys with characters that rows write otherwise', () => {
  const named = [
    'a\0b',
    'a\0c',
    'a\u0001b',
    'a\u0001c',
    'a\ufdd0b',
    'a\ufdd0c',
    'a\ufdd1b',
    'a/\ufdd0',
  ]
  const Bucket = 'escaped-bucket'
  beforeAll(async () => {
    await house.bucket(Bucket)
    await house.put(Bucket, ...named)
  })

  it.each(['\0', '\u0001', '\ufdd0', '\ufdd1', '\ufdd0b', '\u0001b', '/'])(
    'are each listed once, or below their prefix, with the delimiter %j',
    async (Delimiter) => {
      const wanted = new Set(
        named.map((key) => {
          const at = key.indexOf(Delimiter)
          return at === -1 ? key : key.slice(0, at + Delimiter.length)
        }),
      )
      for (const MaxKeys of [1, 2, 1000]) {
        for (const list of ['ListObjectsV2', 'ListObjects'] as const) {
          const found: string[] = []
          let page: Page | undefined
          do {
            page = (await lists[list]!({ Bucket, Delimiter, MaxKeys }, page)) as Page
            found.push(...namesIn(page))
          } while (page.IsTruncated && found.length < 20)
          expect(found.sort()).toEqual([...wanted].sort())
        }
      }
    },
  )
})
