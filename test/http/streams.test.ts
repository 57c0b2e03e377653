/** Bodies that are read as they come, and answers that flow: through whichever front the suite is run for. */
import { hash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { presignQuery } from '../../src/sigv4/sign-request.js'
import {
  ACCESS_KEY,
  callSigned,
  fakeKms,
  RawClient,
  REGION,
  requestText,
  signedHeaders,
  startTestServer,
  type TestServer,
} from '../support/http.js'
import {
  answerOf,
  flowBytes,
  framed,
  headText,
  type StreamDoor,
  signedChunks,
  standing,
  streamDoor,
  type Told,
  type Upload,
  uploadHead,
  uploadHeaders,
  WHOLE_BYTES_MAX,
} from '../support/stream-door.js'

const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const SIGNED_TRAILER = `${SIGNED}-TRAILER`
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
/** More than sockets hold by themselves. */
const MUCH = 100 * 1000 * 1000
const LITTLE = 20 * 1000 * 1000

let door: StreamDoor
let server: TestServer
const clients: RawClient[] = []

/** For the tests of one `describe`: other suites that run in this file have servers of their own. */
function haveServer(): void {
  beforeAll(async () => {
    door = streamDoor()
    server = await startTestServer(
      fakeKms(() => ({ Keys: [], Truncated: false })),
      {
        doors: [door],
        inflightMax: 4,
        queueMax: 4,
        requestTimeoutMs: 4000,
      },
    )
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    door.errors.length = 0
    // Whatever came before: all places are there, and a good request is answered.
    const all = await Promise.all(Array.from({ length: 8 }, () => callSigned(server.url)))
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200))
  })

  afterAll(() => server.close())
}

function open(): RawClient {
  const client = new RawClient(server.port)
  clients.push(client)
  return client
}

function headOf(upload: Upload, more?: Record<string, string>): string {
  return uploadHead(server.url, upload, more)
}

async function put(upload: Upload, sent: Uint8Array, more?: Record<string, string>): Promise<Told> {
  const client = open()
  client.write(headOf(upload, more ?? { 'content-length': String(sent.length) }))
  client.write(sent)
  return await answerOf(client)
}

/** Writes as the socket takes it, without holding it all. */
async function pour(client: RawClient, bytes: number, piece: Buffer): Promise<void> {
  for (let sent = 0; sent < bytes && !client.isClosed; sent += piece.length) {
    const rest = piece.subarray(0, Math.min(piece.length, bytes - sent))
    if (!client.socket.write(rest)) {
      const drained = new Promise((resolve) => client.socket.once('drain', resolve))
      await Promise.race([drained, client.closed()])
    }
  }
}

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex')
const code = (name: string) => expect.objectContaining({ json: expect.objectContaining({ name }) })

describe('a body that is read as it comes', () => {
  haveServer()
  const path = '/stream/count'

  it.each([0, 1, 100, 5000, 70_000, 3_000_000])(
    'of %i bytes arrives as it was signed',
    async (size) => {
      const body = randomBytes(size)
      const { status, json } = await put({ path, body }, body)
      expect(status).toBe(200)
      expect(json).toMatchObject({ bytes: size, read: size, sha256: sha256(body) })
    },
  )

  it('arrives unsigned too, and in chunks of HTTP without a length', async () => {
    const body = randomBytes(200_000)
    const arrives = { read: body.length, sha256: sha256(body) }
    const unsigned = await put({ path, payload: 'UNSIGNED-PAYLOAD' }, body)
    expect(unsigned.json).toMatchObject({ ...arrives, bytes: body.length })
    const chunks = { 'transfer-encoding': 'chunked' }
    expect((await put({ path, body }, framed(body, 30_000), chunks)).json).toMatchObject(arrives)
  })

  it('that is not as signed is refused, whole or not, of any size', async () => {
    for (const size of [1, 5000, 300_000]) {
      const body = randomBytes(size)
      const other = Buffer.from(body)
      other[size - 1]! ^= 1
      const refused = code('XAmzContentSHA256Mismatch')
      expect(await put({ path, body }, other)).toEqual(refused)
      const text = framed(other, 1000)
      expect(await put({ path, body }, text, { 'transfer-encoding': 'chunked' })).toEqual(refused)
    }
    const empty = await put({ path, body: Buffer.of(1) }, Buffer.from(''), {})
    expect(empty).toEqual(code('XAmzContentSHA256Mismatch'))
  })

  it('is empty without a length', async () => {
    const { json } = await put({ path }, Buffer.from(''), {})
    expect(json).toMatchObject({ bytes: 0, read: 0, isWhole: true })
  })

  it.each([
    ['one after the other', 1],
    ['in pieces of seven bytes', 7],
  ])('arrives in AWS’s chunks %s', async (_, pieceBytes) => {
    const body = randomBytes(20_000)
    const decoded = { 'x-amz-decoded-content-length': String(body.length) }
    const upload = { path, payload: SIGNED, headers: decoded }
    const headers = uploadHeaders(server.url, upload)
    const sent = signedChunks(headers, body, 8192)
    const client = open()
    client.write(headText(upload, { ...headers, 'content-length': String(sent.length) }))
    for (let at = 0; at < sent.length; at += pieceBytes) {
      client.write(sent.subarray(at, at + pieceBytes))
      if (at % 500 < pieceBytes) await delay(1)
    }
    expect((await answerOf(client)).json).toMatchObject({
      ...{ bytes: body.length, read: body.length, sha256: sha256(body) },
    })
  })

  it.each([100, 200_000])(
    'arrives in AWS’s chunks inside HTTP’s, signed and not, with trailers: %i bytes',
    async (size) => {
      const body = randomBytes(size)
      const [trailer, value] = ['x-amz-checksum-crc32', 'AAAAAA==']
      const headers = {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(body.length),
        'x-amz-trailer': trailer,
      }
      const arrives = { read: body.length, sha256: sha256(body), trailers: { [trailer]: value } }
      const signed = { path, payload: SIGNED_TRAILER, headers }
      const all = uploadHeaders(server.url, signed)
      const text = signedChunks(all, body, 65_536, { [trailer]: value })
      const unsigned = Buffer.concat([
        Buffer.from(`${body.length.toString(16)}\r\n`),
        body,
        Buffer.from(`\r\n0\r\n${trailer}:${value}\r\n\r\n`),
      ])
      for (const lengths of [false, true]) {
        const more = (sent: Buffer): Record<string, string> =>
          lengths ? { 'content-length': String(sent.length) } : { 'transfer-encoding': 'chunked' }
        const client = open()
        client.write(headText(signed, { ...all, ...more(text) }))
        client.write(lengths ? text : framed(text, 10_000))
        expect((await answerOf(client)).json).toMatchObject(arrives)
        const other = { path, payload: UNSIGNED_TRAILER, headers }
        const sent = lengths ? unsigned : framed(unsigned, 7777)
        expect((await put(other, sent, more(unsigned))).json).toMatchObject(arrives)
      }
    },
  )

  it('in AWS’s chunks is refused where one is wrong, cut, or missing', async () => {
    const body = randomBytes(20_000)
    const headers = { 'x-amz-decoded-content-length': String(body.length) }
    const upload = { path, payload: SIGNED, headers }
    const sendChanged = async (change: (text: Buffer) => Buffer) => {
      const all = uploadHeaders(server.url, upload)
      const text = change(signedChunks(all, body, 8192))
      const client = open()
      client.write(headText(upload, { ...all, 'content-length': String(text.length) }))
      client.write(text)
      return await answerOf(client)
    }
    const flipped = (at: number) => (text: Buffer) => {
      text[at]! ^= 1
      return text
    }
    expect((await sendChanged((text) => text)).status).toBe(200)
    expect(await sendChanged(flipped(200))).toEqual(code('SignatureDoesNotMatch'))
    expect(await sendChanged(flipped(9000))).toEqual(code('SignatureDoesNotMatch'))
    expect(await sendChanged((text) => text.subarray(0, -1))).toEqual(code('IncompleteBody'))
    expect(await sendChanged((text) => text.subarray(8284))).toEqual(code('SignatureDoesNotMatch'))
    expect(await sendChanged((text) => Buffer.concat([text, text]))).toEqual(code('InvalidRequest'))
    const short = { ...upload, headers: { 'x-amz-decoded-content-length': '19999' } }
    const all = uploadHeaders(server.url, short)
    const text = signedChunks(all, body, 8192)
    const client = open()
    client.write(headText(short, { ...all, 'content-length': String(text.length) }))
    client.write(text)
    expect(await answerOf(client)).toEqual(code('IncompleteBody'))
    const none = await put({ path, payload: SIGNED }, Buffer.from('0\r\n\r\n'))
    expect(none).toEqual(code('MissingContentLength'))
  })

  it('says what is signed in words that are known', async () => {
    expect(await put({ path, payload: 'SIGNED-BY-ME' }, Buffer.of(1))).toEqual(
      code('InvalidArgument'),
    )
    const { 'x-amz-content-sha256': _, ...headers } = uploadHeaders(server.url, { path })
    const client = open()
    client.write(headText({ path }, headers))
    expect(await answerOf(client)).toMatchObject({ status: 400 })
  })

  it('may be presigned, for a week', async () => {
    const signer = {
      ...ACCESS_KEY,
      region: REGION,
      service: 's3',
      now: Date.now() - 6 * 86_400_000,
    }
    const headers = { host: new URL(server.url).host }
    const request = { method: 'PUT', path, headers }
    const query = presignQuery(request, { ...signer, pathEncoding: 'once' }, 7 * 86_400)
    const sent = { method: 'PUT', body: 'presigned' }
    const response = await fetch(`${server.url}${path}?${query}`, sent)
    expect(await response.json()).toMatchObject({ read: 9 })
  })

  it('is held back while nobody reads it, and arrives all the same', async () => {
    let resume = () => {}
    door.pause = new Promise((resolve) => {
      resume = resolve
    })
    const client = open()
    const piece = Buffer.alloc(1 << 20, 7)
    const before = door.read
    client.write(headOf({ path, payload: 'UNSIGNED-PAYLOAD' }, { 'content-length': String(MUCH) }))
    const poured = pour(client, MUCH, piece)
    const sent = await standing(() => client.socket.bytesWritten - client.socket.writableLength)
    expect(sent).toBeLessThan(LITTLE)
    expect(door.read - before).toBeLessThan(1 << 20)
    resume()
    door.pause = undefined
    await poured
    const { json } = await answerOf(client)
    expect(json).toMatchObject({ bytes: MUCH, read: MUCH })
  })

  it('takes no place while it waits for its client, however many there are', async () => {
    const slow = Array.from({ length: 8 }, () => open())
    const before = door.read
    for (const client of slow) {
      client.write(headOf({ path, payload: 'UNSIGNED-PAYLOAD' }, { 'content-length': '10' }))
      client.write('12345')
    }
    await expect.poll(() => door.read - before).toBe(8 * 5)
    expect((await callSigned(server.url)).status).toBe(200)
    // As many wait as may.
    const more = await put({ path, payload: 'UNSIGNED-PAYLOAD' }, Buffer.alloc(9), {
      'content-length': '10',
    })
    expect(more).toMatchObject({ status: 503 })
    for (const client of slow) client.write('67890')
    const all = await Promise.all(slow.map(answerOf))
    expect(all.map(({ json }) => json.read)).toEqual(all.map(() => 10))
  })

  it('whose client goes away leaves nothing behind', async () => {
    for (const close of ['close', 'reset'] as const) {
      const [client, before] = [open(), door.read]
      client.write(headOf({ path, payload: 'UNSIGNED-PAYLOAD' }, { 'content-length': '100' }))
      client.write('some')
      await expect.poll(() => door.read - before).toBe(4)
      client[close]()
      await expect.poll(() => door.errors.splice(0)).toEqual(['ClientGone'])
    }
  })

  it('is invited once it is wanted, and only then', async () => {
    const more = { 'content-length': '4', expect: '100-continue' }
    const client = open()
    client.write(headOf({ path, payload: 'UNSIGNED-PAYLOAD' }, more))
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    client.write('body')
    expect((await answerOf(client)).json).toMatchObject({ read: 4 })
    const empty = open()
    const nothing = { ...more, 'content-length': '0' }
    empty.write(headOf({ path, payload: 'UNSIGNED-PAYLOAD' }, nothing))
    // Some clients misread the next answer on a connection where they have waited in vain.
    await empty.until(/^HTTP\/1\.1 (100 Continue|200 [\s\S]*Connection: close)\r\n/)
    const refused = open()
    refused.write(headOf({ path: '/stream/refuse', payload: 'UNSIGNED-PAYLOAD' }, more))
    const text = await refused.closed()
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain('Connection: close')
    const stranger = open()
    const headers = uploadHeaders(server.url, { path, payload: 'UNSIGNED-PAYLOAD' })
    const signature = /Signature=(.)/.exec(headers.authorization!)![1]
    const other = signature === '0' ? '1' : '0'
    const authorization = headers.authorization!.replace(/Signature=./, `Signature=${other}`)
    stranger.write(headText({ path }, { ...headers, authorization, ...more }))
    expect(await stranger.closed()).not.toContain('100 Continue')
  })

  it('that is refused unread, or half read, leaves the client its answer and the next request', async () => {
    for (const refusing of ['/stream/refuse', '/stream/some']) {
      const upload = { path: refusing, payload: 'UNSIGNED-PAYLOAD' }
      const client = open()
      client.write(headOf(upload, { 'content-length': String(3_000_000) }))
      await pour(client, 3_000_000, Buffer.alloc(100_000))
      expect(await answerOf(client)).toEqual(code('InvalidRequest'))
      client.received = ''
      client.write(headOf({ path }))
      expect((await answerOf(client)).json).toMatchObject({ read: 0 })
    }
  })

  it('may be wanted whole, up to a size', async () => {
    const path = '/stream/whole'
    for (const size of [0, 10, 9000, WHOLE_BYTES_MAX]) {
      const body = randomBytes(size)
      const arrives = { bytes: size, sha256: sha256(body) }
      expect((await put({ path, body }, body)).json).toEqual(arrives)
      const text = framed(body, 4000)
      const chunked = await put({ path, body }, text, { 'transfer-encoding': 'chunked' })
      expect(chunked.json).toEqual(arrives)
    }
    const body = randomBytes(WHOLE_BYTES_MAX + 1)
    const tooLarge = expect.objectContaining({ status: 413 })
    expect(await put({ path, body }, body)).toEqual(tooLarge)
    const text = framed(body, 9000)
    expect(await put({ path, body }, text, { 'transfer-encoding': 'chunked' })).toEqual(tooLarge)
    const wrong = await put({ path, body: Buffer.of(1) }, Buffer.of(2))
    expect(wrong).toEqual(code('XAmzContentSHA256Mismatch'))
  })
})

describe('an answer that flows', () => {
  haveServer()
  const path = '/stream/flow'
  const get = (query: string, method = 'GET') => headOf({ method, path, query })

  it.each([0, 1, 49_999, 1_000_000])(
    'of %i bytes is what was said, and the connection lives on',
    async (size) => {
      const client = open()
      for (let i = 0; i < 2; i++) {
        client.received = ''
        client.write(get(`bytes=${size}`))
        const head = /^HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\n/
        const text = await client.until(head)
        const start = head.exec(text)![0].length
        expect(text.toLowerCase()).toContain(`content-length: ${size}\r\n`)
        await client.untilBytes(start + size)
        const body = Buffer.from(client.received.slice(start), 'latin1')
        expect(body.equals(Buffer.concat(piecesOf(size)))).toBe(true)
      }
    },
  )

  it('waits for who does not read it', async () => {
    const client = open()
    client.socket.pause()
    const before = door.made
    client.write(get(`bytes=${MUCH}`))
    await expect.poll(() => door.made - before).toBeGreaterThan(0)
    await standing(() => door.made)
    expect(door.made - before).toBeLessThan(LITTLE)
    client.socket.resume()
    await client.untilBytes(MUCH)
    await expect.poll(() => door.flowing).toBe(0)
  })

  it('breaks off where it fails, and says why in the log', async () => {
    const client = open()
    client.write(get('bytes=300000&fail=120000'))
    const text = await client.closed()
    expect(text.length).toBeLessThan(300_000)
    const [last] = server.lines.filter(({ message }) => message === 'broken off').slice(-1)
    expect(JSON.stringify(last)).toContain('a frame is damaged')
  })

  it('breaks off where it is longer or shorter than it says', async () => {
    for (const end of [99_999, 100_001]) {
      const client = open()
      client.write(get(`bytes=100000&end=${end}`))
      const text = await client.closed()
      expect(text.slice(text.indexOf('\r\n\r\n') + 4).length).toBeLessThanOrEqual(100_000)
    }
  })

  it('ends when its client goes away', async () => {
    for (const close of ['close', 'reset'] as const) {
      const client = open()
      client.socket.pause()
      client.write(get(`bytes=${MUCH}`))
      await expect.poll(() => door.flowing).toBe(1)
      client[close]()
      await expect.poll(() => door.flowing).toBe(0)
    }
  })

  it('is a head alone where only that was asked for', async () => {
    const client = open()
    client.write(get('bytes=5000', 'HEAD') + get('bytes=0'))
    const text = await client.until(/200 OK[\s\S]*200 OK[\s\S]*\r\n\r\n$/)
    expect(text.toLowerCase()).toContain('content-length: 5000\r\n')
    expect(text.split('\r\n\r\n')).toHaveLength(3)
    await expect.poll(() => door.flowing).toBe(0)
  })

  it('has no length where there is no body', async () => {
    for (const status of [204, 304]) {
      const client = open()
      client.write(headOf({ method: 'GET', path: '/stream/status', query: `is=${status}` }))
      const text = await client.until(/\r\n\r\n$/)
      expect(text).toContain(`HTTP/1.1 ${status} `)
      expect(text.toLowerCase()).not.toContain('content-length')
    }
  })

  it('keeps nobody else from being served', async () => {
    const slow = Array.from({ length: 8 }, () => open())
    for (const client of slow) {
      client.socket.pause()
      client.write(get(`bytes=${MUCH}`))
    }
    await standing(() => door.made)
    const client = open()
    client.write(requestText(signedHeaders(server.url)))
    expect(await client.until(/\}$/)).toContain('200 OK')
  })
})

function piecesOf(size: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < size; at += 50_000) pieces.push(flowBytes(at, Math.min(size, at + 50_000)))
  return pieces
}
