/** The AWS SDK for JavaScript, unmodified, on both fronts: each object is checked by its hash. */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bytesOf,
  FRONTS,
  LARGE_BYTES,
  type ServedS3,
  serveS3,
  sha256,
  sha256OfStream,
  streamOf,
} from './served.js'

const Bucket = 'sdk-objects'
const SIZES = [0, 1, 65_535, 65_536, 65_537, 1_000_003]

describe.each(FRONTS)('the AWS SDK, on the %s front,', (front) => {
  let served: ServedS3
  let s3: S3Client
  /** SSE members of each kind. */
  let kinds: Record<string, object>

  beforeAll(async () => {
    served = await serveS3(front)
    s3 = served.client()
    await served.makeBucket(Bucket)
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: served.keys[0] }
    kinds = {
      unsaid: {},
      'SSE-S3': { ServerSideEncryption: 'AES256' },
      'SSE-KMS': kms,
      'SSE-KMS with a bucket key': { ...kms, SSEKMSKeyId: served.keys[1], BucketKeyEnabled: true },
    }
  })

  afterAll(async () => {
    s3.destroy()
    await served.close()
  })

  async function hashOf(Key: string, more: object = {}): Promise<string> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
    return await sha256OfStream(Body)
  }

  it('puts buffers of every size, under every kind of encryption, and gets them back', async () => {
    for (const [kind, sse] of Object.entries(kinds)) {
      for (const size of SIZES) {
        const [Key, Body] = [`buffers/${kind}/${size}`, bytesOf(`${kind} ${size}`, size)]
        const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...sse }))
        expect(put).toMatchObject({ ServerSideEncryption: 'AES256', ...sse })
        expect([kind, size, await hashOf(Key)]).toEqual([kind, size, sha256(Body)])
        const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
        expect(head).toMatchObject({ ContentLength: size, ETag: put.ETag })
      }
    }
  })

  it('puts a stream of a length that it knows', async () => {
    const bytes = bytesOf('stream', 5_000_001)
    const Body = streamOf(bytes)
    const given = { Bucket, Key: 'stream', Body, ContentLength: bytes.length }
    await s3.send(new PutObjectCommand({ ...given, ...kinds['SSE-KMS'] }))
    expect(await hashOf('stream')).toBe(sha256(bytes))
  })

  it('gets ranges, within a frame, across frames, and from the end', async () => {
    const bytes = bytesOf('ranges', 300_000)
    const Key = 'ranges'
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ...kinds['SSE-KMS'] }))
    for (const [Range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=10-99', 10, 100],
      ['bytes=65535-65536', 65_535, 65_537],
      ['bytes=1-299999', 1, 300_000],
      ['bytes=299990-', 299_990, 300_000],
      ['bytes=-7', 299_993, 300_000],
    ] as const) {
      const got = await s3.send(new GetObjectCommand({ Bucket, Key, Range }))
      expect(got.ContentRange).toBe(`bytes ${from}-${to - 1}/300000`)
      expect(await sha256OfStream(got.Body)).toBe(sha256(bytes.subarray(from, to)))
    }
  })

  it('uploads a stream in parts by lib-storage, and reads parts and ranges across their borders', async () => {
    const bytes = bytesOf('large', LARGE_BYTES)
    for (const [kind, sse] of Object.entries(kinds)) {
      const params = { Bucket, Key: `parts/${kind}`, Body: streamOf(bytes), ...sse }
      const done = await new Upload({ client: s3, params }).done()
      expect(done.ETag).toMatch(/-4"$/)
      expect([kind, await hashOf(params.Key)]).toEqual([kind, sha256(bytes)])
      const border = 5 * 1024 * 1024
      const Range = `bytes=${border - 3}-${border + 70_000}`
      expect(await hashOf(params.Key, { Range })).toBe(
        sha256(bytes.subarray(border - 3, border + 70_001)),
      )
      expect(await hashOf(params.Key, { PartNumber: 4 })).toBe(sha256(bytes.subarray(3 * border)))
    }
  })

  it('copies from every kind of encryption to every other', async () => {
    const bytes = bytesOf('copied', 200_000)
    for (const [from, sse] of Object.entries(kinds)) {
      const Key = `from ${from}`
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ...sse }))
      for (const [to, wanted] of Object.entries(kinds)) {
        const CopySource = `${Bucket}/${encodeURIComponent(Key)}`
        const copy = { Bucket, Key: `${Key} to ${to}`, CopySource, ...wanted }
        await s3.send(new CopyObjectCommand(copy))
        expect(await hashOf(copy.Key)).toBe(sha256(bytes))
        const head = await s3.send(new HeadObjectCommand({ Bucket, Key: copy.Key }))
        expect(head).toMatchObject({ ServerSideEncryption: 'AES256', ...wanted })
      }
    }
  })

  it('gets and puts by URLs that it has signed before', async () => {
    const Body = bytesOf('presigned', 100_000)
    const Key = 'presigned/ä key'
    const putUrl = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }))
    // That of the body which it does not have.
    expect(putUrl).toContain('x-amz-checksum-crc32=')
    expect((await fetch(putUrl, { method: 'PUT', body: new Uint8Array(Body) })).status).toBe(200)
    const getUrl = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }))
    const got = await fetch(getUrl)
    expect([got.status, sha256(Buffer.from(await got.arrayBuffer()))]).toEqual([200, sha256(Body)])
    const forged = await fetch(getUrl.replace('presigned', 'presigneD'))
    expect([forged.status, await forged.text()]).toEqual([
      403,
      expect.stringContaining('<Code>SignatureDoesNotMatch</Code>'),
    ])
  })

  it('lists by folders, page by page', async () => {
    for (const Key of ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/d/1']) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
    }
    const seen: string[] = []
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await s3.send(
        new ListObjectsV2Command({
          ...{ Bucket, Prefix: 'list/', Delimiter: '/', MaxKeys: 2, ContinuationToken: token },
        }),
      )
      for (const { Key } of page.Contents ?? []) seen.push(Key!)
      for (const { Prefix } of page.CommonPrefixes ?? []) seen.push(Prefix!)
      token = page.NextContinuationToken
    }
    expect(seen.sort()).toEqual(['list/a', 'list/b/', 'list/c', 'list/d/'])
  })

  it('deletes one, and many at once, which are gone', async () => {
    const Keys = ['gone/1', 'gone/2', 'gone/<3> & "more"']
    for (const Key of Keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: Keys[0]! }))
    const Objects = Keys.slice(1).map((Key) => ({ Key }))
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(Deleted!.map(({ Key }) => Key).sort()).toEqual(Keys.slice(1).sort())
    for (const Key of Keys) {
      await expect(hashOf(Key)).rejects.toThrow(expect.objectContaining({ name: 'NoSuchKey' }))
    }
  })
})
