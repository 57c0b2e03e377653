import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fc, test } from '../../support/property.js'
import { ObjectsHouse } from '../objects-house.js'

let house: ObjectsHouse
beforeAll(async () => {
  house = await ObjectsHouse.open()
})
afterAll(() => house.remove())

const LAST = '\u{10ffff}'
const AWKWARD = [
  ...[
    'a\0',
    'a\0b',
    'a\u0001',
    '\0',
    'a',
    'b',
    '/',
    '//',
    'a/',
    'a/a',
    'a//b',
    'ab',
    'b/a/c',
    ' ',
    '+',
    '%',
    '~',
    '\u007f',
    'ü',
  ],
  ...['ü/ü', '\ud7ff', '\ue000', '\uffff', '\u{10000}', LAST, LAST + LAST, `a${LAST}`, `${LAST}a`],
  ...[`a/${LAST}/b`, `a/${LAST}`, 'z'.repeat(1024), LAST.repeat(256), 'a::b::c', 'a:b'],
]

const byBytes = (left: string, right: string) =>
  Buffer.compare(Buffer.from(left), Buffer.from(right))

type Entry = { readonly key: string } | { readonly prefix: string }

/** What a list of `keys` has, worked out the simple way. */
function naive(keys: readonly string[], prefix: string, delimiter: string): Entry[] {
  const entries: Entry[] = []
  const rolled = new Set<string>()
  for (const key of [...keys].sort(byBytes)) {
    if (!key.startsWith(prefix)) continue
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (at === -1) entries.push({ key })
    else {
      const common = key.slice(0, at + delimiter.length)
      if (!rolled.has(common)) entries.push({ prefix: common })
      rolled.add(common)
    }
  }
  return entries
}

interface Page {
  readonly IsTruncated: boolean
  readonly Contents?: readonly { readonly Key: string }[]
  readonly Versions?: readonly { readonly Key: string; readonly VersionId: string }[]
  readonly DeleteMarkers?: readonly { readonly Key: string; readonly VersionId: string }[]
  readonly Uploads?: readonly { readonly Key: string; readonly UploadId: string }[]
  readonly CommonPrefixes: readonly { readonly Prefix: string }[]
  readonly [member: string]: unknown
}

interface Asked {
  readonly Bucket: string
  readonly Prefix: string
  readonly Delimiter: string
}

/** Page by page until the last; never more pages than there could be. */
async function pages(next: (last: Page | undefined) => Promise<object>, most: number) {
  const all: Page[] = []
  do all.push((await next(all.at(-1))) as unknown as Page)
  while (all.at(-1)!.IsTruncated && all.length <= most)
  expect(all.at(-1)!.IsTruncated).toBe(false)
  return all
}

const NONE: Readonly<Record<string, unknown>> = {}

const lists = {
  V1: (asked: Asked, MaxKeys: number) => (last: Page | undefined) => {
    const named = last && (last.NextMarker ?? last.Contents!.at(-1)!.Key)
    const Marker = named === undefined ? {} : { Marker: named }
    return house.call('ListObjects', { ...asked, MaxKeys, ...Marker })
  },
  V2: (asked: Asked, MaxKeys: number) => (last: Page | undefined) => {
    const token = last && { ContinuationToken: last.NextContinuationToken }
    return house.call('ListObjectsV2', { ...asked, MaxKeys, ...token })
  },
  versions: (asked: Asked, MaxKeys: number) => (last: Page | undefined) => {
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = last ?? NONE
    return house.call('ListObjectVersions', { ...asked, MaxKeys, KeyMarker, VersionIdMarker })
  },
  uploads: (asked: Asked, MaxUploads: number) => (last: Page | undefined) => {
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = last ?? NONE
    return house.call('ListMultipartUploads', { ...asked, MaxUploads, KeyMarker, UploadIdMarker })
  },
}

const keysIn = ({ Contents = [], Versions = [], DeleteMarkers = [], Uploads = [] }: Page) =>
  [...Contents, ...Versions, ...DeleteMarkers, ...Uploads].map(({ Key }) => Key)

/** The pages joined are the whole list, and none is longer than it may be. */
function check(all: readonly Page[], size: number, expected: readonly Entry[]) {
  for (const page of all) {
    const entries = keysIn(page).length + page.CommonPrefixes.length
    if (page.IsTruncated) expect(entries).toBe(size)
    else expect(entries).toBeLessThanOrEqual(size)
  }
  const keys = all.flatMap(keysIn)
  const prefixes = all.flatMap((page) => page.CommonPrefixes.map(({ Prefix }) => Prefix))
  expect(keys).toEqual(expected.flatMap((entry) => ('key' in entry ? [entry.key] : [])))
  expect(prefixes).toEqual(expected.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : [])))
}

describe('a list', () => {
  let Bucket: string
  let keys: string[]
  beforeAll(async () => {
    Bucket = await house.bucket()
    keys = AWKWARD.filter((key) => Buffer.byteLength(key) <= 1024)
    await Promise.all(keys.map((key) => house.put(Bucket, key, 'x')))
    await Promise.all(keys.map((Key) => house.call('CreateMultipartUpload', { Bucket, Key })))
  })

  const prefixes = [
    '',
    'a',
    'a/',
    'ü',
    LAST,
    `a/${LAST}`,
    'b/a/c',
    'none',
    'a\0',
    '\ud7ff',
    '\uffff',
  ]
  const delimiters = [
    '',
    '/',
    '//',
    LAST,
    'a',
    'ü',
    `${LAST}/`,
    '::',
    ' ',
    '\0',
    '\u0001',
    '\ue000',
    `/${LAST}`,
  ]
  test.prop(
    [
      fc.constantFrom(...(Object.keys(lists) as (keyof typeof lists)[])),
      fc.constantFrom(...prefixes),
      fc.constantFrom(...delimiters),
      fc.integer({ min: 1, max: 40 }),
    ],
    { numRuns: 250 },
  )('in pages of any size is the whole list', async (kind, Prefix, Delimiter, size) => {
    const expected = naive(keys, Prefix, Delimiter)
    const asked = { Bucket, Prefix, Delimiter }
    const all = await pages(lists[kind](asked, size), expected.length + 1)
    check(all, size, expected)
  })

  it('of any keys at all is in the order of their bytes', async () => {
    const other = await house.bucket()
    const sampled = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), 200)
    const unique = [...new Set(sampled)]
    await Promise.all(unique.map((key) => house.put(other, key, 'x')))
    for (const Delimiter of ['', unique[0]!.slice(0, 1), '/']) {
      if (!Delimiter.isWellFormed()) continue
      const asked = { Bucket: other, Prefix: '', Delimiter }
      const expected = naive(unique, '', Delimiter)
      check(await pages(lists.V2(asked, 33), expected.length), 33, expected)
    }
  })

  it('begins behind a marker, whether there is such a key or not', async () => {
    for (const marker of [...AWKWARD, 'aa', '0', 'a\0', 'a\0b', '\0']) {
      const expected = keys.filter((key) => byBytes(key, marker) > 0).sort(byBytes)
      const v1 = await house.call('ListObjects', { Bucket, Marker: marker })
      expect(keysIn(v1 as unknown as Page)).toEqual(expected)
      const v2 = await house.call('ListObjectsV2', { Bucket, StartAfter: marker })
      expect(keysIn(v2 as unknown as Page)).toEqual(expected)
    }
  })

  it('of no entries is empty, and not cut', async () => {
    for (const name of ['ListObjects', 'ListObjectsV2', 'ListObjectVersions'] as const) {
      const page = await house.call(name, { Bucket, MaxKeys: 0 })
      expect(page).toMatchObject({ MaxKeys: 0, IsTruncated: false, CommonPrefixes: [] })
      expect(keysIn(page as unknown as Page)).toEqual([])
    }
    const uploads = await house.call('ListMultipartUploads', { Bucket, MaxUploads: 0 })
    expect(uploads).toMatchObject({ MaxUploads: 0, IsTruncated: false, Uploads: [] })
  })

  it.each([
    ['ListObjects', { MaxKeys: -1 }],
    ['ListObjectsV2', { MaxKeys: -1 }],
    ['ListObjectsV2', { ContinuationToken: '' }],
    ['ListObjectsV2', { ContinuationToken: 'no token' }],
    ['ListObjectsV2', { ContinuationToken: Buffer.from('2a').toString('base64url') }],
    ['ListObjectVersions', { VersionIdMarker: 'null' }],
    ['ListObjectVersions', { KeyMarker: 'a', VersionIdMarker: 'never' }],
    ['ListMultipartUploads', { MaxUploads: -1 }],
  ] as const)('by %s with %j is refused', async (name, more) => {
    expect(await house.code(name, { Bucket, ...more })).toBe('InvalidArgument')
  })

  it('says what was asked, and who owns what', async () => {
    const page = await house.call('ListObjectsV2', {
      ...{ Bucket, Prefix: 'a', Delimiter: '/', MaxKeys: 2000, StartAfter: 'a' },
    })
    expect(page).toMatchObject({
      ...{ Name: Bucket, Prefix: 'a', Delimiter: '/', MaxKeys: 1000, StartAfter: 'a' },
    })
    expect(page.KeyCount).toBe(keysIn(page as unknown as Page).length + 1)
    const [first] = page.Contents as Record<string, unknown>[]
    expect(first).toMatchObject({ Size: 1, StorageClass: 'STANDARD', ChecksumType: 'FULL_OBJECT' })
    expect(first).toMatchObject({ ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/) })
    expect(first).not.toHaveProperty('Owner')
    for (const more of [{ FetchOwner: true }, {}]) {
      const name = 'FetchOwner' in more ? 'ListObjectsV2' : 'ListObjects'
      const { Contents } = await house.call(name, { Bucket, ...more })
      const Owner = { ID: expect.stringMatching(/^[0-9a-f]{64}$/) }
      expect((Contents as object[])[0]).toMatchObject({ Owner })
    }
  })

  it('is encoded as URLs are when that is wanted', async () => {
    const other = await house.bucket()
    await house.put(other, 'a b/ü+&\n/c')
    const asked = { Bucket: other, EncodingType: 'url', Prefix: 'a b/', Delimiter: '\n' }
    for (const name of ['ListObjects', 'ListObjectsV2', 'ListObjectVersions'] as const) {
      expect(await house.call(name, asked)).toMatchObject({
        ...{ EncodingType: 'url', Prefix: 'a+b/', Delimiter: '%0A' },
        CommonPrefixes: [{ Prefix: 'a+b/%C3%BC%2B%26%0A' }],
      })
    }
    const { Contents } = await house.call('ListObjects', { Bucket: other, EncodingType: 'url' })
    expect((Contents as { Key: string }[])[0]!.Key).toBe('a+b/%C3%BC%2B%26%0A/c')
  })

  it('has no object that a marker hides', async () => {
    const versioned = await house.bucket('Enabled')
    for (const key of ['a/1', 'a/2', 'b/1']) await house.put(versioned, key)
    for (const Key of ['a/1', 'a/2']) await house.call('DeleteObject', { Bucket: versioned, Key })
    const page = await house.call('ListObjectsV2', { Bucket: versioned, Delimiter: '/' })
    expect(page).toMatchObject({ KeyCount: 1, CommonPrefixes: [{ Prefix: 'b/' }] })
  })
})

describe('a list of versions', () => {
  it('in pages of any size has each version once, the newest first', async () => {
    const Bucket = await house.bucket('Enabled')
    const made: string[] = []
    for (const key of ['b', 'a', 'a/x', LAST]) {
      for (let i = 0; i < 4; i++) {
        const marks = i === 2
        const { VersionId } = marks
          ? await house.call('DeleteObject', { Bucket, Key: key })
          : await house.put(Bucket, key)
        made.push(`${key} ${VersionId}`)
      }
    }
    const order = (line: string) => line.split(' ')[0]!
    const expected = [...made].reverse().sort((x, y) => byBytes(order(x), order(y)))
    for (let size = 1; size <= 17; size++) {
      const asked = { Bucket, Prefix: '', Delimiter: '' }
      const all = await pages(lists.versions(asked, size), 17)
      const lines = all.flatMap(({ Versions = [], DeleteMarkers = [] }) =>
        [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`),
      )
      expect([...lines].sort()).toEqual([...expected].sort())
      if (size === 1) expect(lines).toEqual(expected)
    }
  })

  it('goes on where it was, though what it has shown is deleted meanwhile', async () => {
    const Bucket = await house.bucket('Enabled')
    for (let i = 0; i < 7; i++) await house.put(Bucket, 'a')
    await house.put(Bucket, 'b')
    let last: Page | undefined
    let count = 0
    do {
      last = (await lists.versions(
        { Bucket, Prefix: '', Delimiter: '' },
        2,
      )(last)) as unknown as Page
      const Objects = last.Versions!.map(({ Key, VersionId }) => ({ Key, VersionId }))
      count += Objects.length
      await house.call('DeleteObjects', { Bucket, Delete: { Objects } })
    } while (last.IsTruncated)
    expect(count).toBe(8)
    await house.call('DeleteBucket', { Bucket })
  })
})

describe('a list of uploads', () => {
  it('has those of a key in the order in which they began', async () => {
    const Bucket = await house.bucket()
    const begun: unknown[] = []
    for (let i = 0; i < 6; i++) {
      house.kms.clock.time += 1
      begun.push((await house.call('CreateMultipartUpload', { Bucket, Key: 'a' })).UploadId)
    }
    for (const size of [1, 2, 5, 6]) {
      const all = await pages(lists.uploads({ Bucket, Prefix: '', Delimiter: '' }, size), 7)
      expect(all.flatMap(({ Uploads }) => Uploads!.map(({ UploadId }) => UploadId))).toEqual(begun)
    }
  })
})
