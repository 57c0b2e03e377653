/** Every way to encrypt an object × every way to make it × every way to read it, with the records that KMS leaves of each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, type AuditRecord } from '../../support/kms.js'
import { bytesLike, customerKey, hash, ObjectsHouse } from '../objects-house.js'

const FRAME = 64 * 1024
const MIB = 2 ** 20
const PUT = bytesLike(3 * FRAME + 100, 1)
const PARTS = [bytesLike(5 * MIB, 2), bytesLike(FRAME + 10, 3)]
const WHOLE = Buffer.concat(PARTS)

let house: ObjectsHouse
let Arn: string
beforeAll(async () => {
  house = await ObjectsHouse.open()
  Arn = (await house.kms.kms.createKey({})).KeyMetadata.Arn
})
afterAll(() => house.remove())

const G = 'GenerateDataKey'
const D = 'Decrypt'

interface Kind {
  readonly kind: string
  /** Of a write. */
  readonly asks: () => object
  /** Of a read, of parts, of the source of a copy. */
  readonly shows: () => object
  readonly showsSource: () => object
  readonly told: () => object
  readonly isMd5: boolean
  /** What KMS is asked in a bucket where nothing was before: for a put, for an upload in two parts, for each read. */
  readonly put: readonly string[]
  readonly upload: readonly string[]
  readonly firstRead: readonly string[]
  readonly nextRead: readonly string[]
  /** After an upload, which opened its key for its parts. */
  readonly readOfUpload: readonly string[]
}

const NO_KMS = { put: [], upload: [], firstRead: [], nextRead: [], readOfUpload: [] }
const nothing = () => ({})
const underKms = (more: object) => () => ({
  ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn, ...more },
})

const kinds: readonly Kind[] = [
  {
    ...{ kind: 'what the bucket does', asks: nothing, shows: nothing, showsSource: nothing },
    ...{ told: () => ({ ServerSideEncryption: 'AES256' }), isMd5: true, ...NO_KMS },
  },
  {
    ...{ kind: 'SSE-S3', asks: () => ({ ServerSideEncryption: 'AES256' }), shows: nothing },
    ...{ showsSource: nothing, told: () => ({ ServerSideEncryption: 'AES256' }), isMd5: true },
    ...NO_KMS,
  },
  {
    ...{ kind: 'SSE-KMS', asks: underKms({}), shows: nothing, showsSource: nothing },
    ...{ told: () => ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn }), isMd5: false },
    ...{ put: [G], upload: [G, D, D, D], firstRead: [D], nextRead: [D], readOfUpload: [D] },
  },
  {
    kind: 'SSE-KMS with a bucket key',
    ...{ asks: underKms({ BucketKeyEnabled: true }), shows: nothing, showsSource: nothing },
    told: () => ({
      ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn, BucketKeyEnabled: true },
    }),
    ...{ isMd5: false, put: [G], upload: [G, D], firstRead: [D], nextRead: [], readOfUpload: [] },
  },
  {
    ...{ kind: 'SSE-C', asks: () => customerKey(7), shows: () => customerKey(7), isMd5: false },
    showsSource: () => customerKey(7, 'CopySource'),
    told: () => ({
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKeyMD5: hash('md5', Buffer.alloc(32, 7), 'base64'),
    }),
    ...NO_KMS,
  },
]
const kms = kinds[2]!
const bucketKey = kinds[3]!

/** A bucket that no key was used for, and records counted from now on. */
async function fresh(): Promise<string> {
  const Bucket = await house.bucket()
  await house.news()
  return Bucket
}

const asked = async () => (await house.newNames()).join(' ')
const names = (...lists: readonly (readonly string[])[]) => lists.flat().join(' ')

/** Reads it all and in ranges over the borders of frames and parts; counts what KMS is asked. */
async function check(
  Bucket: string,
  bytes: Buffer,
  { shows, told, firstRead, nextRead }: Kind,
  first: readonly string[] = firstRead,
) {
  const place = { Bucket, Key: 'a', ...shows() }
  const head = await house.call('HeadObject', place)
  expect(head).toMatchObject({ ...told(), ContentLength: bytes.length })
  expect(await asked()).toBe('')
  const got = await house.get(Bucket, 'a', shows())
  expect(got).toMatchObject({ ...told(), ETag: head.ETag })
  expect(hash('sha256', got.bytes)).toBe(hash('sha256', bytes))
  expect(await asked()).toBe(names(first))
  const end = bytes.length - 1
  const borders = [FRAME, 2 * FRAME, ...(bytes === WHOLE ? [5 * MIB, 5 * MIB + FRAME] : [])]
  const ranges = [
    ...[[0, 0] as const, [end, end] as const],
    ...borders.flatMap((at) => [[at - 1, at] as const, [at, at] as const, [at - 1, end] as const]),
  ]
  for (const [from, to] of ranges) {
    const part = await house.get(Bucket, 'a', { Range: `bytes=${from}-${to}`, ...shows() })
    expect(hash('sha256', part.bytes)).toBe(hash('sha256', bytes.subarray(from, to + 1)))
  }
  expect(await asked()).toBe(names(...ranges.map(() => nextRead)))
  // The checksum tells something of the bytes.
  await house.call('HeadObject', { ...place, ChecksumMode: 'ENABLED' })
  expect(await asked()).toBe(names(nextRead))
}

describe.each(kinds)('an object under $kind', (kind) => {
  const { asks, shows, told, isMd5, put, upload, firstRead, nextRead, readOfUpload } = kind

  it('is put, and read', async () => {
    const Bucket = await fresh()
    const output = await house.put(Bucket, 'a', PUT, asks())
    expect(output).toMatchObject(told())
    expect(output.ETag === `"${hash('md5', PUT)}"`).toBe(isMd5)
    expect(await asked()).toBe(names(put))
    await check(Bucket, PUT, kind)
  })

  it('is uploaded in parts, and read', async () => {
    const Bucket = await fresh()
    await house.upload(Bucket, 'a', PARTS, { create: asks(), part: shows() })
    expect(await asked()).toBe(names(upload))
    await check(Bucket, WHOLE, kind, readOfUpload)
  })

  it('is uploaded with a checksum, for which its key is opened once more', async () => {
    const Bucket = await fresh()
    const create = { ...asks(), ChecksumAlgorithm: 'SHA256' }
    const ChecksumSHA256 = hash('sha256', PUT, 'base64')
    const part = { ...shows(), ChecksumSHA256 }
    await house.upload(Bucket, 'a', [PUT], { create, part, complete: shows() })
    const parts = kind === kms ? [G, D, D, D] : upload
    expect(await asked()).toBe(names(parts))
    expect(hash('sha256', (await house.get(Bucket, 'a', shows())).bytes)).toBe(hash('sha256', PUT))
  })

  it.each(kinds)('is copied from one under $kind, and read', async (from) => {
    const Bucket = await fresh()
    await house.put(Bucket, 'source', PUT, from.asks())
    await house.news()
    const output = await house.call('CopyObject', {
      ...{ Bucket, Key: 'a', CopySource: `${Bucket}/source`, ...asks(), ...from.showsSource() },
    })
    expect(output).toMatchObject(told())
    // The source is in the same bucket, which has one key to seal with.
    const isSealing = kind === bucketKey && from === bucketKey
    expect(await asked()).toBe(names(from.firstRead, isSealing ? [] : put))
    const isOpen = kind === bucketKey && from === bucketKey
    await check(Bucket, PUT, kind, isOpen ? nextRead : firstRead)
  })

  it('is copied from one in parts, and read', async () => {
    const Bucket = await fresh()
    await house.upload(Bucket, 'source', PARTS)
    await house.call('CopyObject', { Bucket, Key: 'a', CopySource: `${Bucket}/source`, ...asks() })
    await house.news()
    await check(Bucket, WHOLE, kind)
  })

  it('is the source of a part, and read', async () => {
    const Bucket = await fresh()
    await house.put(Bucket, 'source', PUT, asks())
    const { UploadId } = await house.call('CreateMultipartUpload', { Bucket, Key: 'a' })
    const place = { Bucket, Key: 'a', UploadId }
    await house.news()
    const { CopyPartResult } = await house.call('UploadPartCopy', {
      ...{ ...place, PartNumber: 1, CopySource: `${Bucket}/source`, ...kind.showsSource() },
    })
    expect(await asked()).toBe(names(firstRead))
    const Parts = [{ PartNumber: 1, ETag: (CopyPartResult as { ETag: string }).ETag }]
    await house.call('CompleteMultipartUpload', { ...place, MultipartUpload: { Parts } })
    expect(hash('sha256', (await house.get(Bucket, 'a')).bytes)).toBe(hash('sha256', PUT))
  })
})

const updates = kinds
  .filter(({ kind }) => kind !== 'SSE-C')
  .flatMap((from) =>
    [kms, bucketKey].map((to) => ({ from: from.kind, to: to.kind, kinds: [from, to] })),
  )

describe.each(updates)('an object whose encryption is updated from $from to $to', ({ kinds }) => {
  const [from, to] = kinds as [Kind, Kind]
  const update = (Bucket: string) =>
    house.call('UpdateObjectEncryption', {
      ...{ Bucket, Key: 'a' },
      ObjectEncryption: { SSEKMS: { KMSKeyArn: Arn, BucketKeyEnabled: to === bucketKey } },
    })
  const isShared = from === bucketKey && to === bucketKey

  it('is the same bytes under another key, put', async () => {
    const Bucket = await fresh()
    const { ETag } = await house.put(Bucket, 'a', PUT, from.asks())
    await house.news()
    await update(Bucket)
    expect(await asked()).toBe(names(from.firstRead, isShared ? [] : [G]))
    await check(Bucket, PUT, to, isShared ? [] : to.firstRead)
    expect(await house.call('HeadObject', { Bucket, Key: 'a' })).toMatchObject({ ETag })
  })

  it('is the same bytes under another key, in parts', async () => {
    const Bucket = await fresh()
    await house.upload(Bucket, 'a', PARTS, { create: from.asks() })
    await house.news()
    await update(Bucket)
    expect(await asked()).toBe(names(from.readOfUpload, isShared ? [] : [G]))
    await check(Bucket, WHOLE, to, isShared ? [] : to.firstRead)
  })
})

describe('a record of KMS', () => {
  it('names the object, or with a bucket key the bucket, and S3 as the one that called', async () => {
    const pairs = { team: 'logs' }
    const SSEKMSEncryptionContext = Buffer.from(JSON.stringify(pairs)).toString('base64')
    for (const kind of [kms, bucketKey]) {
      const Bucket = await fresh()
      const more = { ...kind.asks(), SSEKMSEncryptionContext }
      const output = await house.put(Bucket, 'a', PUT, more)
      expect(output).toMatchObject({ SSEKMSEncryptionContext })
      await house.get(Bucket, 'a')
      const records = (await house.news()) as (AuditRecord & Record<string, unknown>)[]
      expect(records.map(({ eventName }) => eventName)).toEqual([G, D])
      const bucketArn = `arn:aws:s3:::${Bucket}`
      for (const record of records) {
        expect(record.requestParameters?.encryptionContext).toEqual(
          kind === kms ? { ...pairs, 'aws:s3:arn': `${bucketArn}/a` } : { 'aws:s3:arn': bucketArn },
        )
        expect(record.userIdentity).toMatchObject({
          accountId: ACCOUNT,
          invokedBy: 's3.amazonaws.com',
        })
        expect(record).toMatchObject({ sourceIPAddress: 's3.amazonaws.com' })
      }
    }
  })
})
