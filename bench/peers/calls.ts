/**
 * Signed KMS calls, as every contender gets them: by fetch where the answer is looked at, as text for a load.
 *
 * @module
 */
import { signRequest } from '../../src/sigv4/sign-request.js'
import type { Running } from './contenders.js'

type Target = Pick<Running, 'url' | 'accessKeyId' | 'secretAccessKey'>

export interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

export async function call(target: Target, operation: string, input: object): Promise<Answer> {
  const body = JSON.stringify(input)
  const { host: _, ...headers } = headersOf(target, operation, body)
  const response = await fetch(target.url, { method: 'POST', headers, body })
  const text = await response.text()
  let json = {}
  try {
    json = JSON.parse(text)
  } catch {}
  return { status: response.status, json }
}

/** The same as bytes of HTTP, one byte a character. */
export function requestText(target: Target, operation: string, input: object): string {
  const body = JSON.stringify(input)
  const headers = Object.entries(headersOf(target, operation, body))
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST / HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`
}

function headersOf(target: Target, operation: string, body: string): Record<string, string> {
  return signRequest(
    {
      method: 'POST',
      path: '/',
      headers: {
        host: new URL(target.url).host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
        'user-agent': 'sealtrail-bench/1',
      },
      body: Buffer.from(body),
    },
    { ...target, region: 'us-east-1', service: 'kms', now: Date.now() },
  )
}
