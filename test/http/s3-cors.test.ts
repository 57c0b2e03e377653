/** What browsers are told of requests from other pages, and before them. */
import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FRONTS, type ServedHouse, serveHouse } from '../support/s3-served.js'

const BUCKET = 'pages'
const RULES = [
  {
    AllowedOrigins: ['https://*.example.com'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedHeaders: ['x-amz-*', 'Content-Type'],
    ExposeHeaders: ['ETag', 'x-amz-request-id'],
    MaxAgeSeconds: 600,
  },
  { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
]
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'

describe.each(FRONTS)('a page of others, behind the %s front,', (front) => {
  let served: ServedHouse
  let s3: S3Client

  beforeAll(async () => {
    served = await serveHouse({ front })
    s3 = served.client()
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'x' }))
  })
  beforeEach(async () => {
    const CORSConfiguration = { CORSRules: RULES }
    await s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration }))
  })
  afterAll(() => served.close())

  const preflight = (headers: Readonly<Record<string, string>>, path = `/${BUCKET}/a`) =>
    served.send({
      ...{ method: 'OPTIONS', path, isUnsigned: true },
      headers: { host: new URL(served.url).host, ...headers },
    })
  const asking = (origin: string, method: string, names?: string) => ({
    ...{ origin, 'access-control-request-method': method },
    ...(names === undefined ? {} : { 'access-control-request-headers': names }),
  })

  it('asks without a signature, and is told what it may', async () => {
    const origin = 'https://www.example.com'
    const { status, headers, text, lengths } = await preflight(
      asking(origin, 'PUT', 'X-Amz-Date, content-type'),
    )
    expect([status, text, lengths]).toEqual([200, '', ['0']])
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-amz-date, content-type',
      'access-control-expose-headers': 'ETag, x-amz-request-id',
      'access-control-max-age': '600',
      'access-control-allow-credentials': 'true',
      vary: VARY,
    })
    const any = await preflight(asking('http://elsewhere', 'GET'))
    expect(any.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
    })
    expect(any.headers['access-control-allow-credentials']).toBeUndefined()
    expect((await preflight(asking(origin, 'PUT'), `/${BUCKET}`)).status).toBe(200)
  })

  it.each([
    ['method', 'https://www.example.com', 'DELETE', undefined],
    ['origin', 'https://example.com', 'PUT', undefined],
    ['origin that only begins so', 'https://a.example.com.evil', 'PUT', undefined],
    ['header', 'https://www.example.com', 'PUT', 'x-other'],
    ['header of any page', 'http://elsewhere', 'GET', 'x-amz-date'],
  ])('may not with another %s', async (_, origin, method, names) => {
    const told = await preflight(asking(origin, method, names))
    expect(told).toMatchObject({ status: 403, code: 'AccessForbidden' })
    expect(told.message).toMatch(
      /^CORSResponse: This CORS request is not allowed\. This is usually/,
    )
    expect(told.text).toContain('<Method>OPTIONS</Method><ResourceType>OBJECT</ResourceType>')
    expect(told.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('may not where nothing is set, or there is no bucket', async () => {
    await s3.send(new DeleteBucketCorsCommand({ Bucket: BUCKET }))
    const says = 'CORSResponse: CORS is not enabled for this bucket.'
    for (const path of [`/${BUCKET}`, '/no-such-bucket', '/', '/%00/a']) {
      const told = await preflight(asking('http://a', 'GET'), path)
      expect(told).toMatchObject({ status: 403, code: 'AccessForbidden', message: says })
    }
  })

  it.each([
    [{}, 'Insufficient information. Origin request header needed.'],
    [{ origin: 'http://a' }, 'Invalid Access-Control-Request-Method: null'],
    [asking('http://a', 'PATCH'), 'Invalid Access-Control-Request-Method: PATCH'],
  ])('has to say what it wants: %j', async (headers, says) => {
    expect(await preflight(headers as Record<string, string>)).toMatchObject({
      ...{ status: 400, code: 'BadRequest', message: says },
    })
  })

  it('may see answers and refusals alike', async () => {
    const origin = 'https://www.example.com'
    const get = (path: string, from = origin, isUnsigned = false) =>
      served.send({
        ...{ path, isUnsigned },
        headers: { origin: from, ...(isUnsigned ? { host: new URL(served.url).host } : {}) },
      })
    const seen = {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag, x-amz-request-id',
      vary: VARY,
    }
    const [found, missing, denied] = await Promise.all([
      get(`/${BUCKET}/a`),
      get(`/${BUCKET}/none`),
      get(`/${BUCKET}/a`, origin, true),
    ])
    expect([found.status, missing.status, denied.status]).toEqual([200, 404, 403])
    for (const { headers } of [found, missing, denied]) expect(headers).toMatchObject(seen)
    const others = await get(`/${BUCKET}/a`, 'http://elsewhere')
    expect(others.headers['access-control-allow-origin']).toBe('*')
    const written = await served.send({
      ...{ method: 'PUT', path: `/${BUCKET}/b`, body: 'x' },
      headers: { origin: 'http://elsewhere' },
    })
    expect(written.status).toBe(200)
    expect(written.headers['access-control-allow-origin']).toBeUndefined()
  })
})
