/** A door that reads its bodies itself, and what a client needs to send it some: no service, only bytes. */
import { createHash, hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { isSealtrailError, SealtrailError } from '../../src/errors.js'
import { streamingBody, wholeBody } from '../../src/http/bodies/streaming-body.js'
import type { Door } from '../../src/http/doors/door.js'
import { faultOf } from '../../src/http/protocols/faults.js'
import type { Answer, Received } from '../../src/http/received.js'
import type { Scope } from '../../src/sigv4/claim.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { deriveSigningKey } from '../../src/sigv4/signing-keys.js'
import { ACCESS_KEY, type RawClient, REGION } from './http.js'

export const WHOLE_BYTES_MAX = 100_000

export interface StreamDoor extends Door {
  /** What ended a body early. */
  readonly errors: unknown[]
  /** While set, a body is read no further. */
  pause: Promise<void> | undefined
  /** Bytes read, and made, by all requests so far. */
  read: number
  made: number
  /** Answers that flow and have not ended. */
  flowing: number
}

/**
 * `/stream/count` reads all and says what it was; `/stream/whole` too, at once; `/stream/refuse` refuses before it reads,
 * `/stream/some` after the first piece; `/stream/flow?bytes=…&fail=…` sends bytes, and fails after so many.
 */
export function streamDoor(): StreamDoor {
  const door: StreamDoor = {
    errors: [],
    pause: undefined,
    ...{ read: 0, made: 0, flowing: 0 },
    takes: ({ path }) => path.startsWith('/stream/'),
    rules: { service: 's3', pathEncoding: 'once', unsignedPayload: true },
    body: 'stream',
    operationOf: ({ path }) => path.slice(0, 20),
    fault(error) {
      const { status, name, message } = faultOf(
        error,
        { ThrottlingException: { status: 503 } },
        'InternalError',
      )
      return json(status, { name, message })
    },
    async answer(request) {
      try {
        return await answer(door, request)
      } catch (error) {
        door.errors.push(isSealtrailError(error) ? error.code : (error as Error).name)
        throw error
      }
    },
  }
  return door
}

async function answer(door: StreamDoor, request: Received): Promise<Answer> {
  const query = new URLSearchParams(request.query)
  switch (request.path) {
    case '/stream/whole': {
      const body = await wholeBody(request, WHOLE_BYTES_MAX)
      return json(200, { bytes: body.length, sha256: hash('sha256', body, 'hex') })
    }
    case '/stream/flow': {
      const bytes = Number(query.get('bytes'))
      const end = Number(query.get('end') ?? bytes)
      const fail = Number(query.get('fail') ?? Number.POSITIVE_INFINITY)
      const body = Readable.from(flow(door, end, fail), { objectMode: false })
      door.flowing++
      body.once('close', () => door.flowing--)
      return { status: 200, headers: ['Content-Length', String(bytes)], body }
    }
    case '/stream/status':
      return { status: Number(query.get('is')), headers: [], body: '' }
    case '/stream/refuse':
      throw new SealtrailError('InvalidRequest', 'before it was read')
    default:
      return await count(door, request)
  }
}

async function count(door: StreamDoor, request: Received): Promise<Answer> {
  const { bytes, whole, pieces, trailers } = streamingBody(request)
  const sha256 = createHash('sha256')
  let read = 0
  for await (const piece of pieces) {
    read += piece.length
    door.read += piece.length
    sha256.update(piece)
    if (request.path === '/stream/some')
      throw new SealtrailError('InvalidRequest', 'after some of it')
    await door.pause
  }
  const isWhole = whole !== undefined
  const said = Object.fromEntries(trailers())
  return json(200, { bytes, read, isWhole, sha256: sha256.digest('hex'), trailers: said })
}

async function* flow(door: StreamDoor, bytes: number, fail: number): AsyncGenerator<Buffer> {
  for (let made = 0; made < bytes; ) {
    if (made >= fail) throw new SealtrailError('ObjectDamaged', 'a frame is damaged')
    const piece = flowBytes(made, Math.min(bytes, made + 50_000, made < fail ? fail : bytes))
    made += piece.length
    door.made += piece.length
    yield piece
  }
}

/** What `/stream/flow` sends from byte `start` on. */
export function flowBytes(start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start)
  for (let i = 0; i < bytes.length; i += 997) bytes[i] = (start + i) % 251
  return bytes
}

function json(status: number, value: object): Answer {
  return { status, headers: ['Content-Type', 'application/json'], body: JSON.stringify(value) }
}

export interface Upload {
  readonly method?: string
  readonly path: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  /** x-amz-content-sha256; else the hash of `body`. */
  readonly payload?: string
  readonly body?: Uint8Array | undefined
}

/** All headers of a signed request to the door, but for lengths. */
export function uploadHeaders(url: string, upload: Upload): Record<string, string> {
  const payload = upload.payload ?? hash('sha256', upload.body ?? '', 'hex')
  return signRequest(
    {
      ...{ method: upload.method ?? 'PUT', path: upload.path, query: upload.query ?? '' },
      headers: { host: new URL(url).host, 'x-amz-content-sha256': payload, ...upload.headers },
    },
    { ...ACCESS_KEY, ...{ region: REGION, service: 's3', pathEncoding: 'once', now: Date.now() } },
  )
}

/** The head of a signed request, with more headers that are not signed. */
export function uploadHead(url: string, upload: Upload, more: Record<string, string> = {}): string {
  return headText(upload, { ...uploadHeaders(url, upload), ...more })
}

export function headText(
  { method = 'PUT', path, query }: Upload,
  headers: Record<string, string>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const target = query ? `${path}?${query}` : path
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}

export interface Told {
  readonly status: number
  readonly json: Record<string, unknown>
}

/** The last answer that is whole. */
export async function answerOf(client: RawClient): Promise<Told> {
  const text = await client.until(/HTTP\/1\.1 [2-5]\d\d [\s\S]*\r\n\r\n\{.*\}$/)
  const last = text.slice(text.search(/HTTP\/1\.1 [2-5]/))
  return {
    status: Number(last.slice(9, 12)),
    json: JSON.parse(last.slice(last.indexOf('\r\n\r\n'))),
  }
}

/** A body in signed chunks of `chunkBytes`, as AWS's clients write it behind `headers`. */
export function signedChunks(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  chunkBytes: number,
  trailers?: Readonly<Record<string, string>>,
  secretAccessKey = ACCESS_KEY.secretAccessKey,
): Buffer {
  const { authorization = '', 'x-amz-date': timestamp = '' } = headers
  const scope: Pick<Scope, 'date' | 'region' | 'service'> = {
    ...{ date: timestamp.slice(0, 8), region: REGION, service: 's3' },
  }
  const key = deriveSigningKey(secretAccessKey, scope)
  const lines = `${timestamp}\n${scope.date}/${scope.region}/s3/aws4_request`
  let before = authorization.slice(-64)
  const sign = (what: string, hashes: string) => {
    before = key.hex(`AWS4-HMAC-SHA256-${what}\n${lines}\n${before}\n${hashes}`)
    return before
  }
  const out: Uint8Array[] = []
  for (let at = 0; ; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes)
    const signature = sign(
      'PAYLOAD',
      `${hash('sha256', '', 'hex')}\n${hash('sha256', chunk, 'hex')}`,
    )
    out.push(Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signature}\r\n`))
    if (chunk.length === 0) break
    out.push(chunk, Buffer.from('\r\n'))
  }
  const said = Object.entries(trailers ?? {})
  for (const [name, value] of said) out.push(Buffer.from(`${name}:${value}\r\n`))
  if (trailers !== undefined) {
    const text = said.map(([name, value]) => `${name}:${value}\n`).join('')
    const signature = sign('TRAILER', hash('sha256', text, 'hex'))
    out.push(Buffer.from(`x-amz-trailer-signature:${signature}\r\n`))
  }
  out.push(Buffer.from('\r\n'))
  return Buffer.concat(out)
}

/** In HTTP's own chunks. */
export function framed(bytes: Uint8Array, pieceBytes: number): Buffer {
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes)
    out.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  out.push(Buffer.from('0\r\n\r\n'))
  return Buffer.concat(out)
}

/** Once `count` stands still. */
export async function standing(count: () => number): Promise<number> {
  for (let before = -1, times = 0; ; ) {
    const now = count()
    times = now === before ? times + 1 : 0
    if (times === 5) return now
    before = now
    await delay(60)
  }
}
