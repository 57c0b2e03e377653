/** What S3's answers look like in HTTP, and what its documents must come with. */
import { hash } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHECKSUM_ALGORITHMS } from '../../src/s3/checksums/algorithms.js'
import { startChecksum } from '../../src/s3/checksums/checksum.js'
import { FRONTS, type ServedHouse, serveHouse } from '../support/s3-served.js'

const Bucket = 'details'
const VERSIONING = '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>'

describe.each(FRONTS)('an answer, behind the %s front,', (front) => {
  let served: ServedHouse
  let s3: S3Client

  beforeAll(async () => {
    served = await serveHouse({ front })
    s3 = served.client()
    await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
    await s3.send(new CreateBucketCommand({ Bucket: 'plain' }))
    for (const [Key, Body] of [
      ['a', 'some bytes'],
      ['empty', ''],
      ['large', 'x'.repeat(300_000)],
    ]) {
      await s3.send(new PutObjectCommand({ Bucket: 'plain', Key: Key!, Body: Body! }))
    }
  })
  afterAll(() => served.close())

  it.each([
    ['/plain/a', 'HEAD', {}, 200, '10'],
    ['/plain/a', 'HEAD', { range: 'bytes=2-4' }, 206, '3'],
    ['/plain/empty', 'HEAD', {}, 200, '0'],
    ['/plain/large', 'HEAD', {}, 200, '300000'],
    ['/plain/none', 'HEAD', {}, 404, '0'],
    ['/plain', 'HEAD', {}, 200, '0'],
    ['/plain/a', 'GET', {}, 200, '10'],
    ['/plain/empty', 'GET', {}, 200, '0'],
    ['/plain/large', 'GET', {}, 200, '300000'],
    ['/plain/large', 'GET', { range: 'bytes=-7' }, 206, '7'],
  ])(
    'for %s to %s has one length, and a right one: %j',
    async (path, method, headers, status, length) => {
      const heard = await served.send({ path, method, headers })
      expect([heard.status, heard.lengths]).toEqual([status, [length]])
      if (method === 'GET') expect(heard.body.length).toBe(Number(length))
    },
  )

  it('without a body has no length', async () => {
    const etag = `"${hash('md5', 'some bytes', 'hex')}"`
    const same = await served.send({ path: '/plain/a', headers: { 'if-none-match': etag } })
    expect([same.status, same.lengths]).toEqual([304, []])
    const gone = await served.send({ method: 'DELETE', path: '/plain/none' })
    expect([gone.status, gone.lengths]).toEqual([204, []])
  })

  it('says of keeping what its object says', async () => {
    const Key = 'kept'
    await s3.send(new PutObjectCommand({ Bucket: 'plain', Key, CacheControl: 'max-age=60' }))
    const caching = async (path: string) =>
      (await served.send({ path })).headers['cache-control'] ?? 'nothing'
    expect(await caching('/plain/kept')).toBe('max-age=60')
    expect(await caching('/plain/a')).toBe('nothing')
    expect(await caching('/plain/none')).toBe('nothing')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const sts = await fetch(served.url, { method: 'POST', headers: form, body: 'Action=X' })
    expect(sts.headers.get('cache-control')).toBe('no-store')
  })

  it('to a read chooses no encryption', async () => {
    for (const method of ['GET', 'HEAD']) {
      const headers = { 'x-amz-server-side-encryption': 'AES256' }
      const refused = await served.send({ method, path: '/plain/a', headers })
      expect(refused.status).toBe(400)
      if (method === 'HEAD') continue
      expect(refused.code).toBe('InvalidArgument')
      expect(refused.message).toBe(
        'x-amz-server-side-encryption header is not supported for this operation.',
      )
    }
  })

  it('to DeleteObjects is in the order that was asked', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `order-${(i * 7919) % 300}`)
    for (const Key of keys.slice(0, 40)) {
      await s3.send(new PutObjectCommand({ Bucket: 'plain', Key, Body: 'x' }))
    }
    const Objects = keys.map((Key) => ({ Key }))
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({ Bucket: 'plain', Delete: { Objects } }),
    )
    expect(Deleted!.map(({ Key }) => Key)).toEqual(keys)
  })

  const putVersioning = (headers: Readonly<Record<string, string>>, body = VERSIONING) =>
    served.send({ method: 'PUT', path: '/plain', query: 'versioning', headers, body })

  it('insists on a checksum where AWS does', async () => {
    const says = 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*'
    const delet = '<Delete><Object><Key>a</Key></Object></Delete>'
    const refusals = await Promise.all([
      putVersioning({}),
      served.send({ method: 'POST', path: '/plain', query: 'delete', body: delet }),
    ])
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 400, code: 'InvalidRequest', message: says })
    }
    await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'a' }))
  })

  it.each(CHECKSUM_ALGORITHMS)('holds a document against its %s', async (algorithm) => {
    const name = `x-amz-checksum-${algorithm.toLowerCase()}`
    const checksum = async (text: string) =>
      (await startChecksum(algorithm)).update(Buffer.from(text)).digest()
    const right = { [name]: await checksum(VERSIONING) }
    const wrong = { [name]: await checksum('another') }
    const sdk = { 'x-amz-sdk-checksum-algorithm': algorithm }
    expect((await putVersioning(right)).status).toBe(200)
    expect((await putVersioning({ ...right, ...sdk })).status).toBe(200)
    expect(await putVersioning(wrong)).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await putVersioning({ [name]: 'AA==' })).toMatchObject({ code: 'InvalidRequest' })
    expect(await putVersioning(sdk)).toMatchObject({ code: 'InvalidRequest' })
  })

  it('holds a document against its Content-MD5', async () => {
    const md5 = (text: string) => ({ 'content-md5': hash('md5', text, 'base64') })
    expect((await putVersioning(md5(VERSIONING))).status).toBe(200)
    expect(await putVersioning(md5('another'))).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await putVersioning({ 'content-md5': 'x' })).toMatchObject({ code: 'InvalidDigest' })
  })

  it('wants a checksum of an object that is locked from the start', async () => {
    const put = (headers: Readonly<Record<string, string>>) =>
      served.send({
        ...{ method: 'PUT', path: `/${Bucket}/locked`, body: 'x' },
        headers: { 'x-amz-object-lock-legal-hold': 'ON', ...headers },
      })
    expect(await put({})).toMatchObject({
      ...{ status: 400, code: 'InvalidRequest' },
      message:
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    })
    expect((await put({ 'content-md5': hash('md5', 'x', 'base64') })).status).toBe(200)
  })
})
