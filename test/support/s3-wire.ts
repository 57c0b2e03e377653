/** What AWS's SDK puts on the wire for S3, and what it makes of our answers, without a network between. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { restXml } from '../../src/http/protocols/rest-xml/rest-xml.js'
import type { Answer, Received } from '../../src/http/received.js'
import { S3_API } from '../../src/s3/model.js'
import { ACCESS_KEY } from './http.js'

export const HOSTS = ['localhost']
export const PROTOCOL = restXml(S3_API, HOSTS)
export const REQUEST_ID = '1b3f2a44-9a0e-4c5d-8e7f-001122334455'

interface SdkRequest {
  readonly method: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A client whose requests `serve` answers. */
export function clientOf(
  serve: (request: Received & { body: Buffer }) => Answer | Promise<Answer>,
  config: S3ClientConfig = {},
): S3Client {
  return new S3Client({
    endpoint: 'http://localhost:4599',
    region: 'eu-central-1',
    credentials: ACCESS_KEY,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      async handle(request: SdkRequest) {
        const answer = await serve(await receivedFrom(request))
        return { response: responseOf(answer) }
      },
    } as NonNullable<S3ClientConfig['requestHandler']>,
    ...config,
  })
}

export function received(given: Partial<Received> & { body?: Buffer } = {}) {
  return {
    requestId: REQUEST_ID,
    method: 'GET',
    path: '/',
    query: '',
    headers: new Map([['host', 'localhost:4599']]),
    body: Buffer.alloc(0),
    isGone: () => false,
    invite: undefined,
    sourceIpAddress: '127.0.0.1',
    ...given,
  }
}

async function receivedFrom(request: SdkRequest): Promise<Received & { body: Buffer }> {
  const pairs: string[] = []
  for (const [name, values] of Object.entries(request.query ?? {})) {
    for (const value of Array.isArray(values) ? values : [values]) {
      pairs.push(
        value === null
          ? encodeURIComponent(name)
          : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
      )
    }
  }
  const headers = new Map(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  headers.set('host', request.port ? `${request.hostname}:${request.port}` : request.hostname)
  const { method, path, body } = request
  return received({ method, path, query: pairs.join('&'), headers, body: await bytesOf(body) })
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0)
  if (body instanceof Readable) return await buffer(body)
  return Buffer.from(body as string)
}

/** As the SDK's own handler gives it: names in lower case, a stream. */
function responseOf({ status, headers: fields, body }: Answer) {
  const headers: Record<string, string> = {}
  for (let i = 0; i + 1 < fields.length; i += 2) headers[fields[i]!.toLowerCase()] = fields[i + 1]!
  const stream = body instanceof Readable ? body : Readable.from([Buffer.from(body)])
  return { statusCode: status, headers, body: stream }
}
