/**
 * Signed KMS calls as bytes of HTTP, made before they are sent.
 *
 * @module
 */
import { systemClock } from '../../clock.js'
import { signRequest } from '../../sigv4/sign-request.js'
import type { AccessKey } from '../user.js'

export interface Addressee extends AccessKey {
  readonly url: string
  readonly region: string
}

/** One byte a character. */
export function requestText(target: Addressee, operation: string, input: object): string {
  const body = JSON.stringify(input)
  const headers = Object.entries(headersOf(target, operation, body))
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST / HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`
}

export function headersOf(
  { url, ...signer }: Addressee,
  operation: string,
  body: string,
): Record<string, string> {
  return signRequest(
    {
      method: 'POST',
      path: '/',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
        'user-agent': 'sealtrail-bench/1',
      },
      body: Buffer.from(body),
    },
    { ...signer, service: 'kms', now: systemClock.now() },
  )
}
