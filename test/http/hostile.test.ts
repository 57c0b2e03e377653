/** Bytes that no good client sends: each gets a clear refusal, and the server lives on. */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readRecords } from '../../src/audit/read.js'
import { openLog } from '../../src/http/log.js'
import {
  callSigned,
  type FakeKms,
  fakeKms,
  RawClient,
  replyOf,
  requestText,
  signedHeaders,
  startTestServer,
  type TestServer,
} from '../support/http.js'
import { openTestKms } from '../support/kms.js'

let kms: FakeKms
let server: TestServer
const clients: RawClient[] = []

beforeAll(async () => {
  kms = fakeKms(() => ({ Keys: [], Truncated: false }))
  server = await startTestServer(kms, { bodyBytesMax: 4096 })
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  // Whatever came before: the next good request is answered.
  expect((await callSigned(server.url)).status).toBe(200)
})

afterAll(() => server.close())

function open({ port } = server): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

const good = () => requestText(signedHeaders(server.url))
const host = () => new URL(server.url).host

describe('bytes that are not HTTP', () => {
  it.each([
    ['garbage', '\x00\x01\x02\x03\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['HTTP of the future', 'GET / HTTP/9.9\r\nhost: x\r\n\r\n'],
    ['a space in a header name', 'GET / HTTP/1.1\r\nhost: x\r\na b: c\r\n\r\n'],
    ['a NUL in a header value', 'GET / HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
    ['a length that is none', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a chunk size that is none',
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nx-amz-target: TrentService.ListKeys\r\n\r\nzz\r\n',
    ],
  ])('such as %s are refused with 400 and the connection closed', async (_what, text) => {
    const client = open()
    client.write(text)
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  it('after a good request are refused after its answer', async () => {
    const client = open()
    client.write(`${good()}\x00garbage\r\n\r\n`)
    const received = await client.closed()
    expect(received).toMatch(/^HTTP\/1\.1 (200 OK|400 Bad Request)\r\n/)
    expect(received).toMatch(/400 Bad Request/)
  })

  it('of a head larger than allowed are refused with 431', async () => {
    const client = open()
    client.write(`POST / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`)
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 431 /)
  })
})

describe('a slow client', () => {
  let hasty: TestServer
  beforeAll(async () => {
    hasty = await startTestServer(kms, { headersTimeoutMs: 300, requestTimeoutMs: 600 })
  })
  afterAll(() => hasty.close())

  it.each([
    ['nothing', ''],
    ['half a head', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['a head without its body', 'signed'],
  ])('that sends %s is closed in time', async (_what, text) => {
    const client = open(hasty)
    if (text === 'signed') client.write(good().replace('length: 2', 'length: 10'))
    else if (text !== '') client.write(text)
    const received = await client.closed()
    expect(received).toMatch(/^HTTP\/1\.1 408 |^$/)
  })

  it('that trickles its head is closed in time', async () => {
    const client = open(hasty)
    client.write('POST / HTTP/1.1\r\nhost: x\r\n')
    const drip = setInterval(() => client.write('a: b\r\n'), 50)
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 |^$/)
    clearInterval(drip)
  })

  it('that goes away in the middle of its body leaves no trace', async () => {
    const [count, lines] = [kms.calls.length, server.lines.length]
    const client = open()
    const headers = { ...signedHeaders(server.url), expect: '100-continue' }
    client.write(
      requestText(headers, '{"a').replace(/content-length: 3\r\n/, 'content-length: 100\r\n'),
    )
    await client.until(/^HTTP\/1\.1 100 /)
    client.close()
    // After these the server has seen it go.
    for (let i = 0; i < 2; i++) expect((await callSigned(server.url)).status).toBe(200)
    expect(kms.calls).toHaveLength(count + 2)
    expect(server.lines).toHaveLength(lines + 2)
  })
})

describe('a body that is too large', () => {
  it('by its stated length is refused before it is sent', async () => {
    const client = open()
    client.write(
      requestText({ host: host(), 'x-amz-target': 'TrentService.ListKeys' }, '').replace(
        'content-length: 0',
        'content-length: 4097',
      ),
    )
    expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 413 /)
    expect(client.received).toContain('"__type":"RequestEntityTooLargeException"')
  })

  it('is refused also with Expect: 100-continue, which is then not answered by 100', async () => {
    const client = open()
    client.write(
      `POST / HTTP/1.1\r\nhost: ${host()}\r\nx-amz-target: TrentService.ListKeys\r\nexpect: 100-continue\r\ncontent-length: 5000\r\n\r\n`,
    )
    expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 413 /)
    expect(client.received).not.toContain('100 Continue')
  })

  it('in chunks is refused at the byte too many', async () => {
    const client = open()
    client.write(
      good().replace('content-length: 2\r\n\r\n{}', 'transfer-encoding: chunked\r\n\r\n'),
    )
    for (let i = 0; i < 5; i++) client.write(`400\r\n${'x'.repeat(1024)}\r\n`)
    expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('is read off, so that its connection serves the next request', async () => {
    const client = open()
    const headers = { host: host(), 'x-amz-target': 'TrentService.ListKeys' }
    client.write(requestText(headers, 'x'.repeat(100_000)) + good())
    const received = await client.until(/"Truncated":false\}$/)
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
  })

  it('of just the allowed size is taken', async () => {
    const body = `{"Filler":"${'x'.repeat(4096 - 13)}"}`
    expect(Buffer.byteLength(body)).toBe(4096)
    expect((await callSigned(server.url, { body })).status).toBe(200)
    expect((await callSigned(server.url, { body: `${body} ` })).status).toBe(413)
  })
})

describe('a good request in an odd form', () => {
  it('with Expect: 100-continue is invited, then answered', async () => {
    const client = open()
    const headers = signedHeaders(server.url)
    client.write(`${requestText({ ...headers, expect: '100-continue' }).slice(0, -2)}`)
    expect(await client.until(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.write('{}')
    expect(await client.until(/\}$/)).toContain('HTTP/1.1 200 OK')
  })

  it('in chunks is answered', async () => {
    const client = open()
    const head = Object.entries(signedHeaders(server.url)).map(
      ([name, value]) => `${name}: ${value}`,
    )
    client.write(`POST / HTTP/1.1\r\n${head.join('\r\n')}\r\ntransfer-encoding: chunked\r\n\r\n`)
    client.write('1\r\n{\r\n')
    client.write('1\r\n}\r\n0\r\n\r\n')
    expect(await client.until(/\}$/)).toContain('HTTP/1.1 200 OK')
  })

  it('behind another in one packet is answered in turn', async () => {
    const client = open()
    client.write(good() + good() + good())
    const received = await client.until(/(Truncated[\s\S]*){3}\}$/)
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
  })
})

describe('a header that is there twice', () => {
  it.each(['authorization', 'x-amz-date', 'x-amz-target', 'host'])(
    'is not chosen from: %s',
    async (name) => {
      const count = kms.calls.length
      const headers = signedHeaders(server.url)
      const client = open()
      client.write(
        requestText(headers).replace('\r\n\r\n', `\r\n${name}: ${headers[name]}\r\n\r\n`),
      )
      expect(await client.until(/\}$|HTTP\/1\.1 400 Bad Request[\s\S]*\r\n\r\n/)).toMatch(
        /^HTTP\/1\.1 4\d\d /,
      )
      expect(kms.calls).toHaveLength(count)
    },
  )
})

describe('a request target', () => {
  /** A signed request with `target` in its first line, and what came of it. */
  async function ask(target: string, changes: Record<string, string> = {}): Promise<string> {
    const client = open()
    const headers = { ...signedHeaders(server.url), ...changes }
    client.write(requestText(headers, '{}', `POST ${target} HTTP/1.1`))
    return await client.until(/\}$/)
  }

  it.each([
    ['a URL', () => `http://${host()}/`],
    ['a URL without a path', () => `http://${host()}`],
    ['a URL in capitals', () => `HTTP://${host()}/`],
    ['a URL of a proxy that speaks TLS', () => `https://${host()}/`],
    ['a path', () => '/'],
  ])('may be %s', async (_what, target) => {
    const count = kms.calls.length
    expect(await ask(target())).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(kms.calls).toHaveLength(count + 1)
  })

  it('that is a URL has its query signed like any other', async () => {
    expect(await ask(`http://${host()}/?x=1`)).toContain('InvalidSignatureException')
    expect(await ask(`http://${host()}?x=1`)).toContain('InvalidSignatureException')
  })

  it('that is a URL says which host is meant, and the Host header does not', async () => {
    expect(await ask(`http://${host()}/`, { host: 'evil.example' })).toContain('200 OK')
    const count = kms.calls.length
    expect(await ask('http://evil.example/')).toContain('InvalidSignatureException')
    expect(kms.calls).toHaveLength(count)
  })

  it('that is a URL may ask for health', async () => {
    const client = open()
    const path = '/_sealtrail/health/live'
    client.write(requestText({ host: host() }, '', `GET http://${host()}${path} HTTP/1.1`))
    expect(await client.until(/\}$/)).toContain('{"status":"live"}')
  })

  it.each([
    ['an asterisk', 'OPTIONS *'],
    ['an asterisk to be posted to', 'POST *'],
    ['an authority', 'CONNECT kms.example:443'],
    ['an authority to be posted to', 'POST kms.example:443'],
    ['a URL of another scheme', 'POST ftp://kms.example/'],
    ['a URL without a host', 'POST http:///'],
    ['a URL with a user', 'POST http://user:secret@kms.example/'],
    ['a URL with a fragment', 'POST http://kms.example#x/'],
  ])('that is %s is told what it should be', async (_what, first) => {
    const count = kms.calls.length
    const client = open()
    client.write(requestText(signedHeaders(server.url), '{}', `${first} HTTP/1.1`))
    const received = await client.until(/\}$/)
    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request/)
    expect(received).toContain(
      '{"__type":"SerializationException","message":"the request target must be a path or an http URL"}',
    )
    expect(kms.calls).toHaveLength(count)
  })

  it('that asks for a tunnel ends nothing but its own connection, also when it breaks off', async () => {
    const tunnels = Array.from({ length: 20 }, open)
    for (const tunnel of tunnels) {
      tunnel.write('CONNECT kms.example:443 HTTP/1.1\r\nhost: kms.example:443\r\n\r\n')
      tunnel.socket.write(Buffer.alloc(100_000), () => tunnel.reset())
    }
    await Promise.all(tunnels.map((tunnel) => tunnel.closed()))
    expect((await callSigned(server.url)).status).toBe(200)
  })

  it('that is a URL does not hide a second Host', async () => {
    const client = open()
    const text = requestText(signedHeaders(server.url), '{}', `POST http://${host()}/ HTTP/1.1`)
    client.write(text.replace('\r\n', '\r\nHost: evil.example\r\n'))
    const received = await client.until(/\}$/)
    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request/)
    expect(received).toContain('the request has more than one Host')
  })

  it.each([
    ['a path with dots', 'POST /../../etc/passwd HTTP/1.1'],
    ['a broken escape', 'GET /?Action=%zz HTTP/1.1'],
    ['bytes that are not UTF-8', 'GET /?Action=\xff HTTP/1.1'],
    ['an endless query', `GET /?Action=${'a'.repeat(10_000)} HTTP/1.1`],
  ])('of %s is refused', async (_what, first) => {
    const client = open()
    client.write(requestText({ host: host() }, '', first))
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  it('is bound by the signature', async () => {
    const { host: _, ...headers } = signedHeaders(server.url)
    const reply = await replyOf(
      await fetch(`${server.url}/?x=1`, { method: 'POST', headers, body: '{}' }),
    )
    expect(reply.json?.__type).toBe('InvalidSignatureException')
  })
})

describe('what a client says of itself', () => {
  const LOGGED = 'level time requestId operation caller status ms code msg'.split(' ')
  // Control characters of ASCII are no HTTP; a tab is, and so are those that ISO 8859-1 has beside it.
  const evil = 'evil\t\u0085\u009b31m","eventName":"none"}'

  it.each(['\u001b', '\n', '\r', '\0', '\u007f'])('holds no %j', async (control) => {
    const client = open()
    client.write(requestText({ ...signedHeaders(server.url), 'user-agent': `evil${control}[31m` }))
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  it('breaks out of no log line', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'sealtrail-hostile-')), 'log')
    const log = openLog('debug', openSync(path, 'w'))
    const logged = await startTestServer(kms, { logger: log.logger })
    const client = new RawClient(logged.port)
    const headers = signedHeaders(logged.url, { operation: evil })
    client.write(requestText({ ...headers, 'user-agent': evil }))
    await client.until(/\r\n\r\n/)
    client.close()
    await logged.close()
    log.flush()
    const text = readFileSync(path, 'utf8')
    rmSync(dirname(path), { recursive: true })
    const line = JSON.parse(text) as Record<string, unknown>
    expect(Object.keys(line)).toEqual(LOGGED)
    expect(text).toMatch(/^[\x20-\x7e]+\n$/)
    expect(text).not.toContain('evil')
  })

  it('breaks out of no record, and is cut there', async () => {
    const house = await openTestKms()
    const recording = await startTestServer(house.service)
    const client = new RawClient(recording.port)
    const headers = signedHeaders(recording.url)
    client.write(requestText({ ...headers, 'user-agent': evil + 'x'.repeat(3000) }))
    await client.until(/^HTTP\/1\.1 200 /)
    client.close()
    await recording.close()
    const records = await readRecords(house.store, { limit: 2 })
    await house.remove()
    expect(records).toHaveLength(1)
    const { eventName, userAgent } = JSON.parse(records[0]!.record)
    expect(eventName).toBe('ListKeys')
    expect(userAgent).toBe((evil + 'x'.repeat(3000)).slice(0, 1024))
  })
})

describe('connections', () => {
  it('beyond the allowed number are closed', async () => {
    const small = await startTestServer(kms, { connectionsMax: 3 })
    const all = Array.from({ length: 5 }, () => new RawClient(small.port))
    // Each is closed or answered; there is no third.
    for (const client of all)
      client.write('GET /_sealtrail/health/live HTTP/1.1\r\nhost: x\r\n\r\n')
    const ends = all.map((client) => client.until(/\}$/).catch(() => 'closed'))
    const answered = (await Promise.all(ends)).filter((end) => end.startsWith('HTTP/1.1 200 OK'))
    expect(answered).toHaveLength(3)
    expect(all.filter(({ isClosed }) => isClosed)).toHaveLength(2)
    for (const client of all) client.close()
    await small.close()
  })
})
