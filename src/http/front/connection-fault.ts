/**
 * What is written to a connection whose bytes are no HTTP request for us.
 *
 * @module
 */
import { JSON_TYPE } from '../protocols/aws-json.js'
import { BAD_TARGET } from './request-target.js'

/**
 * What is written to a connection whose bytes are no HTTP request. `code` is Node's.
 * The connection ends with it: where the next request would begin is unknown.
 */
export function connectionFault(code: string | undefined): string {
  const [status, name, message] = CONNECTION[code ?? ''] ?? NOT_HTTP
  const body = JSON.stringify({ __type: name, message })
  return `HTTP/1.1 ${status}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
}

type ConnectionFault = readonly [status: string, name: string, message: string]

const NOT_HTTP: ConnectionFault = [
  '400 Bad Request',
  'SerializationException',
  'the request is not well-formed HTTP',
]

const CONNECTION: Readonly<Record<string, ConnectionFault>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'RequestEntityTooLargeException',
    'the request head is too large',
  ],
  HPE_INVALID_URL: ['400 Bad Request', 'SerializationException', BAD_TARGET],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    'RequestTimeoutException',
    'the request was not there in time',
  ],
}
