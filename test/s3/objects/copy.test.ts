import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { putVersion, readLatest } from '../../../src/s3/objects/rows.js'
import { allow, deny, userWith } from '../../kms/bound.js'
import { bytesLike, customerKey, hash, ObjectsHouse, type Output } from '../objects-house.js'

let house: ObjectsHouse
let Bucket: string
const BYTES = bytesLike(200_000)
beforeAll(async () => {
  house = await ObjectsHouse.open()
})
beforeEach(async () => {
  Bucket = await house.bucket('Enabled')
  await house.put(Bucket, 'a b/ü', BYTES, {
    ...{ ContentType: 'text/plain', CacheControl: 'no-cache', Metadata: { colour: 'red' } },
    ...{
      Tagging: 'kind=source',
      WebsiteRedirectLocation: '/elsewhere',
      StorageClass: 'STANDARD_IA',
    },
  })
})
afterAll(() => house.remove())

const source = () => `/${Bucket}/${encodeURIComponent('a b/ü')}`
const copy = (more: object = {}) =>
  house.call('CopyObject', { Bucket, Key: 'copy', CopySource: source(), ...more })
const refused = (more: object) =>
  house.refusal('CopyObject', { Bucket, Key: 'copy', CopySource: source(), ...more })
const tags = async (Key: string) => (await house.call('GetObjectTagging', { Bucket, Key })).TagSet

describe('a copy', () => {
  it('is the same bytes, described as its source is, but for where it leads and how it is kept', async () => {
    const output = await copy()
    const { VersionId } = await house.call('HeadObject', { Bucket, Key: 'a b/ü' })
    expect(output).toMatchObject({ CopySourceVersionId: VersionId, VersionId: expect.any(String) })
    const ETag = `"${hash('md5', BYTES)}"`
    expect(output.CopyObjectResult).toMatchObject({ ETag, LastModified: expect.any(Date) })
    const got = await house.get(Bucket, 'copy')
    expect(got.bytes.equals(BYTES)).toBe(true)
    expect(got).toMatchObject({
      ...{ ContentType: 'text/plain', CacheControl: 'no-cache', Metadata: { colour: 'red' } },
      ...{ TagCount: 1, ETag },
    })
    expect(got).not.toHaveProperty('WebsiteRedirectLocation')
    expect(got).not.toHaveProperty('StorageClass')
    expect(await tags('copy')).toEqual([{ Key: 'kind', Value: 'source' }])
  })

  it('is described anew where that is wanted', async () => {
    await copy({
      MetadataDirective: 'REPLACE',
      Metadata: { shape: 'round' },
      ContentLanguage: 'de',
    })
    const got = await house.call('HeadObject', { Bucket, Key: 'copy' })
    expect(got).toMatchObject({
      ...{ Metadata: { shape: 'round' }, ContentLanguage: 'de', TagCount: 1 },
      ContentType: 'binary/octet-stream',
    })
    expect(got.Metadata).toEqual({ shape: 'round' })
    expect(got).not.toHaveProperty('CacheControl')
    await copy({ TaggingDirective: 'REPLACE', Tagging: 'kind=copy' })
    expect(await tags('copy')).toEqual([{ Key: 'kind', Value: 'copy' }])
    expect(await house.call('HeadObject', { Bucket, Key: 'copy' })).toMatchObject({
      Metadata: { colour: 'red' },
    })
    await copy({ TaggingDirective: 'REPLACE' })
    expect(await tags('copy')).toEqual([])
    // What would replace is not looked at when it is the source's that counts.
    await copy({ Metadata: { shape: 'round' }, Tagging: 'kind=copy' })
    expect((await house.call('HeadObject', { Bucket, Key: 'copy' })).Metadata).toEqual({
      colour: 'red',
    })
    expect(await tags('copy')).toEqual([{ Key: 'kind', Value: 'source' }])
  })

  it('has the checksum that is wanted, or one like that of its source', async () => {
    expect((await copy()).CopyObjectResult).toMatchObject({ ChecksumType: 'FULL_OBJECT' })
    const ChecksumSHA256 = hash('sha256', BYTES, 'base64')
    const { CopyObjectResult } = await copy({ ChecksumAlgorithm: 'SHA256' })
    expect(CopyObjectResult).toMatchObject({ ChecksumSHA256, ChecksumType: 'FULL_OBJECT' })
    const again = await copy({ Key: 'again', CopySource: `${Bucket}/copy` })
    expect(again.CopyObjectResult).toMatchObject({ ChecksumSHA256 })
  })

  it('of what was uploaded in parts is one', async () => {
    const parts = [bytesLike(5 * 2 ** 20), bytesLike(7)]
    const create = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' }
    const { UploadId } = await house.call('CreateMultipartUpload', { Bucket, Key: 'p', ...create })
    const Parts: object[] = []
    for (const [i, Body] of parts.entries()) {
      const ChecksumSHA256 = hash('sha256', Body, 'base64')
      const part = { Bucket, Key: 'p', UploadId, PartNumber: i + 1, Body, ChecksumSHA256 }
      const { ETag } = await house.call('UploadPart', part)
      Parts.push({ PartNumber: i + 1, ETag, ChecksumSHA256 })
    }
    const named = { Bucket, Key: 'p', UploadId, MultipartUpload: { Parts } }
    await house.call('CompleteMultipartUpload', named)
    const whole = Buffer.concat(parts)
    const { CopyObjectResult } = await copy({ CopySource: `${Bucket}/p` })
    expect(CopyObjectResult).toMatchObject({
      ...{ ETag: `"${hash('md5', whole)}"`, ChecksumType: 'FULL_OBJECT' },
      ChecksumSHA256: hash('sha256', whole, 'base64'),
    })
    const got = await house.get(Bucket, 'copy', { PartNumber: 1 })
    expect(got.bytes.equals(whole)).toBe(true)
  })

  it('of a version is of that one', async () => {
    const first = await house.put(Bucket, 'v', 'one')
    await house.put(Bucket, 'v', 'two')
    const CopySource = `${Bucket}/v?versionId=${first.VersionId}`
    expect(await copy({ CopySource })).toMatchObject({ CopySourceVersionId: first.VersionId })
    expect(await house.text(Bucket, 'copy')).toBe('one')
    // So an older version becomes the newest again.
    await copy({ CopySource, Key: 'v' })
    expect(await house.text(Bucket, 'v')).toBe('one')
  })

  it('has a marker for a source no more than it has what is not there', async () => {
    await house.put(Bucket, 'gone')
    const marker = await house.call('DeleteObject', { Bucket, Key: 'gone' })
    expect(await refused({ CopySource: `${Bucket}/gone` })).toMatchObject({ code: 'NoSuchKey' })
    const CopySource = `${Bucket}/gone?versionId=${marker.VersionId}`
    expect(await refused({ CopySource })).toMatchObject({
      code: 'InvalidRequest',
      message:
        'The source of a copy request may not specifically refer to a delete marker by version id.',
    })
    expect((await refused({ CopySource: `${Bucket}/a?versionId=none` })).code).toBe('NoSuchVersion')
    expect((await refused({ CopySource: 'no-such-bucket-1/a' })).code).toBe('NoSuchBucket')
  })

  it.each(['bucket/%ZZ', 'bucket/a?version=1', '//a'])('from %s is refused', async (CopySource) => {
    const { code, detail } = await refused({ CopySource })
    expect(code).toBe('InvalidArgument')
    expect(detail).toMatchObject({ ArgumentName: 'x-amz-copy-source' })
  })

  it.each(['', '/', 'bucket', 'bucket/', '/bucket/'])(
    'from %s is no source',
    async (CopySource) => {
      // The door tells it as InvalidArgument.
      expect((await refused({ CopySource })).code).toBe('ValidationException')
    },
  )

  it.each([
    { MetadataDirective: 'MOVE' },
    { TaggingDirective: 'MOVE' },
    { ChecksumAlgorithm: 'A' },
  ])('with %j is refused', async (more) => {
    expect((await refused(more)).code).toBe('ValidationException')
  })

  it('onto itself changes something', async () => {
    const self = { Key: 'a b/ü' }
    expect(await refused(self)).toMatchObject({
      code: 'InvalidRequest',
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    })
    expect((await refused({ ...self, TaggingDirective: 'REPLACE' })).code).toBe('InvalidRequest')
    for (const more of [
      { MetadataDirective: 'REPLACE' },
      { StorageClass: 'STANDARD' },
      { WebsiteRedirectLocation: '/x' },
      { ServerSideEncryption: 'AES256' },
      customerKey(1),
    ]) {
      expect(await refused({ ...self, ...more })).toMatchObject({ code: 'done' })
      const shown = 'SSECustomerKey' in more ? more : {}
      expect((await house.get(Bucket, self.Key, shown)).bytes.equals(BYTES)).toBe(true)
    }
  })

  it('is of 5 GiB at most', async () => {
    const { root, store } = house.kms
    await house.put(Bucket, 'huge', 'x')
    const { Versions } = await house.call('ListObjectVersions', { Bucket, Prefix: 'huge' })
    const rows = store.query.selectFrom('s3_bucket').select('bucket_id').where('name', '=', Bucket)
    const [bucket] = await store.read(rows.compile())
    const version = (await readLatest(house.kms, bucket!.bucket_id, 'huge'))!
    expect(Versions).toHaveLength(1)
    const huge = { ...version, bytes: 5 * 2 ** 30 + 1 }
    await store.commit({ changes: [putVersion(root, huge)] })
    expect(await refused({ CopySource: `${Bucket}/huge` })).toMatchObject({
      code: 'InvalidRequest',
      message:
        'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    })
  })

  it('is of what there was when it began, beside writers of its source', async () => {
    const bodies = Array.from({ length: 12 }, (_, i) => bytesLike(300_000, i + 1))
    const hashes = bodies.map((body) => hash('sha256', body))
    const plain = await house.bucket()
    await house.put(plain, 'a', bodies[0])
    const writing = (async () => {
      for (const body of bodies) await house.put(plain, 'a', body)
    })()
    const copying = Array.from({ length: 12 }, async (_, i) => {
      const CopySource = `${plain}/a`
      await house.call('CopyObject', { Bucket: plain, Key: `copy-${i}`, CopySource })
      expect(hashes).toContain(hash('sha256', (await house.get(plain, `copy-${i}`)).bytes))
    })
    await Promise.all([writing, ...copying])
  })
})

describe('who copies', () => {
  const may = async (statements: object[], more: object = {}): Promise<string> => {
    const caller = userWith({ identity: statements })
    const input = { Bucket, Key: 'copy', CopySource: source(), ...more }
    return await house.code('CopyObject', input, caller)
  }
  const DENIED = 'AccessDeniedException'

  it('reads the source, writes the copy, and both of tags', async () => {
    const all = ['s3:GetObject', 's3:PutObject', 's3:GetObjectTagging', 's3:PutObjectTagging']
    expect(await may([allow(all)])).toBe('done')
    for (const action of all) expect(await may([allow(all), deny(action)])).toBe(DENIED)
    const plain = { TaggingDirective: 'REPLACE' }
    expect(await may([allow(['s3:GetObject', 's3:PutObject'])], plain)).toBe('done')
  })

  it('reads of a version what is the version’s', async () => {
    const { VersionId } = await house.call('HeadObject', { Bucket, Key: 'a b/ü' })
    const CopySource = `${source()}?versionId=${VersionId}`
    const all = ['s3:PutObject', 's3:PutObjectTagging', 's3:GetObjectVersion']
    const tagged = [...all, 's3:GetObjectVersionTagging']
    expect(await may([allow(tagged)], { CopySource })).toBe('done')
    expect(await may([allow([...all, 's3:GetObjectTagging'])], { CopySource })).toBe(DENIED)
  })
})

describe('an object under tags', () => {
  it('has those that were set last, at most ten', async () => {
    const place = { Bucket, Key: 'a b/ü' }
    const TagSet = [
      { Key: 'a', Value: '' },
      { Key: 'ü', Value: 'x y' },
    ]
    const { VersionId } = await house.call('HeadObject', place)
    const tagged = await house.call('PutObjectTagging', { ...place, Tagging: { TagSet } })
    expect(tagged).toEqual({ VersionId })
    expect(await house.call('GetObjectTagging', place)).toEqual({ TagSet, VersionId })
    expect(await house.call('HeadObject', place)).toMatchObject({ TagCount: 2 })
    await house.call('DeleteObjectTagging', place)
    expect(await house.call('GetObjectTagging', place)).toEqual({ TagSet: [], VersionId })
    const many = Array.from({ length: 11 }, (_, i) => ({ Key: String(i), Value: '' }))
    for (const [tags, code, message] of [
      [many, 'BadRequest', 'Object tags cannot be greater than 10'],
      [[TagSet[0], TagSet[0]], 'InvalidTag', 'Cannot provide multiple Tags with the same key'],
      [
        [{ Key: 'aws:a', Value: '' }],
        'InvalidTag',
        'System tags cannot be added/updated by requester',
      ],
      [[{ Key: 'a<', Value: '' }], 'InvalidTag', 'The TagKey you have provided is invalid'],
      [
        [{ Key: 'a', Value: 'b'.repeat(257) }],
        'InvalidTag',
        'The TagValue you have provided is invalid',
      ],
    ] as const) {
      const refusal = await house.refusal('PutObjectTagging', {
        ...place,
        Tagging: { TagSet: tags },
      })
      expect(refusal).toMatchObject({ code, message })
    }
    const longest = [{ Key: '𝒦'.repeat(128), Value: '𝒱'.repeat(256) }]
    const set = { ...place, Tagging: { TagSet: longest } }
    expect(await house.code('PutObjectTagging', set)).toBe('done')
  })

  it('is for whom its tags say', async () => {
    const condition = (value: string) => ({
      Condition: { StringEquals: { 's3:ExistingObjectTag/kind': value } },
    })
    const place = { Bucket, Key: 'a b/ü' }
    const attributes = { ...place, ObjectAttributes: ['ETag'] }
    const secret = userWith({
      identity: [allow('s3:*'), { ...deny('s3:GetObject', condition('source')) }],
    })
    const other = userWith({
      identity: [allow('s3:*'), { ...deny('s3:GetObject', condition('x')) }],
    })
    for (const [caller, code] of [
      [secret, 'AccessDeniedException'],
      [other, 'done'],
    ] as const) {
      expect(await house.code('GetObject', place, caller)).toBe(code)
      expect(await house.code('HeadObject', place, caller)).toBe(code)
      expect(await house.code('GetObjectAttributes', attributes, caller)).toBe(code)
      expect(
        await house.code('CopyObject', { Bucket, Key: 'c', CopySource: source() }, caller),
      ).toBe(code)
    }
  })
})

describe('attributes', () => {
  it('are those that were asked for', async () => {
    const ask = (...ObjectAttributes: string[]): Promise<Output> =>
      house.call('GetObjectAttributes', { Bucket, Key: 'a b/ü', ObjectAttributes })
    const { VersionId, LastModified } = await house.call('HeadObject', { Bucket, Key: 'a b/ü' })
    const told = { VersionId, LastModified }
    expect(await ask('ETag')).toEqual({ ...told, ETag: hash('md5', BYTES) })
    expect(await ask('ObjectSize', 'StorageClass', 'ObjectParts')).toEqual({
      ...{ ...told, ObjectSize: BYTES.length, StorageClass: 'STANDARD_IA' },
    })
    expect((await ask('Checksum')).Checksum).toMatchObject({ ChecksumType: 'FULL_OBJECT' })
  })
})
