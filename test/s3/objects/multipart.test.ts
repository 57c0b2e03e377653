import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHECKSUM_ALGORITHMS, multipartType } from '../../../src/s3/checksums/algorithms.js'
import { startChecksum } from '../../../src/s3/checksums/checksum.js'
import { bytesLike, checksumsIn, hash, ObjectsHouse, type Output } from '../objects-house.js'

const MIB = 2 ** 20
const FIRST = bytesLike(5 * MIB, 1)
const SECOND = bytesLike(5 * MIB + 3, 2)
const LAST = bytesLike(70_000, 3)
const WHOLE = Buffer.concat([FIRST, SECOND, LAST])

let house: ObjectsHouse
let Bucket: string
beforeAll(async () => {
  house = await ObjectsHouse.open()
  Bucket = await house.bucket()
})
afterAll(() => house.remove())

interface Place {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: unknown
}

async function create(Key = 'a', more: object = {}): Promise<Place> {
  const { UploadId } = await house.call('CreateMultipartUpload', { Bucket, Key, ...more })
  return { Bucket, Key, UploadId }
}

const part = (place: Place, PartNumber: number, Body: Uint8Array, more: object = {}) =>
  house.call('UploadPart', { ...place, PartNumber, Body, ...more })

const named = (output: Output, PartNumber: number) => ({
  ...{ PartNumber, ETag: output.ETag, ...checksumsIn(output) },
})

const complete = (place: Place, Parts: readonly object[], more: object = {}) =>
  house.call('CompleteMultipartUpload', { ...place, MultipartUpload: { Parts }, ...more })

const refused = (place: Place, Parts: readonly object[], more: object = {}) =>
  house.refusal('CompleteMultipartUpload', { ...place, MultipartUpload: { Parts }, ...more })

const etagOf = (...bodies: Uint8Array[]) => {
  const digests = bodies.map((body) => Buffer.from(hash('md5', body), 'hex'))
  return `"${hash('md5', Buffer.concat(digests))}-${bodies.length}"`
}

describe('an object in parts', () => {
  beforeAll(async () => {
    const answer = await house.upload(Bucket, 'whole', [FIRST, SECOND, LAST], {
      create: { ContentType: 'text/plain', Metadata: { a: '1' }, Tagging: 'x=y' },
    })
    expect(answer).toMatchObject({ Bucket, Key: 'whole', ETag: etagOf(FIRST, SECOND, LAST) })
    expect(answer.Location).toBe(`https://${Bucket}.s3.eu-west-1.amazonaws.com/whole`)
  })

  it('is one object, described as it was begun', async () => {
    const got = await house.get(Bucket, 'whole')
    expect(got.bytes.equals(WHOLE)).toBe(true)
    expect(got).toMatchObject({
      ...{ ETag: etagOf(FIRST, SECOND, LAST), ContentLength: WHOLE.length },
      ...{ ContentType: 'text/plain', Metadata: { a: '1' }, TagCount: 1 },
    })
  })

  it.each([
    [5 * MIB - 1, 5 * MIB],
    [0, 0],
    [5 * MIB, 5 * MIB],
    [5 * MIB - 70_000, 5 * MIB + 70_000],
    [10 * MIB + 2, 10 * MIB + 3],
    [4 * MIB, WHOLE.length - 1],
    [WHOLE.length - 1, WHOLE.length - 1],
  ])('is read from %i to %i across its parts', async (from, to) => {
    const got = await house.get(Bucket, 'whole', { Range: `bytes=${from}-${to}` })
    expect(got.bytes.equals(WHOLE.subarray(from, to + 1))).toBe(true)
  })

  it('is read part by part', async () => {
    let offset = 0
    for (const [index, body] of [FIRST, SECOND, LAST].entries()) {
      const PartNumber = index + 1
      const got = await house.get(Bucket, 'whole', { PartNumber })
      expect(got.bytes.equals(body)).toBe(true)
      const ContentRange = `bytes ${offset}-${offset + body.length - 1}/${WHOLE.length}`
      expect(got).toMatchObject({ PartsCount: 3, ContentRange, ContentLength: body.length })
      const head = await house.call('HeadObject', { Bucket, Key: 'whole', PartNumber })
      expect(head).toMatchObject({ PartsCount: 3, ContentRange, ContentLength: body.length })
      offset += body.length
    }
    const four = { Bucket, Key: 'whole', PartNumber: 4 }
    expect(await house.refusal('GetObject', four)).toMatchObject({
      ...{ code: 'InvalidPartNumber', detail: { ActualPartCount: 3, PartNumberRequested: 4 } },
    })
  })

  it('may be one empty part', async () => {
    await house.upload(Bucket, 'empty', [Buffer.alloc(0)])
    expect((await house.get(Bucket, 'empty')).bytes).toHaveLength(0)
    expect(await house.call('HeadObject', { Bucket, Key: 'empty' })).toMatchObject({
      ETag: etagOf(Buffer.alloc(0)),
    })
  })

  it('goes with all its parts', async () => {
    await house.upload(Bucket, 'gone', [FIRST, LAST])
    await house.call('DeleteObject', { Bucket, Key: 'gone' })
    expect(await house.code('GetObject', { Bucket, Key: 'gone' })).toBe('NoSuchKey')
    await house.upload(Bucket, 'gone', [FIRST, LAST])
    await house.put(Bucket, 'gone', 'small')
    expect(await house.text(Bucket, 'gone')).toBe('small')
    const { store } = house.kms
    const count = store.query
      .selectFrom('s3_part')
      .innerJoin('s3_upload', (join) => join.onRef('s3_part.upload_id', '=', 's3_upload.upload_id'))
    const rows = await store.read(count.select('blob').where('object_key', '=', 'gone').compile())
    expect(rows).toEqual([])
  })
})

describe('an upload', () => {
  it('is seen by nobody before it is complete', async () => {
    const place = await create('unseen')
    await part(place, 1, LAST)
    expect(await house.code('GetObject', { Bucket, Key: 'unseen' })).toBe('NoSuchKey')
    expect((await house.call('ListObjectsV2', { Bucket, Prefix: 'unseen' })).KeyCount).toBe(0)
    await house.call('AbortMultipartUpload', { ...place })
    expect(await house.code('AbortMultipartUpload', { ...place })).toBe('NoSuchUpload')
    expect(await house.code('UploadPart', { ...place, PartNumber: 1 })).toBe('NoSuchUpload')
    expect(await house.code('ListParts', { ...place })).toBe('NoSuchUpload')
    expect(await refused(place, [{ PartNumber: 1, ETag: 'a' }])).toMatchObject({
      code: 'NoSuchUpload',
      message:
        'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    })
  })

  it('is named with its key and its bucket', async () => {
    const place = await create('its key')
    for (const other of [{ Key: 'other' }, { Bucket: await house.bucket() }]) {
      const code = await house.code('UploadPart', { ...place, PartNumber: 1, Body: 'x', ...other })
      expect(code).toBe('NoSuchUpload')
    }
  })

  it.each([0, 10_001, -1])('has no part %i', async (PartNumber) => {
    const place = await create('numbers')
    expect(await house.refusal('UploadPart', { ...place, PartNumber })).toMatchObject({
      ...{ code: 'InvalidArgument', detail: { ArgumentName: 'partNumber' } },
      message: 'Part number must be an integer between 1 and 10000, inclusive',
    })
  })

  it('takes parts in any order, numbered with gaps, each as it came last', async () => {
    const place = await create('order')
    const last = named(await part(place, 10_000, LAST), 10_000)
    await part(place, 3, SECOND)
    const first = named(await part(place, 3, FIRST), 3)
    await part(place, 7, SECOND)
    const { Parts } = await house.call('ListParts', { ...place })
    expect((Parts as { PartNumber: number }[]).map(({ PartNumber }) => PartNumber)).toEqual([
      3, 7, 10_000,
    ])
    await complete(place, [first, last])
    const got = await house.get(Bucket, 'order')
    expect(got.bytes.equals(Buffer.concat([FIRST, LAST]))).toBe(true)
  })

  it('is completed with the parts that are there, in order, and no smaller than 5 MiB', async () => {
    const place = await create('refused')
    const small = named(await part(place, 1, LAST), 1)
    const second = named(await part(place, 2, LAST), 2)
    expect(await refused(place, [small, second])).toMatchObject({
      code: 'EntityTooSmall',
      message: 'Your proposed upload is smaller than the minimum allowed size',
      detail: { ProposedSize: LAST.length, MinSizeAllowed: 5 * MIB, PartNumber: 1 },
    })
    for (const parts of [
      [second, small],
      [small, small],
    ]) {
      expect(await refused(place, parts)).toMatchObject({
        code: 'InvalidPartOrder',
        message:
          'The list of parts was not in ascending order. Parts must be ordered by part number.',
      })
    }
    for (const wrong of [
      { ...small, ETag: '"a"' },
      { PartNumber: 3, ETag: small.ETag },
      { ...small, PartNumber: 2, ETag: hash('md5', FIRST) },
    ]) {
      expect(await refused(place, [wrong])).toMatchObject({
        code: 'InvalidPart',
        message:
          "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      })
    }
    expect(await refused(place, [])).toMatchObject({
      ...{ code: 'InvalidRequest', message: 'You must specify at least one part' },
    })
    expect(await refused(place, [{ ETag: small.ETag }])).toMatchObject({ code: 'MalformedXML' })
    expect(await refused(place, [{ PartNumber: 1 }])).toMatchObject({ code: 'MalformedXML' })
    const many = Array.from({ length: 10_001 }, (_, i) => ({ PartNumber: i + 1, ETag: 'a' }))
    expect(await refused(place, many)).toMatchObject({ code: 'MalformedXML' })
    const MpuObjectSize = 1
    expect(await refused(place, [small], { MpuObjectSize })).toMatchObject({
      code: 'InvalidRequest',
    })
    // After all of that, it can still be completed.
    await complete(place, [small], { MpuObjectSize: LAST.length })
    expect((await house.get(Bucket, 'refused')).bytes.equals(LAST)).toBe(true)
  })

  it('is answered again as it was when it is completed twice', async () => {
    const place = await create('twice')
    const parts = [named(await part(place, 1, LAST), 1)]
    const answer = await complete(place, parts)
    expect(await complete(place, parts)).toEqual(answer)
    await house.put(Bucket, 'twice', 'newer')
    expect(await refused(place, parts)).toMatchObject({ code: 'NoSuchUpload' })
    expect(await house.text(Bucket, 'twice')).toBe('newer')
  })

  it('is listed in pages', async () => {
    const place = await create('listed')
    for (const number of [1, 5, 9]) await part(place, number, LAST)
    const page = await house.call('ListParts', { ...place, MaxParts: 2 })
    expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '5', MaxParts: 2 })
    const rest = await house.call('ListParts', { ...place, PartNumberMarker: 5 })
    expect(rest).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 9, Size: 70_000 }] })
    const none = await house.call('ListParts', { ...place, MaxParts: 0 })
    expect(none).toMatchObject({ IsTruncated: false, Parts: [] })
    const code = await house.code('ListParts', { ...place, PartNumberMarker: -1 })
    expect(code).toBe('InvalidArgument')
  })
})

describe('racing calls of an upload', () => {
  it('complete it or abort it, and nothing between', async () => {
    for (let round = 0; round < 10; round++) {
      const place = await create(`race ${round}`)
      const parts = [named(await part(place, 1, LAST), 1)]
      const late = bytesLike(60_000, round + 9)
      const [completed, aborted, uploaded] = await Promise.all([
        refused(place, parts),
        house.code('AbortMultipartUpload', { ...place }),
        house.code('UploadPart', { ...place, PartNumber: 1, Body: late }),
      ])
      const codes = [completed.code, aborted]
      expect(codes.filter((code) => code === 'done').length).toBeLessThanOrEqual(1)
      const got = await house.code('GetObject', { Bucket, Key: place.Key })
      expect(got).toBe(completed.code === 'done' ? 'done' : 'NoSuchKey')
      if (completed.code !== 'done') {
        expect(['NoSuchUpload', 'InvalidPart']).toContain(completed.code)
      } else expect((await house.get(Bucket, place.Key)).bytes.equals(LAST)).toBe(true)
      expect(['done', 'NoSuchUpload']).toContain(uploaded)
    }
  })

  it('complete it once', async () => {
    const versioned = await house.bucket('Enabled')
    const { UploadId } = await house.call('CreateMultipartUpload', { Bucket: versioned, Key: 'a' })
    const place = { Bucket: versioned, Key: 'a', UploadId }
    const parts = [named(await part(place, 1, LAST), 1)]
    const answers = await Promise.all(Array.from({ length: 8 }, () => complete(place, parts)))
    expect(new Set(answers.map(({ VersionId }) => VersionId)).size).toBe(1)
    const { Versions } = await house.call('ListObjectVersions', { Bucket: versioned })
    expect(Versions).toHaveLength(1)
  })

  it('upload a part as one of them', async () => {
    const place = await create('racing parts')
    const bodies = Array.from({ length: 8 }, (_, i) => bytesLike(80_000, i + 1))
    await Promise.all(bodies.map((body) => part(place, 1, body)))
    const { Parts } = await house.call('ListParts', { ...place })
    const [left] = Parts as { ETag: string }[]
    expect(Parts).toHaveLength(1)
    await complete(place, [{ PartNumber: 1, ETag: left!.ETag }])
    const { bytes } = await house.get(Bucket, 'racing parts')
    expect(`"${hash('md5', bytes)}"`).toBe(left!.ETag)
  })
})

const types = CHECKSUM_ALGORITHMS.flatMap((algorithm) =>
  (['FULL_OBJECT', 'COMPOSITE'] as const).flatMap((type) => {
    try {
      return [{ algorithm, type: multipartType(algorithm, type) }]
    } catch {
      return []
    }
  }),
)

describe.each(types)('a checksum $algorithm of type $type', ({ algorithm, type }) => {
  const member = `Checksum${algorithm}`
  const sum = async (bytes: Uint8Array) => (await startChecksum(algorithm)).update(bytes).digest()
  const begun = { ChecksumAlgorithm: algorithm, ChecksumType: type }
  const bodies = [FIRST, LAST]

  it('is that of the object, and is checked', async () => {
    const place = await create(`${algorithm} ${type}`, begun)
    const parts: Record<string, unknown>[] = []
    const sums: string[] = []
    for (const [index, body] of bodies.entries()) {
      const value = await sum(body)
      sums.push(value)
      const output = await part(place, index + 1, body, { [member]: value })
      expect(output).toMatchObject({ [member]: value })
      parts.push(named(output, index + 1))
    }
    const composite = await sum(Buffer.concat(sums.map((text) => Buffer.from(text, 'base64'))))
    const value = type === 'COMPOSITE' ? `${composite}-2` : await sum(Buffer.concat(bodies))
    const wrong = { ...parts[0], [member]: sums[1] }
    expect(await refused(place, [wrong, parts[1]!])).toMatchObject({ code: 'InvalidPart' })
    expect(await refused(place, parts, { [member]: sums[0] })).toMatchObject({ code: 'BadDigest' })
    const otherType = type === 'COMPOSITE' ? 'FULL_OBJECT' : 'COMPOSITE'
    expect(await refused(place, parts, { ChecksumType: otherType })).toMatchObject({
      code: 'InvalidRequest',
    })
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
    if (type === 'COMPOSITE') {
      expect(await refused(place, bare)).toMatchObject({
        code: 'InvalidRequest',
        message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.`,
      })
    }
    const said = type === 'COMPOSITE' ? parts : bare
    const answer = await complete(place, said, { [member]: value, ChecksumType: type })
    expect(answer).toMatchObject({ [member]: value, ChecksumType: type })
    const head = await house.call('HeadObject', {
      ...{ Bucket, Key: place.Key, ChecksumMode: 'ENABLED' },
    })
    expect(head).toMatchObject({ [member]: value, ChecksumType: type })
    const asked = { Bucket, Key: place.Key, ObjectAttributes: ['Checksum', 'ObjectParts'] }
    const attributes = await house.call('GetObjectAttributes', asked)
    expect(attributes.Checksum).toEqual({ [member]: value, ChecksumType: type })
    expect(attributes.ObjectParts).toMatchObject({ TotalPartsCount: 2 })
    const shown = (attributes.ObjectParts as { Parts?: object[] }).Parts
    if (type === 'FULL_OBJECT') expect(shown).toBeUndefined()
    else {
      expect(shown).toEqual(
        bodies.map((body, i) => ({ PartNumber: i + 1, Size: body.length, [member]: sums[i] })),
      )
    }
  })

  it('is wanted of every part, and no other', async () => {
    const place = await create(`${algorithm} ${type} wrong`, begun)
    const other = algorithm === 'SHA1' ? 'CRC32' : 'SHA1'
    const wanted = algorithm.toLowerCase()
    const mismatch = (actual: string) => ({
      code: 'InvalidRequest',
      message: `Checksum Type mismatch occurred, expected checksum Type: ${wanted}, actual checksum Type: ${actual}`,
    })
    const given = { ...place, PartNumber: 1, Body: LAST }
    const otherSum = (await startChecksum(other)).update(LAST).digest()
    expect(
      await house.refusal('UploadPart', { ...given, [`Checksum${other}`]: otherSum }),
    ).toMatchObject(mismatch(other.toLowerCase()))
    expect(await house.refusal('UploadPart', given)).toMatchObject(mismatch('null'))
    const wrong = { ...given, [member]: await sum(FIRST) }
    expect(await house.refusal('UploadPart', wrong)).toMatchObject({ code: 'BadDigest' })
    expect((await house.call('ListParts', { ...place })).Parts).toEqual([])
  })
})

describe('an upload without a checksum', () => {
  it('has the CRC64NVME of the whole object', async () => {
    const answer = await house.upload(Bucket, 'unsummed', [FIRST, LAST])
    const whole = (await startChecksum('CRC64NVME')).update(Buffer.concat([FIRST, LAST])).digest()
    expect(answer).toMatchObject({ ChecksumCRC64NVME: whole, ChecksumType: 'FULL_OBJECT' })
  })

  it('takes parts that come with any, and checks them', async () => {
    const place = await create('any')
    const ChecksumSHA256 = hash('sha256', LAST, 'base64')
    await part(place, 1, LAST, { ChecksumSHA256 })
    const wrong = { ...place, PartNumber: 1, Body: FIRST, ChecksumSHA256 }
    expect(await house.code('UploadPart', wrong)).toBe('BadDigest')
    const md5 = { ...place, PartNumber: 1, Body: FIRST, ContentMD5: hash('md5', LAST, 'base64') }
    expect(await house.code('UploadPart', md5)).toBe('BadDigest')
  })

  it.each([
    [{ ChecksumType: 'COMPOSITE' }],
    [{ ChecksumType: 'FULL_OBJECT', ChecksumAlgorithm: 'SHA256' }],
    [{ ChecksumType: 'COMPOSITE', ChecksumAlgorithm: 'CRC64NVME' }],
  ])('is not begun with %j', async (more) => {
    const code = await house.code('CreateMultipartUpload', { Bucket, Key: 'a', ...more })
    expect(code).toBe('InvalidRequest')
  })
})

describe('a part that is copied', () => {
  beforeAll(async () => {
    await house.put(Bucket, 'source', WHOLE)
  })
  const CopySource = () => `${Bucket}/source`

  it('is the range that was named, or all', async () => {
    const place = await create('copied')
    const copy = (PartNumber: number, CopySourceRange?: string) =>
      house.call('UploadPartCopy', {
        ...{ ...place, PartNumber, CopySource: CopySource() },
        ...(CopySourceRange === undefined ? {} : { CopySourceRange }),
      })
    const from = (output: Output) => output.CopyPartResult as Output
    const first = from(await copy(1, `bytes=0-${5 * MIB - 1}`))
    expect(first.ETag).toBe(`"${hash('md5', FIRST)}"`)
    const second = from(await copy(2, `bytes=65535-65536`))
    await complete(place, [named(first, 1), { ...named(second, 2) }])
    const expected = Buffer.concat([FIRST, WHOLE.subarray(65535, 65537)])
    expect((await house.get(Bucket, 'copied')).bytes.equals(expected)).toBe(true)
    const all = await create('copied whole')
    const output = await house.call('UploadPartCopy', {
      ...{ ...all, PartNumber: 1, CopySource: CopySource() },
    })
    await complete(all, [named(from(output), 1)])
    expect((await house.get(Bucket, 'copied whole')).bytes.equals(WHOLE)).toBe(true)
  })

  it.each([
    `bytes=0-${WHOLE.length}`,
    `bytes=${WHOLE.length}-${WHOLE.length}`,
    'bytes=5-4',
    'bytes=-5',
    'bytes=5-',
    '0-1',
  ])('is not of the range %s', async (CopySourceRange) => {
    const place = await create('ranges')
    const given = { ...place, PartNumber: 1, CopySource: CopySource(), CopySourceRange }
    expect(await house.refusal('UploadPartCopy', given)).toMatchObject({
      code: 'InvalidArgument',
      detail: { ArgumentName: 'x-amz-copy-source-range' },
    })
  })
})
