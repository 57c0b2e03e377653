import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesLike, ObjectsHouse } from '../objects-house.js'

const HOUR = 60 * 60 * 1000
let house: ObjectsHouse
let Bucket: string
beforeAll(async () => {
  house = await ObjectsHouse.open()
  Bucket = await house.bucket()
})
afterAll(() => house.remove())

const FAILED = 'At least one of the pre-conditions you specified did not hold'

/** Each header absent, true and false. */
const tags = [undefined, true, false]
const combinations = tags.flatMap((match) =>
  tags.flatMap((noneMatch) =>
    tags.flatMap((modified) =>
      tags.map((unmodified) => ({ match, noneMatch, modified, unmodified })),
    ),
  ),
)

/** RFC 9110 §13.2.2, as S3 does it. */
function expected({ match, noneMatch, modified, unmodified }: (typeof combinations)[number]) {
  if (match === false) return 'If-Match'
  if (match === undefined && unmodified === false) return 'If-Unmodified-Since'
  if (noneMatch === false) return 'If-None-Match'
  if (noneMatch === undefined && modified === false) return 'If-Modified-Since'
  return undefined
}

describe('a conditional read', () => {
  let etag: string
  let at: number
  beforeAll(async () => {
    etag = (await house.put(Bucket, 'read', 'x')).ETag as string
    at = house.kms.clock.now()
  })

  const headers = ({ match, noneMatch, modified, unmodified }: (typeof combinations)[number]) => ({
    ...(match === undefined ? {} : { IfMatch: match ? etag : '"other"' }),
    ...(noneMatch === undefined ? {} : { IfNoneMatch: noneMatch ? '"other"' : etag }),
    ...(modified === undefined ? {} : { IfModifiedSince: new Date(modified ? at - HOUR : at) }),
    ...(unmodified === undefined
      ? {}
      : { IfUnmodifiedSince: new Date(unmodified ? at : at - HOUR) }),
  })

  it.each(combinations)('of %o is decided as HTTP says', async (combination) => {
    const failed = expected(combination)
    for (const name of ['GetObject', 'HeadObject'] as const) {
      const told = await house.refusal(name, { Bucket, Key: 'read', ...headers(combination) })
      if (failed === undefined) expect(told.code).toBe('done')
      else if (failed.endsWith('-None-Match') || failed.endsWith('-Modified-Since')) {
        expect(told).toMatchObject({ code: 'NotModified', detail: { etag } })
      } else {
        const detail = { Condition: failed }
        expect(told).toEqual({ code: 'PreconditionFailed', message: FAILED, detail })
      }
    }
    const source = Object.entries(headers(combination)).map(([k, v]) => [`CopySource${k}`, v])
    const copy = { Bucket, Key: 'copied', CopySource: `${Bucket}/read` }
    const told = await house.refusal('CopyObject', { ...copy, ...Object.fromEntries(source) })
    expect(told).toMatchObject(
      failed === undefined
        ? { code: 'done' }
        : {
            code: 'PreconditionFailed',
            message: FAILED,
            detail: { Condition: `x-amz-copy-source-${failed}` },
          },
    )
  })

  it.each([
    ['*', 'done', 'NotModified'],
    ['without quotes', 'done', 'NotModified'],
    ['"a", ETAG', 'done', 'NotModified'],
    ['W/ETAG', 'done', 'NotModified'],
    ['""', 'PreconditionFailed', 'done'],
  ])('knows the tag %s', async (tag, matching, none) => {
    const given = tag.replace('ETAG', etag).replace('without quotes', etag.replaceAll('"', ''))
    const code = (more: object) => house.code('GetObject', { Bucket, Key: 'read', ...more })
    expect(await code({ IfMatch: given })).toBe(matching)
    expect(await code({ IfNoneMatch: given })).toBe(none)
  })

  it('is one of times of whole seconds', async () => {
    house.kms.clock.time += 400
    await house.put(Bucket, 'seconds', 'x')
    const IfModifiedSince = new Date(house.kms.clock.time - 400)
    const code = await house.code('GetObject', { Bucket, Key: 'seconds', IfModifiedSince })
    expect(code).toBe('NotModified')
  })
})

type Write = (key: string, more: object) => Promise<string>
const writes: { how: string; write: Write }[] = [
  {
    how: 'PutObject',
    write: (Key, more) => house.code('PutObject', { Bucket, Key, Body: 'new', ...more }),
  },
  {
    how: 'CopyObject',
    write: (Key, more) =>
      house.code('CopyObject', { Bucket, Key, CopySource: `${Bucket}/source`, ...more }),
  },
  {
    how: 'CompleteMultipartUpload',
    write: async (Key, more) => {
      const upload = house.upload(Bucket, Key, [Buffer.from('new')], { complete: more })
      return await upload.then(
        () => 'done',
        ({ code }) => code,
      )
    },
  },
]

describe.each(writes)('a conditional $how', ({ how, write }) => {
  let etag: string
  const key = (name: string) => `${how}/${name}`
  beforeAll(async () => {
    await house.put(Bucket, 'source', 'new')
    etag = (await house.put(Bucket, key('there'), 'old')).ETag as string
  })

  it.each([
    ['none', { IfNoneMatch: '*' }, 'done'],
    ['there', { IfNoneMatch: '*' }, 'PreconditionFailed'],
    ['none', { IfMatch: '"a"' }, 'NoSuchKey'],
    ['there', { IfMatch: '"a"' }, 'PreconditionFailed'],
    ['there', { IfNoneMatch: '"a"' }, 'NotImplemented'],
    ['there', { IfMatch: '"a"', IfNoneMatch: '*' }, 'NotImplemented'],
  ])('onto what is %s, with %j: %s', async (where, more, code) => {
    expect(await write(key(`${where}`), more)).toBe(code)
    if (where === 'none') await house.call('DeleteObject', { Bucket, Key: key('none') })
  })

  it('onto what it saw last is done', async () => {
    expect(await write(key('there'), { IfMatch: etag })).toBe('done')
    expect(await house.text(Bucket, key('there'))).toBe('new')
    expect(await write(key('there'), { IfMatch: etag })).toBe('PreconditionFailed')
  })

  it('is won by exactly one of many who want to be the first', async () => {
    const racing = Array.from({ length: 16 }, () => write(key('race'), { IfNoneMatch: '*' }))
    const codes = (await Promise.all(racing)).sort()
    expect(codes.filter((code) => code === 'done')).toHaveLength(1)
    expect(codes.filter((code) => code === 'PreconditionFailed')).toHaveLength(15)
  })

  it('is won by exactly one of many who saw the same', async () => {
    const { ETag } = await house.put(Bucket, key('match'), 'old')
    const racing = Array.from({ length: 16 }, () => write(key('match'), { IfMatch: ETag }))
    const codes = await Promise.all(racing)
    expect(codes.filter((code) => code === 'done')).toHaveLength(1)
    expect(codes.filter((code) => code === 'PreconditionFailed')).toHaveLength(15)
  })
})

describe('a conditional write', () => {
  it('that fails leaves nothing behind, however long its body is', async () => {
    await house.put(Bucket, 'kept', 'old')
    const late = async function* () {
      yield bytesLike(200_000)
      await house.put(Bucket, 'late', 'first')
      yield bytesLike(200_000)
    }
    const more = { IfNoneMatch: '*', Body: late() }
    expect(await house.code('PutObject', { Bucket, Key: 'late', ...more })).toBe(
      'PreconditionFailed',
    )
    expect(await house.text(Bucket, 'late')).toBe('first')
  })

  it('takes a delete marker for nothing', async () => {
    const versioned = await house.bucket('Enabled')
    await house.put(versioned, 'a', '1')
    await house.call('DeleteObject', { Bucket: versioned, Key: 'a' })
    const put = (more: object) => house.code('PutObject', { Bucket: versioned, Key: 'a', ...more })
    expect(await put({ IfMatch: '*' })).toBe('NoSuchKey')
    expect(await put({ IfNoneMatch: '*' })).toBe('done')
  })
})

describe('a conditional delete', () => {
  it.each([
    [{ IfMatch: '"a"' }, 'PreconditionFailed'],
    [{ IfMatch: '*' }, 'done'],
    [{ IfMatchSize: 2 }, 'PreconditionFailed'],
    [{ IfMatchSize: 3 }, 'done'],
    [{ IfMatchLastModifiedTime: new Date(0) }, 'PreconditionFailed'],
  ])('of %j: %s', async (more, code) => {
    await house.put(Bucket, 'deleted', 'old')
    expect(await house.code('DeleteObject', { Bucket, Key: 'deleted', ...more })).toBe(code)
    const left = await house.code('GetObject', { Bucket, Key: 'deleted' })
    expect(left).toBe(code === 'done' ? 'NoSuchKey' : 'done')
  })

  it('of what it saw is done, by one of many', async () => {
    const { ETag: IfMatch } = await house.put(Bucket, 'deleted', 'old')
    const racing = Array.from({ length: 8 }, () =>
      house.code('DeleteObject', { Bucket, Key: 'deleted', IfMatch: IfMatch as string }),
    )
    expect((await Promise.all(racing)).filter((code) => code === 'done')).toHaveLength(1)
  })

  it('of what is not there is no key for a tag, and done for the rest', async () => {
    const code = (more: object) => house.code('DeleteObject', { Bucket, Key: 'none', ...more })
    expect(await code({ IfMatch: '*' })).toBe('NoSuchKey')
    expect(await code({ IfMatch: '"a"' })).toBe('NoSuchKey')
    expect(await code({ IfMatchSize: 1 })).toBe('done')
  })

  it('of a version is about the current one', async () => {
    const versioned = await house.bucket('Enabled')
    const first = await house.put(versioned, 'a', '1')
    const second = await house.put(versioned, 'a', '2')
    const place = { Bucket: versioned, Key: 'a', VersionId: first.VersionId as string }
    const code = (IfMatch: unknown) =>
      house.code('DeleteObject', { ...place, IfMatch: IfMatch as string })
    expect(await code(first.ETag)).toBe('PreconditionFailed')
    expect(await code(second.ETag)).toBe('done')
  })

  it('is decided for each of many', async () => {
    const { ETag } = await house.put(Bucket, 'one', '1')
    await house.put(Bucket, 'two', '2')
    const Objects = [
      { Key: 'two', ETag: '"a"' },
      { Key: 'one', ETag: ETag as string },
      { Key: 'three', ETag: '*' },
    ]
    const { Deleted, Errors } = await house.call('DeleteObjects', { Bucket, Delete: { Objects } })
    expect(Deleted).toEqual([{ Key: 'one' }])
    expect(Errors).toMatchObject([
      { Key: 'two', Code: 'PreconditionFailed', Message: FAILED },
      { Key: 'three', Code: 'NoSuchKey' },
    ])
  })
})
