/**
 * A request in the one form that both sides of Signature Version 4 hash.
 *
 *     POST                                                            method
 *     /                                                               path
 *                                                                     query, sorted
 *     host:kms.example                                                the signed headers, trimmed
 *     x-amz-date:20150830T123600Z
 *
 *     host;x-amz-date                                                 their names
 *     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855   SHA-256 of the body
 *
 * Text only: no keys, no clock, no opinion on who signed. What the result is used for is in
 * verify-signature.ts and sign-request.ts. Source: IAM user guide, "Create a signed AWS API request".
 *
 * @module
 */
import { hash } from 'node:crypto'
import { asUtf8, canonicalQuery, decodeUri, encodeUri, type Pair } from '../aws/query-string.js'

/** `twice` for every service but S3, which takes paths as they are and encodes them once. */
export type PathEncoding = 'twice' | 'once'

/** A request as it came in, or as it will go out; header values are one byte a character. */
export interface SignedRequest {
  readonly method: string
  /** As sent: still percent-encoded, without the query. */
  readonly path: string
  /** As sent, after the `?`; empty when there is none. */
  readonly query: string
  readonly headers: Headers
  /** Undefined where it is not read yet: then the request says the hash that was signed. */
  readonly body: Uint8Array | undefined
  /** Of a front that has it so: method, target and headers as bytes. */
  readonly head?: Head | undefined
}

/** A head as lines: method, target, then `name:value` for each of the headers; each line ends with a line feed. */
export interface Head {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** Lower-case name → value; headers that came several times are joined with `,` in their order. */
export type Headers = Pick<
  ReadonlyMap<string, string>,
  'get' | 'has' | 'keys' | typeof Symbol.iterator
>

/** `raw`: name, value, name, value … as they came in. */
export function collectHeaders(raw: readonly string[]): Headers {
  const headers = new Map<string, string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    const value = raw[i + 1]!
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`)
  }
  return headers
}

/**
 * @param pairs the query, decoded, without the signature itself.
 * @param signedHeaders lower-case names as the signature lists them; one that is missing reads as empty.
 * @param payloadHash lower-case hex, or a marker such as `UNSIGNED-PAYLOAD`.
 */
export function canonicalRequest(
  request: Pick<SignedRequest, 'method' | 'path' | 'headers'>,
  pairs: readonly Pair[],
  signedHeaders: readonly string[],
  payloadHash: string,
  pathEncoding: PathEncoding,
): string {
  const path = canonicalPath(request.path, pathEncoding)
  let text = `${request.method}\n${path}\n${canonicalQuery(pairs)}\n`
  for (const name of signedHeaders) {
    text += `${name}:${canonicalValue(request.headers.get(name) ?? '')}\n`
  }
  return `${text}\n${signedHeaders.join(';')}\n${payloadHash}`
}

/** @param timestamp `YYYYMMDDTHHMMSSZ`. @param scope date/region/service/aws4_request. */
export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  // A string is hashed as UTF-8, which for ASCII is the same bytes, and cheaper than a copy of them.
  const isAscii = Buffer.byteLength(canonical) === canonical.length
  const digest = hash('sha256', isAscii ? canonical : Buffer.from(canonical, 'latin1'), 'hex')
  return `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${digest}`
}

function canonicalPath(path: string, encoding: PathEncoding): string {
  if (path === '/' || path === '') return '/'
  const sent = asUtf8(path)
  if (encoding === 'once') {
    return sent
      .split('/')
      .map((segment) => encodeUri(decodeUri(segment)))
      .join('/')
  }
  const segments: string[] = []
  for (const segment of sent.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(encodeUri(segment))
  }
  if (segments.length === 0) return '/'
  return `/${segments.join('/')}${sent.endsWith('/') ? '/' : ''}`
}

/** Trimmed; runs of white space, line folds among them, become one space. ASCII only: bytes, not text. */
function canonicalValue(value: string): string {
  if (!/^[ \t\r\n]|[ \t\r\n]$|[ \t\r\n]{2}|[\t\r\n]/.test(value)) return value
  return value.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '')
}
