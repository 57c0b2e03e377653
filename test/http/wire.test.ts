/** What goes over the wire: AWS JSON 1.1 for KMS, the query protocol for STS, health. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { presignQuery, signRequest } from '../../src/sigv4/sign-request.js'
import {
  ACCESS_KEY,
  ACCOUNT,
  callSigned,
  type FakeKms,
  fakeKms,
  RawClient,
  REGION,
  replyOf,
  requestText,
  signedHeaders,
  startTestServer,
  type TestServer,
} from '../support/http.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const plaintext = Buffer.alloc(32)

let next: (operation: string, input: object) => object | undefined
let kms: FakeKms
let server: TestServer

beforeAll(async () => {
  kms = fakeKms((operation, input) => next(operation, input))
  server = await startTestServer(kms)
})

afterAll(() => server.close())

function answer(output: object | undefined): void {
  next = () => output
}

function fail(error: unknown): void {
  next = () => {
    throw error
  }
}

describe('a KMS call', () => {
  it('is given to the key service typed, with who calls, from where and under which id', async () => {
    answer({ Plaintext: plaintext.fill(7), KeyId: KEY_ARN })
    const body = '{"CiphertextBlob":"AQID","EncryptionContext":{"__proto__":"x"}}'
    const headers = { 'user-agent': 'test/1' }
    const reply = await callSigned(server.url, { operation: 'Decrypt', body, headers })
    const { operation, input, context } = kms.calls.at(-1)!
    expect(operation).toBe('Decrypt')
    expect(input).toMatchObject({ CiphertextBlob: Buffer.from([1, 2, 3]) })
    expect(Object.keys((input as { EncryptionContext: object }).EncryptionContext)).toEqual([
      '__proto__',
    ])
    expect(context).toMatchObject({
      requestId: reply.headers.get('x-amzn-requestid'),
      sourceIpAddress: '127.0.0.1',
      userAgent: 'test/1',
      caller: { account: ACCOUNT, region: REGION, accessKeyId: ACCESS_KEY.accessKeyId },
    })
  })

  it('is answered as AWS JSON 1.1', async () => {
    answer({ Plaintext: Buffer.from([1, 2, 3]), KeyId: KEY_ARN })
    const reply = await callSigned(server.url, { operation: 'Decrypt' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('application/x-amz-json-1.1')
    expect(reply.headers.get('x-amzn-requestid')).toMatch(UUID)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.json).toEqual({ KeyId: KEY_ARN, Plaintext: 'AQID' })
  })

  it('without output is answered by an empty body', async () => {
    answer(undefined)
    const reply = await callSigned(server.url, { operation: 'DisableKey', body: '{"KeyId":"k"}' })
    expect([reply.status, reply.text]).toEqual([200, ''])
  })

  it('may have no body at all', async () => {
    answer({ Keys: [], Truncated: false })
    const reply = await callSigned(server.url, { operation: 'ListKeys', body: '' })
    expect(reply.json).toEqual({ Keys: [], Truncated: false })
  })

  it('leaves no plaintext bytes of its answer behind', async () => {
    answer({ Plaintext: plaintext.fill(7) })
    const reply = await callSigned(server.url, { operation: 'GenerateRandom' })
    expect(reply.json).toEqual({ Plaintext: Buffer.alloc(32, 7).toString('base64') })
    expect(plaintext).toEqual(Buffer.alloc(32))
  })

  it('is logged by id, operation, caller and status, and without what it said', async () => {
    answer({ Plaintext: Buffer.from('topsecret'), KeyId: KEY_ARN })
    const body = '{"CiphertextBlob":"AQID","EncryptionContext":{"tenant":"context-value"}}'
    const reply = await callSigned(server.url, { operation: 'Decrypt', body })
    const line = server.lines.at(-1)!
    expect(line).toMatchObject({
      level: 'info',
      detail: {
        requestId: reply.headers.get('x-amzn-requestid'),
        operation: 'Decrypt',
        caller: `arn:aws:iam::${ACCOUNT}:root`,
        status: 200,
        ms: expect.any(Number),
      },
    })
    const logged = JSON.stringify(line)
    for (const secret of [
      'topsecret',
      'context-value',
      'AQID',
      'Signature',
      ACCESS_KEY.secretAccessKey,
    ]) {
      expect(logged).not.toContain(secret)
    }
  })
})

describe('a failed KMS call', () => {
  it.each([
    ['NotFoundException', 400],
    ['DisabledException', 400],
    ['ValidationException', 400],
    ['AccessDeniedException', 400],
    ['KMSInvalidStateException', 400],
    ['KeyUnavailableException', 500],
    ['DependencyTimeoutException', 500],
    ['ThrottlingException', 503],
  ] as const)('with %s has status %i, name and message', async (code, status) => {
    fail(new SealtrailError(code, 'What was wrong "here".'))
    const reply = await callSigned(server.url)
    expect(reply.status).toBe(status)
    expect(reply.json).toEqual({ __type: code, message: 'What was wrong "here".' })
    expect(reply.headers.get('x-amzn-requestid')).toBe(kms.calls.at(-1)!.context.requestId)
  })

  it('with an error of which AWS says no more than its name has no message', async () => {
    fail(new SealtrailError('NotAuthorizedException', ''))
    const reply = await callSigned(server.url, {
      operation: 'CreateAlias',
      body: '{"AliasName":"alias/a","TargetKeyId":"k"}',
    })
    expect([reply.status, reply.text]).toEqual([400, '{"__type":"NotAuthorizedException"}'])
  })

  it('with InvalidCiphertextException has no message, whatever was said inside', async () => {
    fail(new SealtrailError('InvalidCiphertextException', 'the tag is wrong'))
    const reply = await callSigned(server.url, { operation: 'Decrypt' })
    expect(reply.status).toBe(400)
    expect(reply.text).toBe('{"__type":"InvalidCiphertextException"}')
  })

  it.each([
    new Error('secret in a message'),
    new TypeError('Received <Buffer 73 65 63 72 65 74>'),
    new SealtrailError('StoreFailed', 'secret disk'),
    new SealtrailError('ObjectDamaged', 'secret object'),
    new SealtrailError('KeyReleased', 'secret handle'),
    'secret string',
    undefined,
  ])('for a reason of our own (%s) tells nothing but that', async (error) => {
    fail(error)
    const reply = await callSigned(server.url)
    expect(reply.status).toBe(500)
    expect(reply.json).toEqual({
      __type: 'KMSInternalException',
      message: expect.stringMatching(/internal error/),
    })
    expect(reply.text).not.toContain('secret')
    const line = server.lines.at(-1)!
    expect(line.level).toBe('error')
    if (!(error instanceof SealtrailError)) expect(JSON.stringify(line)).not.toMatch(/secret|73 65/)
  })

  it('of an unknown operation, also one named like a member of every object, is refused', async () => {
    answer({})
    for (const operation of ['Nonsense', 'constructor', '__proto__', 'toString', '']) {
      const reply = await callSigned(server.url, { operation })
      expect([operation, reply.status, reply.json?.__type]).toEqual([
        operation,
        400,
        'UnknownOperationException',
      ])
    }
  })

  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['a member of the wrong type', '{"Limit":"ten"}'],
    ['a member twice', '{"Limit":1,"Limit":2}'],
    ['a number beyond a double', '{"Limit":1e400}'],
    ['deep nesting', `{"Limit":${'['.repeat(50_000)}`],
    ['a byte order mark', '\ufeff{}'],
  ])('whose body is %s is a SerializationException', async (_what, body) => {
    const reply = await callSigned(server.url, { body })
    expect([reply.status, reply.json?.__type]).toEqual([400, 'SerializationException'])
  })
})

describe('a request of nobody', () => {
  it('is refused with AWS’s errors', async () => {
    answer({ Keys: [] })
    const count = kms.calls.length
    const target = { 'x-amz-target': 'TrentService.ListKeys' }
    const unsigned = await replyOf(await fetch(server.url, { method: 'POST', headers: target }))
    expect([unsigned.status, unsigned.json]).toEqual([
      400,
      { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
    ])
    const unknown = await callSigned(server.url, { accessKeyId: 'AKIAUNKNOWN' })
    expect([unknown.status, unknown.json]).toEqual([
      400,
      {
        __type: 'UnrecognizedClientException',
        message: 'The security token included in the request is invalid.',
      },
    ])
    const forged = await callSigned(server.url, { secretAccessKey: 'wrong' })
    expect([forged.status, forged.json?.__type]).toEqual([400, 'InvalidSignatureException'])
    const late = await callSigned(server.url, { now: Date.now() - 16 * 60_000 })
    expect(late.json?.message).toMatch(/^Signature expired: /)
    const early = await callSigned(server.url, { now: Date.now() + 16 * 60_000 })
    expect(early.json?.message).toMatch(/^Signature not yet current: /)
    const astray = await callSigned(server.url, { service: 'sts' })
    expect(astray.json?.message).toBe("Credential should be scoped to correct service: 'kms'.")
    expect(kms.calls).toHaveLength(count)
  })
})

describe('STS GetCallerIdentity', () => {
  const form = 'Action=GetCallerIdentity&Version=2011-06-15'
  const signer = { ...ACCESS_KEY, region: REGION, service: 'sts' }

  async function post(body: string, query = '', more: Record<string, string> = {}) {
    const { host, ...headers } = signRequest(
      {
        method: 'POST',
        path: '/',
        query,
        headers: {
          host: new URL(server.url).host,
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          ...more,
        },
        body: Buffer.from(body),
      },
      { ...signer, now: Date.now() },
    )
    return replyOf(await fetch(`${server.url}/?${query}`, { method: 'POST', headers, body }))
  }

  it('says in XML who calls', async () => {
    const reply = await post(form)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('text/xml')
    expect(reply.text).toBe(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:root</Arn><UserId>${ACCOUNT}</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${reply.headers.get('x-amzn-requestid')}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    )
  })

  it.each(['application/json', 'Application/JSON', 'text/plain, application/json;q=0.9'])(
    'says in JSON who calls, when asked by Accept: %s',
    async (accept) => {
      const reply = await post(form, '', { accept })
      expect(reply.status).toBe(200)
      expect(reply.headers.get('content-type')).toBe('application/json')
      expect(reply.json).toEqual({
        GetCallerIdentityResponse: {
          GetCallerIdentityResult: {
            Account: ACCOUNT,
            Arn: `arn:aws:iam::${ACCOUNT}:root`,
            UserId: ACCOUNT,
          },
          ResponseMetadata: { RequestId: reply.headers.get('x-amzn-requestid') },
        },
      })
    },
  )

  it.each(['*/*', 'text/xml', 'application/*', 'application/jsonl', 'application/json;q=0'])(
    'says in XML who calls, when asked by Accept: %s',
    async (accept) => {
      const reply = await post(form, '', { accept })
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/xml'])
    },
  )

  it('is refused in JSON when asked to', async () => {
    const accept = 'application/json'
    const unknown = await post('Action=%22No%22&Version=2011-06-15', '', { accept })
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([400, accept])
    expect(unknown.json).toEqual({
      Error: {
        Code: 'InvalidAction',
        Message: 'Could not find operation "No" for version 2011-06-15',
        Type: 'Sender',
      },
      RequestId: unknown.headers.get('x-amzn-requestid'),
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept }
    const unsigned = await replyOf(await fetch(server.url, { method: 'POST', headers, body: form }))
    expect([unsigned.status, unsigned.json]).toMatchObject([
      403,
      { Error: { Code: 'MissingAuthenticationToken', Type: 'Sender' } },
    ])
  })

  it('repeats little of an endless action', async () => {
    const reply = await post(`Action=${'x'.repeat(50_000)}&Version=${'y'.repeat(10_000)}`)
    expect(reply.text).toContain('<Code>InvalidAction</Code>')
    expect(reply.text.length).toBeLessThan(2000)
  })

  it('answers a presigned GET', async () => {
    const request = {
      method: 'GET',
      path: '/',
      query: form,
      headers: { host: new URL(server.url).host },
    }
    const query = presignQuery(request, { ...signer, now: Date.now() }, 60)
    const reply = await replyOf(await fetch(`${server.url}/?${query}`))
    expect([reply.status, reply.text]).toEqual([
      200,
      expect.stringContaining(`<Account>${ACCOUNT}<`),
    ])
    const late = presignQuery(request, { ...signer, now: Date.now() - 62_000 }, 60)
    const refused = await replyOf(await fetch(`${server.url}/?${late}`))
    expect(refused.status).toBe(403)
    expect(refused.text).toContain('<Code>SignatureDoesNotMatch</Code>')
    expect(refused.text).toContain('<Message>Signature expired: ')
  })

  it('is refused in the words of the query protocol', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const unsigned = await replyOf(await fetch(server.url, { method: 'POST', headers, body: form }))
    expect(unsigned.status).toBe(403)
    expect(unsigned.text).toBe(
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message></Error><RequestId>${unsigned.headers.get('x-amzn-requestid')}</RequestId></ErrorResponse>`,
    )
    const unknown = await post('Action=%3CNo%26pe%3E&Version=2011-06-15')
    expect([unknown.status, unknown.text]).toEqual([
      400,
      expect.stringContaining(
        '<Code>InvalidAction</Code><Message>Could not find operation &lt;No&amp;pe&gt; for version 2011-06-15</Message>',
      ),
    ])
    const twice = await post(form, 'Action=AssumeRole')
    expect([twice.status, twice.text]).toEqual([
      400,
      expect.stringContaining('<Code>ValidationError</Code>'),
    ])
    const broken = await post('Action=%')
    expect(broken.text).toContain('<Code>MalformedInput</Code>')
    const large = await post(`${form}&x=${'y'.repeat(70_000)}`)
    expect(large.status).toBe(413)
  })
})

describe('a request for nothing of ours', () => {
  it.each([
    ['GET', '/', {}],
    ['GET', '/favicon.ico', {}],
    ['POST', '/', { 'x-amz-target': 'DynamoDB_20120810.GetItem' }],
    ['POST', '/other', { 'x-amz-target': 'TrentService.ListKeys' }],
    ['OPTIONS', '/', {}],
    ['POST', '/_sealtrail/health/live', {}],
    ['GET', '/_sealtrail/health/nothing', {}],
  ])('%s %s is a 404', async (method, path, headers) => {
    const reply = await replyOf(await fetch(server.url + path, { method, headers }))
    expect([reply.status, reply.json?.__type]).toEqual([404, 'UnknownOperationException'])
  })
})

describe('health', () => {
  it('is answered to anyone', async () => {
    const fresh = await startTestServer(kms)
    for (const [check, detail] of [
      ['live', {}],
      ['ready', { keyMemory: 'locked' }],
    ] as const) {
      const reply = await replyOf(await fetch(`${fresh.url}/_sealtrail/health/${check}`))
      expect([reply.status, reply.json]).toEqual([200, { status: check, ...detail }])
    }
    await fresh.close()
  })

  it('tells when keys no longer lie in locked memory, once, and when they do again', async () => {
    const engine = { isLocked: true }
    const other = await startTestServer(kms, { engine })
    const ready = async () =>
      (await replyOf(await fetch(`${other.url}/_sealtrail/health/ready`))).json
    const told = () => other.lines.filter(({ detail }) => 'keyMemory' in detail)
    await callSigned(other.url)
    expect(told()).toEqual([])
    engine.isLocked = false
    for (let i = 0; i < 3; i++) await callSigned(other.url)
    expect(told()).toEqual([
      {
        level: 'error',
        message: 'keys lie in memory that may be swapped out',
        detail: { keyMemory: 'unlocked' },
      },
    ])
    expect(await ready()).toEqual({ status: 'ready', keyMemory: 'unlocked' })
    engine.isLocked = true
    for (let i = 0; i < 3; i++) await callSigned(other.url)
    expect(told().at(-1)).toEqual({
      level: 'info',
      message: 'all keys lie in locked memory again',
      detail: { keyMemory: 'locked' },
    })
    expect(told()).toHaveLength(2)
    expect(await ready()).toEqual({ status: 'ready', keyMemory: 'locked' })
    await other.close()
  })

  it('is not readiness for ten seconds after the store has failed', async () => {
    let elapsed = 0
    const clock = { now: () => Date.now(), elapsed: () => elapsed }
    const cause = new SealtrailError('StoreFailed', 'EIO')
    const failing = fakeKms(() => {
      throw new SealtrailError('KMSInternalException', 'no record', {}, { cause })
    })
    const other = await startTestServer(failing, { clock })
    const ready = async () => (await fetch(`${other.url}/_sealtrail/health/ready`)).status
    expect(await ready()).toBe(200)
    expect((await callSigned(other.url)).status).toBe(500)
    expect(await ready()).toBe(503)
    expect((await fetch(`${other.url}/_sealtrail/health/live`)).status).toBe(200)
    elapsed = 10_000
    expect(await ready()).toBe(200)
    await other.close()
  })
})

describe('trust', () => {
  it('is for loopback only', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com', 'localhost.example.com']) {
      await expect(startTestServer(kms, { auth: 'trust', host })).rejects.toMatchObject({
        code: 'ConfigInvalid',
        message: expect.stringContaining(host),
      })
    }
  })

  it('takes callers at their word, but only under a name of this machine', async () => {
    answer({ Keys: [] })
    const trusting = await startTestServer(kms, { auth: 'trust', account: '000000000000' })
    const call = { secretAccessKey: 'any', now: 0 }
    const own = await callSigned(trusting.url, { ...call, accessKeyId: '444455556666' })
    expect(own.status).toBe(200)
    expect(kms.calls.at(-1)!.context.caller).toMatchObject({ account: '444455556666' })
    await callSigned(trusting.url, { ...call, accessKeyId: 'test' })
    expect(kms.calls.at(-1)!.context.caller).toMatchObject({ account: '000000000000' })
    await callSigned(trusting.url, { ...call, accessKeyId: ACCESS_KEY.accessKeyId })
    expect(kms.calls.at(-1)!.context.caller).toMatchObject({ account: ACCOUNT })
    const unsigned = await fetch(trusting.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.ListKeys' },
    })
    expect(unsigned.status).toBe(400)
    const count = kms.calls.length
    for (const host of ['evil.example', `evil.example:${trusting.port}`, '']) {
      const client = new RawClient(trusting.port)
      client.write(requestText({ ...signedHeaders(trusting.url), host }))
      expect(await client.until(/\}$/)).toContain('"__type":"UnrecognizedClientException"')
      client.close()
    }
    for (const host of ['localhost', '[::1]:80', 'kms.localhost:1', '127.9.9.9']) {
      const client = new RawClient(trusting.port)
      client.write(requestText({ ...signedHeaders(trusting.url), host }))
      expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 200 /)
      client.close()
    }
    expect(kms.calls).toHaveLength(count + 4)
    // The host of a URL counts, not what stands in the Host header beside it.
    for (const [target, wanted] of [
      ['http://evil.example/', 'UnrecognizedClientException'],
      ['http://localhost/', 'HTTP/1.1 200 '],
    ] as const) {
      const client = new RawClient(trusting.port)
      client.write(requestText(signedHeaders(trusting.url), '{}', `POST ${target} HTTP/1.1`))
      expect(await client.until(/\}$/)).toContain(wanted)
      client.close()
    }
    await trusting.close()
  })
})

describe('a port that is taken', () => {
  it('is refused with what to do', async () => {
    await expect(startTestServer(kms, { port: server.port })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `cannot listen on 127.0.0.1 port ${server.port}: it is in use: choose another port`,
    })
  })
})
