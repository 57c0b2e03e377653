/** A house with a port of its own, clients of its S3, and requests that no SDK would send. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { ListenOptions } from '../../src/listen.js'
import { openSealtrail, type Sealtrail } from '../../src/sealtrail.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { readCredentials } from './serve.js'

export const REGION = 'eu-central-1'
/** The fronts that can be had here. */
export const FRONTS = ['node', 'native'] as const

export interface Sent {
  readonly method?: string
  /** As it goes out. */
  readonly path: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** Not signed unless it is. */
  readonly isUnsigned?: boolean
}

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** All Content-Length headers that there were. */
  readonly lengths: readonly string[]
  readonly body: Buffer
  readonly text: string
  /** Of an error. */
  readonly code: string | undefined
  readonly message: string | undefined
}

export interface ServedHouse {
  readonly house: Sealtrail
  readonly url: string
  readonly credentials: { accessKeyId: string; secretAccessKey: string }
  client(config?: S3ClientConfig): S3Client
  headersOf(sent: Sent): Record<string, string>
  send(sent: Sent): Promise<Heard>
  /** Blobs that have a file of their own, and those that are being written. */
  blobFiles(): { readonly whole: number; readonly begun: number }
  close(): Promise<void>
}

export async function serveHouse(options: ListenOptions = {}): Promise<ServedHouse> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sealtrail-s3-'))
  const house = await openSealtrail({ dataDir, region: REGION })
  const { url } = await house.listen({ port: 0, ...options })
  const credentials = readCredentials(dataDir)
  const clients: S3Client[] = []
  const headersOf = ({ method = 'GET', path, query = '', headers = {}, body = '' }: Sent) =>
    signRequest(
      {
        ...{ method, path, query, body: Buffer.from(body) },
        headers: {
          host: new URL(url).host,
          'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
          ...headers,
        },
      },
      { ...credentials, region: REGION, service: 's3', pathEncoding: 'once', now: Date.now() },
    )
  return {
    ...{ house, url, credentials, headersOf },
    client(config = {}) {
      const client = new S3Client({
        ...{ endpoint: url, region: REGION, credentials, forcePathStyle: true, maxAttempts: 1 },
        ...config,
      })
      clients.push(client)
      return client
    },
    send: (sent) => send(url, sent.isUnsigned ? (sent.headers ?? {}) : headersOf(sent), sent),
    blobFiles: () => ({
      whole: filesBelow(join(dataDir, 'objects/files')),
      begun: filesBelow(join(dataDir, 'objects/uploads')),
    }),
    async close() {
      for (const client of clients) client.destroy()
      await house.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function filesBelow(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}

/** `path` goes out as it is, which neither fetch nor an SDK does. */
export async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  { method = 'GET', path, query = '', body = '' }: Sent,
): Promise<Heard> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve, reject) => {
    const message = httpRequest(
      {
        ...{ hostname, port, method, path: query === '' ? path : `${path}?${query}`, agent: false },
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece) => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () => {
          const all = Buffer.concat(pieces)
          const text = all.toString('utf8')
          const raw = response.rawHeaders
          resolve({
            ...{ status: response.statusCode ?? 0, headers: response.headers, body: all, text },
            lengths: raw.filter((_, i) => i % 2 === 1 && /^content-length$/i.test(raw[i - 1]!)),
            code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
            message: /<Message>(.*?)<\/Message>/s.exec(text)?.[1],
          })
        })
      },
    )
    message.on('error', reject)
    message.end(body)
  })
}

/** A form as browsers send it. */
export function formOf(
  fields: Readonly<Record<string, string>> | ReadonlyArray<readonly [string, string]>,
  file?: Uint8Array | string,
  { filename = 'a.txt', boundary = `----${randomBytes(8).toString('hex')}` } = {},
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const parts: Buffer[] = []
  const part = (head: string, body: Uint8Array | string) =>
    parts.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
      Buffer.from(body),
      Buffer.from('\r\n'),
    )
  const pairs = Array.isArray(fields) ? fields : Object.entries(fields)
  for (const [name, value] of pairs) part(`name="${name}"`, value)
  if (file !== undefined) part(`name="file"; filename="${filename}"`, file)
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  return { headers, body: Buffer.concat(parts) }
}
