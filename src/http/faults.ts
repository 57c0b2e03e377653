/**
 * Failures as AWS's clients expect them: HTTP status, error name and body for each protocol.
 *
 * The only place that knows statuses and error bodies. A client's mistake is told with its message; what
 * went wrong in here is told as an internal error, and said in the log (log.ts). Source: DESIGN "KMS":
 * AWS KMS answers 400 to every client error, whatever its API model says; AWS STS, common errors.
 *
 * @module
 */
import { type FaultCode, isSealtrailError } from '../errors.js'
import { BAD_TARGET } from './front/request-target.js'
import type { Answer } from './received.js'

export const JSON_TYPE = 'application/x-amz-json-1.1'
export const XML_TYPE = 'text/xml'
export const QUERY_JSON_TYPE = 'application/json'

interface Fault {
  readonly code: FaultCode
  /** Empty: there is none. */
  readonly message: string
}

interface Wire {
  readonly status: number
  readonly name: string
}

const INTERNAL: Fault = {
  code: 'KMSInternalException',
  message: 'The request could not be carried out because of an internal error; it can be retried.',
}

/** A failed decrypt says nothing, so that nothing can be learned from it. */
const WITHOUT_MESSAGE: ReadonlySet<FaultCode> = new Set(['InvalidCiphertextException'])

/** Codes of ours that a request can run into; other ones are internal errors. */
const OURS: Readonly<Partial<Record<FaultCode, Wire>>> = {
  InputTooLarge: { status: 413, name: 'RequestEntityTooLargeException' },
  Closed: { status: 503, name: 'ServiceUnavailableException' },
}

const INTERNAL_CODES: ReadonlySet<FaultCode> = new Set([
  'ConfigInvalid',
  'InputInvalid',
  'KeyReleased',
])

/** AWS's JSON services; 400 for all that is not here. */
const JSON_STATUS: Readonly<Partial<Record<FaultCode, number>>> = {
  KMSInternalException: 500,
  KeyUnavailableException: 500,
  ThrottlingException: 503,
}

/** The names that the query protocol has for the same things. */
const QUERY: Readonly<Partial<Record<FaultCode, Wire>>> = {
  AccessDeniedException: { status: 403, name: 'AccessDenied' },
  IncompleteSignatureException: { status: 400, name: 'IncompleteSignature' },
  InvalidSignatureException: { status: 403, name: 'SignatureDoesNotMatch' },
  MissingAuthenticationTokenException: { status: 403, name: 'MissingAuthenticationToken' },
  SerializationException: { status: 400, name: 'MalformedInput' },
  ThrottlingException: { status: 503, name: 'Throttling' },
  UnknownOperationException: { status: 400, name: 'InvalidAction' },
  UnrecognizedClientException: { status: 403, name: 'InvalidClientTokenId' },
  ValidationException: { status: 400, name: 'ValidationError' },
  KMSInternalException: { status: 500, name: 'InternalFailure' },
}

const RETRY_AFTER_SECONDS = 1

/** AWS JSON 1.1: `{"__type": "…", "message": "…"}`. */
export function jsonFault(error: unknown): Answer {
  const { code, message } = faultOf(error)
  const { status, name } = OURS[code] ?? { status: JSON_STATUS[code] ?? 400, name: code }
  const body = JSON.stringify(
    message === '' || WITHOUT_MESSAGE.has(code) ? { __type: name } : { __type: name, message },
  )
  return answer(status, JSON_TYPE, body)
}

/** The query protocol's XML; `namespace` is the service's. */
export function queryFault(error: unknown, requestId: string, namespace: string): Answer {
  const { status, name, type, message } = queryWire(error)
  const body = `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${name}</Code><Message>${xmlText(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  return answer(status, XML_TYPE, body)
}

/** The same as JSON, for a client that asked for it. */
export function queryJsonFault(error: unknown, requestId: string): Answer {
  const { status, name, type, message } = queryWire(error)
  const body = { Error: { Code: name, Message: message, Type: type }, RequestId: requestId }
  return answer(status, QUERY_JSON_TYPE, JSON.stringify(body))
}

function queryWire(error: unknown) {
  const { code, message } = faultOf(error)
  const { status, name } = OURS[code] ?? QUERY[code] ?? { status: 400, name: code }
  return { status, name, type: status >= 500 ? 'Receiver' : 'Sender', message }
}

/** No service of ours is behind this request. */
export function nothingHere(): Answer {
  const message = 'There is no AWS KMS or AWS STS request in this.'
  return answer(404, JSON_TYPE, JSON.stringify({ __type: 'UnknownOperationException', message }))
}

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

/** Text between tags; what XML cannot hold is left out. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** Our own trouble, and our mistakes, are not explained to a client. */
function faultOf(error: unknown): Fault {
  if (!isSealtrailError(error)) return INTERNAL
  const { code, message, fault } = error
  if (code in OURS || code === 'ThrottlingException') return { code, message }
  if (fault === 'client' && !INTERNAL_CODES.has(code)) return { code, message }
  return code === 'KeyUnavailableException' ? { code, message } : INTERNAL
}

function answer(status: number, contentType: string, body: string): Answer {
  return status === 503
    ? { status, contentType, body, retryAfterSeconds: RETRY_AFTER_SECONDS }
    : { status, contentType, body }
}
