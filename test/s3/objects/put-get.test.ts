import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesLike, bytesOf, hash, ObjectsHouse } from '../objects-house.js'

const FRAME = 64 * 1024
let house: ObjectsHouse
let Bucket: string
beforeAll(async () => {
  house = await ObjectsHouse.open()
  Bucket = await house.bucket()
})
afterAll(() => house.remove())

describe('an object', () => {
  const sizes = [0, 1, 1500, FRAME - 1, FRAME, FRAME + 1, 4 * FRAME, 5 * FRAME + 3, 3 * 2 ** 20 + 7]
  it.each(sizes)('of %i bytes is answered as it was put', async (size) => {
    const bytes = bytesLike(size)
    const put = await house.put(Bucket, `size-${size}`, bytes)
    expect(put).toMatchObject({ ETag: `"${hash('md5', bytes)}"`, ServerSideEncryption: 'AES256' })
    expect(put).not.toHaveProperty('VersionId')
    const got = await house.get(Bucket, `size-${size}`)
    expect(got).toMatchObject({ ETag: put.ETag, ContentLength: size, AcceptRanges: 'bytes' })
    expect(got.bytes.equals(bytes)).toBe(true)
    expect(got).not.toHaveProperty('ContentRange')
    const head = await house.call('HeadObject', { Bucket, Key: `size-${size}` })
    expect(head).toMatchObject({ ETag: put.ETag, ContentLength: size })
    expect(head).not.toHaveProperty('Body')
  })

  it('of pieces, and of nothing at all, is the same', async () => {
    const bytes = bytesLike(300_001)
    await house.put(Bucket, 'pieces', Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))
    expect((await house.get(Bucket, 'pieces')).bytes.equals(bytes)).toBe(true)
    await house.call('PutObject', { Bucket, Key: 'nothing' })
    expect(await house.text(Bucket, 'nothing')).toBe('')
  })

  it('takes the place of the one before, whole', async () => {
    await house.put(Bucket, 'again', 'one', { Metadata: { a: '1' }, Tagging: 'a=1' })
    await house.put(Bucket, 'again', 'two')
    const got = await house.get(Bucket, 'again')
    expect(got.bytes.toString()).toBe('two')
    expect(got.Metadata).toEqual({})
    expect(got).not.toHaveProperty('TagCount')
  })

  it('has the headers and the metadata that its writer gave', async () => {
    const headers = {
      ...{ CacheControl: 'no-cache', ContentDisposition: 'inline', ContentLanguage: 'de' },
      ...{ ContentType: 'text/plain', ContentEncoding: 'gzip' },
      WebsiteRedirectLocation: '/other',
    }
    const Metadata = { Colour: 'red', __proto__x: 'ü', empty: '' }
    await house.put(Bucket, 'described', 'x', {
      ...headers,
      ...{ ContentEncoding: 'aws-chunked,gzip', Metadata, StorageClass: 'STANDARD_IA' },
      Expires: 'Thu, 01 Dec 1994 16:00:00 GMT',
    })
    for (const got of [
      await house.get(Bucket, 'described'),
      await house.call('HeadObject', { Bucket, Key: 'described' }),
    ]) {
      expect(got).toMatchObject({ ...headers, StorageClass: 'STANDARD_IA' })
      expect(got.Metadata).toEqual({ colour: 'red', __proto__x: 'ü', empty: '' })
      expect(String(got.Expires)).toContain('1994')
    }
  })

  it('is of no type in particular unless its writer says', async () => {
    await house.put(Bucket, 'untyped', 'x', { ContentEncoding: 'aws-chunked' })
    const got = await house.get(Bucket, 'untyped')
    expect(got).toMatchObject({ ContentType: 'binary/octet-stream', Metadata: {} })
    for (const name of ['ContentEncoding', 'StorageClass', 'Expires', 'VersionId']) {
      expect(got).not.toHaveProperty(name)
    }
  })

  it('is answered with the headers that its reader wants', async () => {
    await house.put(Bucket, 'overridden', 'x', { ContentType: 'text/plain' })
    const wanted = {
      ...{ ResponseCacheControl: 'a', ResponseContentDisposition: 'b' },
      ...{ ResponseContentEncoding: 'c', ResponseContentLanguage: 'd', ResponseContentType: 'e' },
    }
    expect(await house.get(Bucket, 'overridden', wanted)).toMatchObject({
      ...{ CacheControl: 'a', ContentDisposition: 'b', ContentEncoding: 'c' },
      ...{ ContentLanguage: 'd', ContentType: 'e' },
    })
    const head = await house.call('HeadObject', { Bucket, Key: 'overridden', ...wanted })
    expect(head).toMatchObject({ ContentType: 'e' })
  })

  it.each([
    ['a b/ü/\u{10ffff}/%2F+&=?#', 'odd characters'],
    ['../../etc/passwd', 'a path'],
    ['/', 'a slash'],
    ['a\0b\u0001\0', 'control characters'],
    ['\u{1f600}'.repeat(256), '1,024 bytes'],
  ])('has a key of any text: %#', async (key, body) => {
    await house.put(Bucket, key, body)
    expect(await house.text(Bucket, key)).toBe(body)
    await house.call('DeleteObject', { Bucket, Key: key })
    expect(await house.code('GetObject', { Bucket, Key: key })).toBe('NoSuchKey')
  })

  it('is not found under a key that only begins as its own does', async () => {
    await house.put(Bucket, 'secret', 'x')
    const input = { Bucket, Key: 'secret\0more' }
    const { UploadId } = await house.call('CreateMultipartUpload', { Bucket, Key: 'secret' })
    for (const name of ['GetObject', 'HeadObject', 'GetObjectTagging'] as const) {
      expect(await house.code(name, input)).toBe('NoSuchKey')
    }
    expect(await house.code('DeleteObject', input)).toBe('done')
    const version = { Bucket, Key: 'secret', VersionId: 'null\0' }
    expect(await house.code('GetObject', version)).toBe('NoSuchVersion')
    const CopySource = `${Bucket}/secret%00more`
    expect(await house.code('CopyObject', { Bucket, Key: 'copy', CopySource })).toBe('NoSuchKey')
    const place = { Bucket, Key: 'secret', UploadId: `${UploadId}\0` }
    expect(await house.code('ListParts', place)).toBe('NoSuchUpload')
    expect(await house.text(Bucket, 'secret')).toBe('x')
  })

  it('has no key of more than 1,024 bytes, nor one that is no text', async () => {
    const long = 'ü'.repeat(512)
    await house.put(Bucket, long, 'x')
    expect(await house.refusal('PutObject', { Bucket, Key: `${long}a` })).toMatchObject({
      ...{ code: 'KeyTooLongError', message: 'Your key is too long' },
      detail: { Size: 1025, MaxSizeAllowed: 1024 },
    })
    expect(await house.code('PutObject', { Bucket, Key: 'a\ud800' })).toBe('ValidationException')
    for (const name of ['CreateMultipartUpload', 'PutObject'] as const) {
      expect(await house.code(name, { Bucket, Key: 'a'.repeat(1025) })).toBe('KeyTooLongError')
    }
  })

  it.each([
    ['MetadataTooLarge', { Metadata: { a: 'b'.repeat(2048) } }],
    ['NotImplemented', { StorageClass: 'GLACIER' }],
    ['InvalidArgument', { Tagging: 'a=%ZZ' }],
    ['InvalidArgument', { Tagging: 'a=1&a=2' }],
    ['InvalidTag', { Tagging: 'a=%3C' }],
    ['BadRequest', { Tagging: 'a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1' }],
    ['InvalidDigest', { ContentMD5: 'AAAA' }],
    ['BadDigest', { ContentMD5: hash('md5', Buffer.from('other'), 'base64') }],
    ['BadDigest', { ChecksumSHA256: hash('sha256', Buffer.from('other'), 'base64') }],
    ['InvalidRequest', { ChecksumSHA256: 'AAAA' }],
    ['InvalidRequest', { ObjectLockMode: 'GOVERNANCE' }],
  ])('is refused as %s, and nothing is left: %j', async (code, more) => {
    expect(await house.code('PutObject', { Bucket, Key: 'refused', Body: 'x', ...more })).toBe(code)
    const long = Readable.from([bytesLike(200_000)])
    const refusal = house.code('PutObject', { Bucket, Key: 'refused', Body: long, ...more })
    expect(await refusal).toBe(code)
    expect(await house.code('HeadObject', { Bucket, Key: 'refused' })).toBe('NoSuchKey')
  })

  it('is not stored when its body breaks off', async () => {
    const broken = async function* () {
      yield bytesLike(300_000)
      throw new Error('gone')
    }
    await expect(house.put(Bucket, 'broken', broken())).rejects.toThrow()
    expect(await house.code('HeadObject', { Bucket, Key: 'broken' })).toBe('NoSuchKey')
  })

  it('that is not there is no key of this bucket', async () => {
    expect(await house.refusal('GetObject', { Bucket, Key: 'none' })).toEqual({
      ...{ code: 'NoSuchKey', message: 'The specified key does not exist.' },
      detail: { Key: 'none' },
    })
    const other = { Bucket: 'there-is-no-bucket', Key: 'none' }
    expect(await house.code('GetObject', other)).toBe('NoSuchBucket')
    expect(await house.code('PutObject', other)).toBe('NoSuchBucket')
  })

  it('has the checksum that it came with, or one of S3', async () => {
    const bytes = Buffer.from('123456789')
    const put = await house.put(Bucket, 'summed', bytes)
    expect(put).toMatchObject({ ChecksumCRC64NVME: 'rosUhgp5mIg=', ChecksumType: 'FULL_OBJECT' })
    const ChecksumSHA1 = hash('sha1', bytes, 'base64')
    await house.put(Bucket, 'summed', bytes, { ChecksumSHA1 })
    expect(await house.get(Bucket, 'summed')).not.toHaveProperty('ChecksumSHA1')
    const ChecksumMode = 'ENABLED'
    const told = { ChecksumSHA1, ChecksumType: 'FULL_OBJECT' }
    expect(await house.get(Bucket, 'summed', { ChecksumMode })).toMatchObject(told)
    const head = await house.call('HeadObject', { Bucket, Key: 'summed', ChecksumMode })
    expect(head).toMatchObject(told)
    const some = await house.get(Bucket, 'summed', { ChecksumMode, Range: 'bytes=1-2' })
    expect(some).not.toHaveProperty('ChecksumSHA1')
  })
})

describe('a range', () => {
  const bytes = bytesLike(3 * FRAME + 100)
  const all = bytes.length
  beforeAll(async () => {
    await house.put(Bucket, 'ranged', bytes)
    await house.put(Bucket, 'empty', '')
  })

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-', 0, all - 1],
    ['bytes=5-9', 5, 9],
    ['bytes=-1', all - 1, all - 1],
    ['bytes=-100', all - 100, all - 1],
    ['bytes=-101', all - 101, all - 1],
    [`bytes=-${all + 1}`, 0, all - 1],
    [`bytes=${FRAME - 1}-${FRAME}`, FRAME - 1, FRAME],
    [`bytes=${FRAME}-${2 * FRAME - 1}`, FRAME, 2 * FRAME - 1],
    [`bytes=${FRAME - 1}-${2 * FRAME}`, FRAME - 1, 2 * FRAME],
    [`bytes=${3 * FRAME}-`, 3 * FRAME, all - 1],
    [`bytes=${all - 1}-${all + 500}`, all - 1, all - 1],
    ['bytes=10-99999999999999999999', 10, all - 1],
  ])('%s is answered exactly', async (Range, from, to) => {
    const got = await house.get(Bucket, 'ranged', { Range })
    const ContentRange = `bytes ${from}-${to}/${all}`
    expect(got).toMatchObject({ ContentRange, ContentLength: to - from + 1 })
    expect(got.bytes.equals(bytes.subarray(from, to + 1))).toBe(true)
    const head = await house.call('HeadObject', { Bucket, Key: 'ranged', Range })
    expect(head).toMatchObject({ ContentRange, ContentLength: to - from + 1 })
  })

  it.each(['bytes=9-5', 'bytes=a-b', 'bytes=-', 'lines=0-1', 'bytes=0-1,3-4', ''])(
    '%s is none: all is answered',
    async (Range) => {
      const got = await house.get(Bucket, 'ranged', { Range })
      expect(got).not.toHaveProperty('ContentRange')
      expect(got.bytes.equals(bytes)).toBe(true)
    },
  )

  it.each([
    ['ranged', `bytes=${all}-`],
    ['ranged', 'bytes=-0'],
    ['empty', 'bytes=0-'],
    ['empty', 'bytes=0-0'],
    ['empty', 'bytes=-1'],
  ])('of %s: %s cannot be satisfied', async (Key, Range) => {
    const ActualObjectSize = Key === 'empty' ? 0 : all
    const told = {
      ...{ code: 'InvalidRange', message: 'The requested range is not satisfiable' },
      detail: { RangeRequested: Range, ActualObjectSize },
    }
    expect(await house.refusal('GetObject', { Bucket, Key, Range })).toMatchObject(told)
    expect(await house.refusal('HeadObject', { Bucket, Key, Range })).toMatchObject(told)
  })

  it('and a part number are not both asked for', async () => {
    const input = { Bucket, Key: 'ranged', Range: 'bytes=0-1', PartNumber: 1 }
    expect(await house.refusal('GetObject', input)).toMatchObject({
      code: 'InvalidRequest',
      message: 'Cannot specify both Range header and partNumber query parameter',
    })
  })

  it('of part 1 is all of what was put whole, and there is no part 2', async () => {
    const got = await house.get(Bucket, 'ranged', { PartNumber: 1 })
    expect(got).toMatchObject({ ContentRange: `bytes 0-${all - 1}/${all}`, ContentLength: all })
    expect(got).not.toHaveProperty('PartsCount')
    expect(await house.refusal('GetObject', { Bucket, Key: 'ranged', PartNumber: 2 })).toEqual({
      ...{ code: 'InvalidPartNumber', message: 'The requested partnumber is not satisfiable' },
      detail: { PartNumberRequested: 2, ActualPartCount: 1 },
    })
    expect(await house.text(Bucket, 'empty', { PartNumber: 1 })).toBe('')
  })
})

describe('a reader', () => {
  it('who goes away leaves nothing open', async () => {
    await house.put(Bucket, 'left', bytesLike(3 * 2 ** 20))
    const { Body } = await house.call('GetObject', { Bucket, Key: 'left' })
    for await (const piece of Body as Readable) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    const unread = await house.call('GetObject', { Bucket, Key: 'left' })
    ;(unread.Body as Readable).destroy()
    expect((await house.get(Bucket, 'left')).bytes).toHaveLength(3 * 2 ** 20)
  })

  it('gets what was there when he asked, though it is replaced or removed meanwhile', async () => {
    const bytes = bytesLike(3 * 2 ** 20)
    await house.put(Bucket, 'replaced', bytes)
    const output = await house.call('GetObject', { Bucket, Key: 'replaced' })
    await house.put(Bucket, 'replaced', 'other')
    await house.call('DeleteObject', { Bucket, Key: 'replaced' })
    await house.blobs.tended()
    expect((await bytesOf(output)).equals(bytes)).toBe(true)
  })

  it('never sees anything but a whole object beside many writers', async () => {
    const bodies = Array.from({ length: 40 }, (_, i) => bytesLike(i % 2 ? 400_000 : 900, i + 1))
    const hashes = new Set(bodies.map((body) => hash('sha256', body)))
    await house.put(Bucket, 'busy', bodies[0])
    const writing = (async () => {
      for (const body of bodies) await house.put(Bucket, 'busy', body)
    })()
    const seen = new Set<string>()
    const reading = Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 40; i++) seen.add(hash('sha256', (await house.get(Bucket, 'busy')).bytes))
    })
    await Promise.all([writing, ...reading])
    for (const one of seen) expect(hashes).toContain(one)
  })
})
