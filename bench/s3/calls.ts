/**
 * Signed calls of S3, as every contender gets them.
 *
 * @module
 */
import { createHash, hash } from 'node:crypto'
import { signRequest } from '../../src/sigv4/sign-request.js'

export interface Target {
  readonly url: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Sent {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const hashes = new WeakMap<Uint8Array, string>()

/** Bytes that no stretch of comes twice: nothing can be saved on them. */
export function bytesOf(size: number): Buffer {
  return createHash('shake256', { outputLength: size }).update('bench').digest()
}

export function keyOf(number: number): string {
  return `logs/2026/11/30/${String(number).padStart(8, '0')}.json.gz`
}

/** Of a whole request, but for its body. */
export function signedHead(target: Target, sent: Sent): string {
  const lines = Object.entries(headersOf(target, sent)).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const length = `content-length: ${sent.body.length}\r\n`
  return `${sent.method} ${sent.path} HTTP/1.1\r\n${lines.join('')}${length}\r\n`
}

export async function call(target: Target, sent: Sent) {
  const { host: _, ...headers } = headersOf(target, sent)
  const { method, path, body } = sent
  const response = await fetch(target.url + path, {
    ...{ method, headers },
    ...(method === 'GET' ? {} : { body: new Uint8Array(body) }),
  })
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
}

function headersOf(target: Target, { method, path, headers = {}, body }: Sent) {
  const sha256 = hashes.get(body) ?? hash('sha256', body, 'hex')
  hashes.set(body, sha256)
  const given = { host: new URL(target.url).host, 'x-amz-content-sha256': sha256, ...headers }
  return signRequest(
    { method, path, headers: given, body },
    { ...target, region: 'us-east-1', service: 's3', pathEncoding: 'once', now: Date.now() },
  )
}
