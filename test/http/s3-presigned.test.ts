/** URLs that were signed before: made by AWS's SDK, used by whoever has them. */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FRONTS, type ServedHouse, send, serveHouse } from '../support/s3-served.js'

const Bucket = 'signed'
const WEEK = 7 * 24 * 60 * 60

describe.each(FRONTS)('a presigned URL, behind the %s front,', (front) => {
  let served: ServedHouse
  let s3: S3Client

  beforeAll(async () => {
    served = await serveHouse({ front })
    // A URL knows no body yet.
    s3 = served.client({ requestChecksumCalculation: 'WHEN_REQUIRED' })
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a b/ü', Body: 'some bytes' }))
  })
  afterAll(() => served.close())

  const use = (url: string, method: string, more: Parameters<typeof send>[1] = {}, body = '') => {
    const { host, pathname, search } = new URL(url)
    const sent = { method, path: pathname, query: search.slice(1), body }
    return send(served.url, { host, ...more }, sent)
  }
  const signedGet = (expiresIn = 60, signingDate = new Date(), more = {}) =>
    getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'a b/ü', ...more }), {
      ...{ expiresIn, signingDate },
    })

  it('gets, and tells of, an object', async () => {
    const got = await use(await signedGet(), 'GET')
    expect([got.status, got.text]).toEqual([200, 'some bytes'])
    const url = await getSignedUrl(s3, new HeadObjectCommand({ Bucket, Key: 'a b/ü' }))
    const head = await use(url, 'HEAD')
    expect([head.status, head.text, head.lengths]).toEqual([200, '', ['10']])
    const part = await use(await signedGet(), 'GET', { range: 'bytes=5-' })
    expect([part.status, part.text]).toEqual([206, 'bytes'])
  })

  it('puts an object, whatever its bytes', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'put', ContentType: 'text/plain' })
    const url = await getSignedUrl(s3, command)
    const put = await use(url, 'PUT', { 'content-type': 'text/plain' }, 'put by a URL')
    expect(put.status).toBe(200)
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key: 'put' }))
    expect([ContentType, await Body!.transformToString()]).toEqual(['text/plain', 'put by a URL'])
  })

  it('uploads in parts', async () => {
    const Key = 'parts'
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const bodies = ['p'.repeat(5 * 1024 * 1024), 'the end']
    const Parts: Array<{ PartNumber: number; ETag: string }> = []
    for (const [i, body] of bodies.entries()) {
      const PartNumber = i + 1
      const url = await getSignedUrl(
        s3,
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber }),
      )
      const { status, headers } = await use(url, 'PUT', {}, body)
      expect(status).toBe(200)
      Parts.push({ PartNumber, ETag: headers.etag! })
    }
    const MultipartUpload = { Parts }
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    expect(await Body!.transformToString()).toBe(bodies.join(''))
  })

  it('is good for a week at most, and not after', async () => {
    const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1000)
    expect((await use(await signedGet(WEEK, days(6)), 'GET')).status).toBe(200)
    const expired = await use(await signedGet(60, days(1)), 'GET')
    expect(expired).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(expired.message).toBe('Request has expired')
    const at = (ms: number) => new Date(ms).toISOString().slice(0, 17)
    const end = at(days(1).getTime() + 60_000)
    expect(expired.text).toContain(`<X-Amz-Expires>60</X-Amz-Expires><Expires>${end.slice(0, 14)}`)
    expect(expired.text).toMatch(/<ServerTime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/ServerTime>/)
    const long = (await signedGet()).replace('X-Amz-Expires=60', `X-Amz-Expires=${WEEK + 1}`)
    expect(await use(long, 'GET')).toMatchObject({
      ...{ status: 400, code: 'AuthorizationQueryParametersError' },
    })
    const early = await use(await signedGet(60, days(-1)), 'GET')
    expect(early).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' })
    expect(early.text).toMatch(/<RequestTime>\d{8}T\d{6}Z<\/RequestTime><ServerTime>/)
    expect(early.text).toContain('<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>')
  })

  it('is for what was signed only', async () => {
    const url = await signedGet()
    const put = await use(url, 'PUT', {}, 'x')
    expect(put.code).toBe('SignatureDoesNotMatch')
    expect((await use(url, 'DELETE')).code).toBe('SignatureDoesNotMatch')
    expect((await use(url, 'GET', { host: `127.0.0.2:${new URL(url).port}` })).code).toBe(
      'SignatureDoesNotMatch',
    )
    expect((await use(url.replace('%C3%BC', 'u'), 'GET')).code).toBe('SignatureDoesNotMatch')
    const more = `${url}&response-content-type=text%2Fhtml`
    expect((await use(more, 'GET')).code).toBe('SignatureDoesNotMatch')
    expect((await use(`${url}&versionId=null`, 'GET')).code).toBe('SignatureDoesNotMatch')
    const unsigned = await use(url, 'GET', { 'x-amz-expected-bucket-owner': '000000000000' })
    expect(unsigned).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(unsigned.message).toBe('There were headers present in the request which were not signed')
  })

  it('says what the answer says, once it is signed', async () => {
    const url = await signedGet(60, new Date(), {
      ...{ ResponseContentType: 'text/html', ResponseCacheControl: 'no-cache' },
      ...{ ResponseContentDisposition: 'attachment; filename="b"', ResponseContentLanguage: 'de' },
    })
    const { status, headers } = await use(url, 'GET')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      ...{ 'content-type': 'text/html', 'cache-control': 'no-cache', 'content-language': 'de' },
      'content-disposition': 'attachment; filename="b"',
    })
    const anonymous = `${served.url}/${Bucket}/a?response-content-type=text%2Fhtml`
    expect(await use(anonymous, 'GET')).toMatchObject({
      ...{ status: 400, code: 'InvalidRequest' },
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    })
  })
})
