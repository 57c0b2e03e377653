import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import type { StreamingBody } from '../../src/aws/streaming.js'
import { systemClock } from '../../src/clock.js'
import { createAuthenticator } from '../../src/http/authenticate.js'
import { Bodies } from '../../src/http/bodies/body.js'
import { type ServedS3, s3Door } from '../../src/http/doors/s3.js'
import type { Answer, Received } from '../../src/http/received.js'
import { S3_API } from '../../src/s3/model.js'
import { accountRoot } from '../../src/service/caller.js'
import { payloadOf } from '../../src/sigv4/payload/payload.js'
import { presignQuery, type Signer, signRequest } from '../../src/sigv4/sign-request.js'
import { ACCESS_KEY, ACCOUNT, find, REGION } from '../support/http.js'
import { HOSTS, received } from '../support/s3-wire.js'

const NOW = Date.parse('2026-02-03T04:05:06Z')
const EMPTY = hash('sha256', '', 'hex')
const CALLER = accountRoot(ACCOUNT, REGION)

/** A store of one answer, which says what it was asked. */
function doorTo(
  answer: (operation: string, input: Record<string, unknown>) => object | Promise<object>,
) {
  const service: ServedS3 = {
    corsRules: async () => undefined,
    api: S3_API,
    async call(operation, read) {
      const { input } = read(S3_API.operation(operation)!)
      return await answer(operation, input as Record<string, unknown>)
    },
  }
  return s3Door(service, HOSTS)
}

const door = doorTo(() => ({}))
const repeats = undefined

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

const signer: Signer = {
  ...ACCESS_KEY,
  region: REGION,
  service: 's3',
  now: NOW,
  pathEncoding: 'once',
}

function signed(sent: Sent = {}, how: Partial<Signer> = {}): Received & { body: Buffer } {
  const { method = 'GET', path = '/logs/a', query = '', body = Buffer.alloc(0) } = sent
  const sha256 = hash('sha256', body, 'hex')
  const given = { host: 'localhost:4599', 'x-amz-content-sha256': sha256, ...sent.headers }
  const headers = signRequest({ method, path, query, headers: given, body }, { ...signer, ...how })
  return received({ method, path, query, headers: new Map(Object.entries(headers)), body })
}

function presigned(lifeSeconds: number, how: Partial<Signer> = {}): Received & { body: Buffer } {
  // The payload of a presigned request is not signed; its header says so here.
  const given = { host: 'localhost:4599', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const request = { method: 'GET', path: '/logs/a', headers: given }
  const query = presignQuery(request, { ...signer, ...how }, lifeSeconds)
  return received({ path: '/logs/a', query, headers: new Map(Object.entries(given)) })
}

function withHeaders(request: Received, more: Readonly<Record<string, string>>): Received {
  return { ...request, headers: new Map([...request.headers, ...Object.entries(more)]) }
}

/** Status and code of what a caller is told whom nobody believes. */
function told(request: Received): readonly [number, string] | 'believed' {
  const clock = { ...systemClock, now: () => NOW }
  const authenticator = createAuthenticator({ auth: 'sigv4', account: ACCOUNT }, find, clock)
  try {
    authenticator.checkHead(request, door.rules).callerOf(undefined)
    return 'believed'
  } catch (error) {
    const { status, body } = door.fault(error, request)
    return [status, /<Code>(.*?)<\/Code>/.exec(String(body))?.[1] ?? '']
  } finally {
    authenticator.close()
  }
}

/** A piece is its reader's until he asks for the next. */
async function copied(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const piece of pieces) copies.push(Buffer.from(piece))
  return Buffer.concat(copies)
}

describe('the door of S3', () => {
  it('takes what is signed for S3, in a header or a query', () => {
    expect(door.takes(signed())).toBe(true)
    expect(door.takes(presigned(60))).toBe(true)
    const encoded = presigned(60).query.replaceAll('/', '%2F')
    expect(door.takes(received({ query: encoded }))).toBe(true)
  })

  it.each(['kms', 'iam', 'sts', 'dynamodb'])('takes nothing that is signed for %s', (service) => {
    expect(door.takes(signed({}, { service }))).toBe(false)
    expect(door.takes(presigned(60, { service }))).toBe(false)
  })

  it('takes what is not signed, unless it is in another form', () => {
    const headers = (more: Readonly<Record<string, string>>) => new Map(Object.entries(more))
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(door.takes(received())).toBe(true)
    expect(door.takes(received({ path: '/logs/a', query: 'Action=x' }))).toBe(true)
    expect(door.takes(received({ headers: headers({ authorization: 'AWS AKIA:abc' }) }))).toBe(true)
    expect(door.takes(received({ query: 'Action=GetCallerIdentity' }))).toBe(false)
    expect(door.takes(received({ method: 'POST', headers: headers(form) }))).toBe(false)
    const target = { 'x-amz-target': 'TrentService.ListKeys' }
    expect(door.takes(received({ method: 'POST', headers: headers(target) }))).toBe(false)
  })
})

describe('a caller', () => {
  it('is believed by a signature, in a header or a query', () => {
    expect(told(signed())).toBe('believed')
    expect(told(presigned(7 * 24 * 60 * 60, { now: NOW - 6 * 24 * 60 * 60 * 1000 }))).toBe(
      'believed',
    )
  })

  it('is believed whatever the key is, as paths are encoded once', () => {
    for (const key of ['a%20b', '..', '%2F%2e', '//', 'a%2Bb', '%F0%9F%92%A5', '%00']) {
      expect(told(signed({ path: `/logs/${key}` }))).toBe('believed')
    }
  })

  it.each([
    ['without a signature', received({ path: '/logs/a' }), 403, 'AccessDenied'],
    [
      'with a signature of long ago',
      withHeaders(received(), { authorization: 'AWS AKIA:abc' }),
      400,
      'InvalidRequest',
    ],
    ['whose clock is late', signed({}, { now: NOW - 3_600_000 }), 403, 'RequestTimeTooSkewed'],
    ['whose clock is early', signed({}, { now: NOW + 3_600_000 }), 403, 'RequestTimeTooSkewed'],
    ['whose URL is no longer good', presigned(60, { now: NOW - 61_000 }), 403, 'AccessDenied'],
    [
      'whose URL would be good for more than a week',
      presigned(7 * 24 * 60 * 60 + 1),
      400,
      'AuthorizationQueryParametersError',
    ],
    ['nobody knows', signed({}, { accessKeyId: 'AKIANOBODY' }), 403, 'InvalidAccessKeyId'],
    [
      'with another secret',
      signed({}, { secretAccessKey: 'another' }),
      403,
      'SignatureDoesNotMatch',
    ],
    ['who signed another path', { ...signed(), path: '/logs/b' }, 403, 'SignatureDoesNotMatch'],
    [
      'who signed for another service',
      signed({}, { service: 'kms' }),
      400,
      'AuthorizationHeaderMalformed',
    ],
    [
      'who signed a URL for another service',
      presigned(60, { service: 'kms' }),
      400,
      'AuthorizationQueryParametersError',
    ],
    [
      'whose header lacks its parts',
      withHeaders(received(), { authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/s3/d' }),
      400,
      'AuthorizationHeaderMalformed',
    ],
    [
      'who says more than he signed',
      withHeaders(signed(), { 'x-amz-acl': 'private' }),
      403,
      'AccessDenied',
    ],
    ['who signed twice over', { ...signed(), query: presigned(60).query }, 400, 'InvalidArgument'],
    [
      'who does not say what the body is',
      withHeaders(signed(), { 'x-amz-content-sha256': 'nothing' }),
      400,
      'InvalidArgument',
    ],
  ] as const)('%s is refused', (_, request, status, code) => {
    expect(told(request)).toEqual([status, code])
  })
})

describe('a body', () => {
  const bodies = new Bodies({
    ...{ bodyBytesMax: 1, bodyBytesPerSecondMin: 1, roomBytes: 1 << 24, streamsMax: 100 },
    ...{ requestTimeoutMs: 60_000, clock: systemClock },
  })
  afterAll(() => bodies.close())
  const answer = (
    request: Received,
    reply: Parameters<typeof doorTo>[0] = () => ({}),
  ): Promise<Answer> => {
    const signedPayload = { payload: payloadOf(request.headers, []) }
    const incoming = bodies.stream(request, signedPayload, () => undefined)
    return doorTo(reply).answer({ ...request, incoming }, Buffer.alloc(0), CALLER, repeats)
  }

  it.each([
    ['in one piece', (bytes: Buffer) => bytes],
    [
      'that comes little by little',
      (bytes: Buffer) => Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]),
    ],
  ])('of an object is handed on, %s', async (_, bodyOf) => {
    const bytes = Buffer.from('some bytes')
    const request = signed({ method: 'PUT', headers: { 'content-length': '10' }, body: bytes })
    let stored: Buffer | undefined
    const { status, headers } = await answer(
      { ...request, body: bodyOf(Buffer.from(bytes)) },
      async (name, input) => {
        expect(name).toBe('PutObject')
        const body = input.Body as StreamingBody
        expect(body.bytes).toBe(10)
        stored = await copied(body.pieces)
        return { ETag: '"e"' }
      },
    )
    expect(stored).toEqual(bytes)
    expect(status).toBe(200)
    expect(headers.join(' ')).toContain('ETag "e"')
  })

  it('of a document is read whole, and is what was signed', async () => {
    const body = Buffer.from('<Delete><Object><Key>a</Key></Object></Delete>')
    const headers = { 'content-md5': hash('md5', body, 'base64') }
    const request = signed({ method: 'POST', path: '/logs', query: 'delete', headers, body })
    const seen: unknown[] = []
    const remember = (name: string, input: object) => {
      seen.push(name, input)
      return {}
    }
    await answer(request, remember)
    expect(seen).toMatchObject([
      'DeleteObjects',
      { Bucket: 'logs', Delete: { Objects: [{ Key: 'a' }] } },
    ])
    const other = Buffer.from('<Delete><Object><Key>b</Key></Object></Delete>')
    await expect(answer({ ...request, body: other }, remember)).rejects.toMatchObject({
      code: 'XAmzContentSHA256Mismatch',
    })
    expect(seen.length).toBe(2)
  })

  it('of a document has a bound', async () => {
    const body = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(64 * 1024, ' ')))
    const md5 = hash('md5', '', 'base64')
    const headers = { 'transfer-encoding': 'chunked', 'content-md5': md5 }
    const request = { ...signed({ method: 'PUT', path: '/logs', query: 'acl', headers }), body }
    await expect(answer(request)).rejects.toMatchObject({ code: 'InputTooLarge' })
  })

  it('is not read for what is not served', async () => {
    const body = Readable.from([Buffer.from('x')])
    const request = { ...signed({ method: 'PUT', path: '/logs', query: 'website' }), body }
    await expect(answer(request)).rejects.toMatchObject({ code: 'NotImplemented' })
    expect(body.readableDidRead).toBe(false)
  })

  it('is asked for before it is read, and not before that', async () => {
    let invitations = 0
    const invite = () => {
      invitations++
    }
    const bytes = Buffer.from('x')
    const sent = signed({ method: 'PUT', headers: { 'content-length': '1' }, body: bytes })
    const request = { ...sent, body: Readable.from([bytes]), invite }
    await expect(answer({ ...request, query: 'torrent' })).rejects.toThrow()
    expect(invitations).toBe(0)
    await answer(request, async (_, { Body }) => {
      expect(invitations).toBe(0)
      expect(await copied((Body as StreamingBody).pieces)).toEqual(Buffer.from('x'))
      return {}
    })
    expect(invitations).toBe(1)
  })

  it('of nothing is nothing', async () => {
    const request = signed({ headers: { 'x-amz-content-sha256': EMPTY } })
    expect((await answer(request, () => ({ Body: Buffer.from('b') }))).body).toEqual(
      Buffer.from('b'),
    )
  })
})
