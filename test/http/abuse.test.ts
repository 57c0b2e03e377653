/** Clients that mean harm, or are broken: they get little, and nobody else notices. */
import dns from 'node:dns'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Peers } from '../../src/http/peers.js'
import { parseJson } from '../../src/http/protocols/json-text.js'
import { presignQuery } from '../../src/sigv4/sign-request.js'
import {
  ACCESS_KEY,
  callSigned,
  fakeKms,
  RawClient,
  REGION,
  replyOf,
  signedHeaders,
  startTestServer,
  type TestServerOptions,
} from '../support/http.js'

const MANY = 256
const kms = fakeKms(() => ({ Keys: [], Truncated: false }))
const clients: RawClient[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const client of clients.splice(0)) client.close()
})

async function serverWith(options: TestServerOptions = {}) {
  return await startTestServer(kms, { accessLog: false, ...options })
}

/** A connection with a head, and as much of its body as `sent`. */
function begin(port: number, headers: Readonly<Record<string, string>>, bytes: number, sent = '') {
  const client = new RawClient(port)
  clients.push(client)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  client.write(`POST / HTTP/1.1\r\n${lines.join('')}content-length: ${bytes}\r\n\r\n${sent}`)
  return client
}

const unsigned = { host: 'x', 'x-amz-target': 'TrentService.ListKeys' }

async function statuses(url: string, count = 20): Promise<number[]> {
  const replies = await Promise.all(Array.from({ length: count }, () => callSigned(url)))
  return [...new Set(replies.map(({ status }) => status))]
}

describe('connections with stalled bodies', () => {
  it.each([
    ['that nobody signed, of 1 MiB', 1 << 20, () => unsigned],
    ['that nobody signed, as long as allowed', 1 << 16, () => unsigned],
    ['of an access key that is known', 1 << 16, signedHeaders],
    ['of an access key that is known, small', 1 << 13, signedHeaders],
  ])(`%s, ${MANY} of them, keep no signed caller out`, async (_what, bytes, headersOf) => {
    const server = await serverWith()
    const headers = headersOf(server.url)
    for (let i = 0; i < MANY; i++) begin(server.port, headers, bytes, 'x'.repeat(bytes - 1))
    for (let i = 0; i < 5; i++) expect(await statuses(server.url)).toEqual([200])
    for (const client of clients.splice(0)) client.close()
    await server.close()
  })
})

describe('a head', () => {
  const known = (url: string) => signedHeaders(url)
  it.each([
    ['without a signature', () => unsigned, 'MissingAuthenticationTokenException'],
    [
      'of an unknown access key',
      (url: string) => signedHeaders(url, { accessKeyId: 'AKIAIOSFODNN7EXAMPLF' }),
      'UnrecognizedClientException',
    ],
    [
      'signed long ago',
      (url: string) => signedHeaders(url, { now: Date.now() - 16 * 60_000 }),
      'InvalidSignatureException',
    ],
    [
      'of another service',
      (url: string) => signedHeaders(url, { service: 's3' }),
      'InvalidSignatureException',
    ],
    [
      'with an x-amz-* header that is not signed',
      (url: string) => ({ ...known(url), 'x-amz-extra': '1' }),
      'InvalidSignatureException',
    ],
    [
      'whose host is not signed',
      (url: string) => {
        const headers = known(url)
        const authorization = headers.authorization!.replace('host;', '')
        return { ...headers, authorization }
      },
      'InvalidSignatureException',
    ],
  ])('%s is refused before its body is sent', async (_what, headersOf, code) => {
    const server = await serverWith()
    const headers = { ...headersOf(server.url), expect: '100-continue' }
    const client = begin(server.port, headers, 1000)
    expect(await client.until(/\}$/)).toContain(`"__type":"${code}"`)
    expect(client.received).not.toContain('100 Continue')
    await server.close()
  })
})

describe('one peer', () => {
  it('has so many connections, and room again when one is closed', () => {
    const peers = new Peers(2)
    expect(['192.0.2.1', '192.0.2.1', '192.0.2.1'].map((address) => peers.enter(address))).toEqual([
      true,
      true,
      false,
    ])
    expect(peers.enter('192.0.2.2')).toBe(true)
    peers.leave('192.0.2.1')
    expect(peers.enter('192.0.2.1')).toBe(true)
  })

  it('is forgotten with its last connection', () => {
    const peers = new Peers(2)
    peers.enter('2001:db8::1')
    peers.leave('2001:db8::1')
    expect(peers.size).toBe(0)
  })

  it('may have any number on loopback, where a proxy may be', () => {
    const peers = new Peers(1)
    for (const address of ['127.0.0.1', '::1']) {
      expect([peers.enter(address), peers.enter(address)]).toEqual([true, true])
    }
  })
})

describe('a body of very many items', () => {
  const MIB = 1 << 20
  it.each([
    ['numbers', `[${'1,'.repeat(MIB / 2)}1]`],
    ['members', `{${'"":1,'.repeat(MIB / 5)}"":1}`],
    ['pairs of a context', `{"EncryptionContext":{${'"a":"",'.repeat(MIB / 7)}"a":""}}`],
  ])('such as %s is refused while it is scanned', (_what, text) => {
    // Whoever scanned all of it would find that it is no JSON.
    const body = Buffer.from(`${text}}`)
    expect(() => parseJson(body)).toThrow(
      expect.objectContaining({ message: 'the body has too many members' }),
    )
  })

  it('may hold the largest context that there can be', () => {
    const pairs = Array.from({ length: 8192 }, (_, i) => [String.fromCharCode(0x4e00 + i), ''])
    const context = Object.fromEntries(pairs)
    expect(parseJson(Buffer.from(JSON.stringify({ context })))).toEqual({ context })
  })
})

describe('a presigned KMS request', () => {
  it.each([
    [14, 200],
    [16, 400],
  ])('that asks for an hour is, after %i minutes, answered with %i', async (minutes, status) => {
    const server = await serverWith()
    const headers = { host: new URL(server.url).host, 'x-amz-target': 'TrentService.ListKeys' }
    const request = { method: 'POST', path: '/', headers, body: Buffer.from('{}') }
    const now = Date.now() - minutes * 60_000
    const query = presignQuery(
      request,
      { ...ACCESS_KEY, region: REGION, service: 'kms', now },
      3600,
    )
    const reply = await replyOf(
      await fetch(`${server.url}/?${query}`, {
        method: 'POST',
        headers: { 'x-amz-target': headers['x-amz-target'] },
        body: '{}',
      }),
    )
    expect(reply.status).toBe(status)
    if (status !== 200) expect(reply.json?.message).toMatch(/^Signature expired: .* - 15 min\.\)$/)
    await server.close()
  })
})

describe('a name', () => {
  /** From now on every name is that of `address`. */
  function resolveTo(address: string): void {
    const lookup = (_name: string, ...rest: unknown[]) => {
      const done = rest.at(-1) as (error: null, ...found: unknown[]) => void
      // Later versions of Node ask for all of them.
      const isAll = (rest[0] as { all?: boolean }).all === true
      if (isAll) done(null, [{ address, family: 4 }])
      else done(null, address, 4)
    }
    vi.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup)
  }

  it('that is called loopback and is not, is no place for trust', async () => {
    resolveTo('0.0.0.0')
    await expect(serverWith({ auth: 'trust', host: 'localhost' })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining("host cannot be 'localhost', which is 0.0.0.0"),
    })
  })

  it('that is loopback, whatever it is called, is one', async () => {
    resolveTo('127.0.0.1')
    const server = await serverWith({ auth: 'trust', host: 'kms.example' })
    expect((await callSigned(server.url)).status).toBe(200)
    await server.close()
  })
})
