/** What is TLS's own: what is agreed, what records say of it, limits until it is. The rest is in tls-front.test.ts. */
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { DecryptCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { KEEP_ALIVE_MS } from '../../src/http/front/exchange.js'
import { certificateFiles, makeCertificate } from '../support/certificate.js'
import {
  ACCESS_KEY,
  fakeKms,
  REGION,
  requestText,
  signedHeaders,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'

const files = certificateFiles()
const { tlsCert, tlsKey, ca } = files
const keys = fakeKms(() => ({ Keys: [], Truncated: false }))
const sockets: Socket[] = []
const TLS_1_2 = { maxVersion: 'TLSv1.2' } as const
const OLD = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const

afterEach(() => {
  vi.restoreAllMocks()
  for (const socket of sockets.splice(0)) socket.destroy()
})
afterAll(() => files.remove())

/** Nothing happens because some time is over. */
const PATIENT = { headersTimeoutMs: 600_000, requestTimeoutMs: 600_000, stopTimeoutMs: 600_000 }
/** After which Node ends a handshake where it is not told otherwise. */
const HANDSHAKE_OF_NODE_MS = 120_000

async function serverWith(options: TestServerOptions = {}, kms = keys): Promise<TestServer> {
  return await startTestServer(kms, { tlsCert, tlsKey, ...options })
}

/** A connection without TLS. */
function knock(port: number, sent: string | Uint8Array = ''): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  sockets.push(socket)
  socket.write(sent)
  return socket
}

/** What came back until the server closed it. */
async function closed(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  // A reset is an error too, and one way of being closed.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(pieces)
}

/** A connection on which TLS is agreed, or the error that it ends with. */
async function agree(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca, ...options })
  sockets.push(socket)
  await once(socket, 'secureConnect')
  return socket
}

/** The status of a signed call. */
async function status(url: string, trusted = ca): Promise<number> {
  const agent = new Agent({ ca: trusted })
  const sent = request(url, { method: 'POST', headers: signedHeaders(url), agent }).end('{}')
  const [response] = await once(sent, 'response')
  response.resume()
  await once(response, 'close')
  agent.destroy()
  return response.statusCode
}

describe('an AWS SDK client over TLS', () => {
  let kms: TestKms
  let server: TestServer
  beforeAll(async () => {
    kms = await openTestKms()
    server = await startTestServer(kms.service, { tlsCert, tlsKey, store: kms.store })
  })
  afterAll(async () => {
    await server.close()
    await kms.remove()
  })

  const optionsOf = (tls: ConnectionOptions) => ({
    endpoint: `https://localhost:${server.port}`,
    region: REGION,
    credentials: ACCESS_KEY,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent(tls) },
  })

  /** The end of the last record, as it was written. */
  async function lastTls(): Promise<string | undefined> {
    const last = (await kms.store.records({ holding: [] })).records[0]
    return /,"tlsDetails":.*$/.exec(last!.record)?.[0]
  }

  it('is served, and each record says what was agreed and which host was asked', async () => {
    const client = new KMSClient(optionsOf({ ca }))
    await client.send(new ListKeysCommand({}))
    const host = `localhost:${server.port}`
    const told = `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"${host}"}}`
    expect(await lastTls()).toBe(told)
    const refused = client.send(new DecryptCommand({ CiphertextBlob: new Uint8Array([1]) }))
    await expect(refused).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    expect(await lastTls()).toBe(told)
    client.destroy()
    const sts = new STSClient(optionsOf({ ca }))
    await sts.send(new GetCallerIdentityCommand({}))
    expect(await lastTls()).toBe(told)
    sts.destroy()
  })

  it.each(['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'])(
    'is served by TLS 1.2 with %s, which its record says',
    async (ciphers) => {
      const client = new KMSClient(optionsOf({ ca, ...TLS_1_2, ciphers }))
      await client.send(new ListKeysCommand({}))
      expect(await lastTls()).toContain(
        `{"tlsVersion":"TLSv1.2","cipherSuite":"${ciphers}","clientProvidedHostHeader":`,
      )
      client.destroy()
    },
  )

  it('does not come to a server whose certificate it does not trust', async () => {
    for (const trusted of [undefined, makeCertificate().cert]) {
      const client = new KMSClient(optionsOf(trusted === undefined ? {} : { ca: trusted }))
      await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({
        code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/),
      })
      client.destroy()
    }
  })

  it('over plain HTTP leaves records that say nothing of TLS', async () => {
    const plain = await startTestServer(kms.service)
    const client = new KMSClient({ ...optionsOf({}), endpoint: plain.url })
    await client.send(new ListKeysCommand({}))
    expect(await lastTls()).toBeUndefined()
    client.destroy()
    await plain.close()
  })
})

describe('a TLS server', () => {
  it('says https in its URL', async () => {
    const server = await serverWith()
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`)
    expect(await status(server.url)).toBe(200)
    await server.close()
  })

  it.each<[string, ConnectionOptions]>([
    ['TLS 1.0', { ...OLD, maxVersion: 'TLSv1' }],
    ['TLS 1.1', { ...OLD, maxVersion: 'TLSv1.1' }],
    ['cipher without authentication', { ...TLS_1_2, ciphers: 'ECDHE-RSA-AES128-SHA256' }],
    ['key for more than one connection', { ...TLS_1_2, ciphers: 'AES128-GCM-SHA256' }],
    ['HTTP/2 alone', { ALPNProtocols: ['h2'] }],
  ])('agrees to no %s', async (_what, options) => {
    // With a key of RSA nothing else stands in the way.
    const rsa = certificateFiles(makeCertificate(2048))
    const server = await serverWith({ tlsCert: rsa.tlsCert, tlsKey: rsa.tlsKey })
    const refused = agree(server.port, { ca: rsa.ca, ...options })
    await expect(refused).rejects.toMatchObject({ code: expect.stringContaining('ALERT') })
    await server.close()
    rsa.remove()
  })

  it('does not agree again on a connection', async () => {
    const server = await serverWith()
    const socket = await agree(server.port, TLS_1_2)
    const again = once(socket, 'error')
    socket.renegotiate({}, () => undefined)
    expect((await again)[0]).toMatchObject({ code: expect.stringContaining('RENEGOTIATION') })
    await closed(socket)
    expect(await status(server.url)).toBe(200)
    await server.close()
  })

  it('is refused with the native front, and has the other where none is named', async () => {
    await expect(serverWith({ front: 'native' })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: 'the native front speaks no TLS: front must be auto or node',
    })
    const server = await serverWith({ front: 'auto' })
    expect(await status(server.url)).toBe(200)
    await server.close()
  })

  it('does not listen when its key cannot be used', async () => {
    const missing = `${tlsKey}-missing`
    await expect(serverWith({ tlsKey: missing })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `the TLS key file ${missing} is missing`,
    })
  })
})

/** Every socket's remoteAddress from now on; loopback has no such limit. */
function comeFrom(address: string): void {
  const sockets = Socket.prototype as unknown as { _getpeername(): object }
  const real = sockets._getpeername
  vi.spyOn(sockets, '_getpeername').mockImplementation(function (this: unknown) {
    return { ...real.call(this as never), address }
  })
}

/** The first bytes of a client. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const client = connectTls({ port, host: '127.0.0.1', ...options }).on('error', () => undefined)
  const [socket] = await once(listener, 'connection')
  const [hello] = await once(socket, 'data')
  client.destroy()
  listener.close()
  return hello
}

describe('a connection that agrees on nothing', () => {
  let hello: Buffer
  beforeAll(async () => {
    hello = await helloOf({})
  })

  it.each([
    ['sends nothing', 0],
    ['sends half of what it has to say first', 0.5],
    ['sends the first and no more', 1],
  ])('and %s is closed in time', async (_what, part) => {
    const server = await serverWith({ headersTimeoutMs: 300 })
    const begun = performance.now()
    await closed(knock(server.port, hello.subarray(0, hello.length * part)))
    expect(performance.now() - begun).toBeLessThan(HANDSHAKE_OF_NODE_MS)
    await server.close()
  })

  it('and trickles is closed in time', async () => {
    const server = await serverWith({ headersTimeoutMs: 300 })
    const socket = knock(server.port)
    let at = 0
    const drip = setInterval(() => socket.write(hello.subarray(at, ++at)), 50)
    const begun = performance.now()
    await closed(socket)
    clearInterval(drip)
    expect(performance.now() - begun).toBeLessThan(HANDSHAKE_OF_NODE_MS)
    await server.close()
  })

  it.each([
    ['HTTP', () => requestText(signedHeaders('http://127.0.0.1'))],
    ['another protocol', () => 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['bytes of no protocol', () => '\x00\x01\x02\x03\r\n\r\n'],
    ['TLS that is broken', () => Buffer.concat([hello.subarray(0, 60), Buffer.alloc(5000, 0xff)])],
  ])('and speaks %s is closed at once, without an answer in it', async (_what, sent) => {
    const server = await serverWith(PATIENT)
    const count = keys.calls.length
    const received = await closed(knock(server.port, sent()))
    expect(received.toString('latin1')).not.toContain('HTTP/')
    expect(keys.calls).toHaveLength(count)
    expect(await status(server.url)).toBe(200)
    expect(server.lines.filter(({ level }) => level === 'error')).toEqual([])
    await server.close()
  })

  it('counts among those of its address, and its place is free when it is closed', async () => {
    comeFrom('192.0.2.1')
    const server = await serverWith({ connectionsPerPeerMax: 3 })
    const stalled = [knock(server.port), knock(server.port, hello), knock(server.port)]
    await Promise.all(stalled.map((socket) => once(socket, 'connect')))
    await expect(status(server.url)).rejects.toThrow()
    for (const socket of stalled) socket.destroy()
    while ((await status(server.url).catch(() => 0)) !== 200) await delay(5)
    // Those that have agreed count too, and leave.
    for (let i = 0; i < 5; i++) expect(await status(server.url)).toBe(200)
    await server.close()
  })

  it('counts among all', async () => {
    const server = await serverWith({ connectionsMax: 2 })
    const stalled = [knock(server.port), knock(server.port)]
    await Promise.all(stalled.map((socket) => once(socket, 'connect')))
    await expect(status(server.url)).rejects.toThrow()
    await server.close()
  })

  it('keeps no server from stopping', async () => {
    const server = await serverWith(PATIENT)
    const stalled = [knock(server.port), knock(server.port, hello)]
    expect(await status(server.url)).toBe(200)
    await Promise.all([server.close(), ...stalled.map(closed)])
  })
})

describe('a TLS server that stops', () => {
  it('answers what is in flight, and closes what is idle', async () => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const slow = fakeKms(async () => {
      await held
      return { Keys: [], Truncated: false }
    })
    const server = await serverWith({}, slow)
    const idle = await agree(server.port)
    idle.write('GET /_sealtrail/health/live HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(idle, 'data')
    const inFlight = status(server.url)
    while (slow.calls.length === 0) await delay(5)
    const closing = server.close()
    await closed(idle)
    letGo()
    expect(await inFlight).toBe(200)
    await closing
  })

  it('breaks off what is not done in time', async () => {
    const stuck = fakeKms(() => new Promise(() => undefined))
    const server = await serverWith({ stopTimeoutMs: 100 }, stuck)
    const inFlight = status(server.url).catch((error: Error) => error)
    while (stuck.calls.length === 0) await delay(5)
    await server.close()
    expect(await inFlight).toBeInstanceOf(Error)
  })
})

describe('bytes that are not TLS after it was agreed on', () => {
  it.each([
    ['at first', ''],
    ['in the middle of a request', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['after a request', 'GET /_sealtrail/health/live HTTP/1.1\r\nhost: x\r\n\r\n'],
  ])('close the connection at once: %s', async (_what, before) => {
    const server = await serverWith(PATIENT)
    const plain = knock(server.port)
    const socket = await agree(server.port, { socket: plain })
    socket.on('error', () => undefined)
    if (before !== '') await new Promise((resolve) => socket.write(before, resolve))
    if (before.endsWith('\r\n\r\n')) await once(socket, 'data')
    const begun = performance.now()
    plain.write('\x17\x03\x03\x00\x20garbage garbage garbage garbage ')
    await closed(socket)
    // Not as one that nobody uses any more.
    expect(performance.now() - begun).toBeLessThan(KEEP_ALIVE_MS)
    expect(await status(server.url)).toBe(200)
    await server.close()
  })
})

describe('a renewed certificate', () => {
  const renewed = makeCertificate()
  const own = certificateFiles()
  afterAll(() => own.remove())

  it('is shown to who comes from then on, and connections from before stay', async () => {
    const server = await serverWith({ tlsCert: own.tlsCert, tlsKey: own.tlsKey })
    const before = await agree(server.port, { ca: own.ca })
    own.put(renewed)
    expect(await status(server.url, own.ca)).toBe(200)
    await server.renewCertificate()
    expect(await status(server.url, renewed.cert)).toBe(200)
    await expect(status(server.url, own.ca)).rejects.toThrow(/self-signed/)
    before.write(requestText(signedHeaders(server.url)))
    expect(String((await once(before, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK/)
    const oldest = agree(server.port, { ca: renewed.cert, ...OLD, maxVersion: 'TLSv1.1' })
    await expect(oldest).rejects.toMatchObject({ code: expect.stringContaining('ALERT') })
    await server.close()
  })

  it('that cannot be used is refused, and the one from before stays', async () => {
    own.put(renewed)
    const server = await serverWith({ tlsCert: own.tlsCert, tlsKey: own.tlsKey })
    own.put({ cert: makeCertificate().cert, key: renewed.key })
    await expect(server.renewCertificate()).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `the TLS key file ${own.tlsKey} does not belong to the certificate in ${own.tlsCert}`,
    })
    expect(await status(server.url, renewed.cert)).toBe(200)
    await server.close()
  })

  it('is nothing to a server of plain HTTP', async () => {
    const server = await startTestServer(keys)
    await expect(server.renewCertificate()).resolves.toBeUndefined()
    await server.close()
  })
})
