/**
 * Who a request says it is from: the parts of its signature, read but not yet believed.
 *
 *     Authorization: AWS4-HMAC-SHA256 Credential=<key id>/<date>/<region>/<service>/aws4_request,
 *                    SignedHeaders=host;x-amz-date, Signature=<64 hex digits>
 *     or the same as query parameters: X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, …
 *
 * Refusals carry AWS's codes and texts, and are made in AWS's order. Whether the claim is true is for
 * verify-signature.ts to say; `--auth trust` takes it at its word (unsigned.ts).
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Pair } from '../aws/query-string.js'
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import type { Headers } from './canonical-request.js'
import { timestampOfDateHeader } from './timestamp.js'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
const CREDENTIAL_AT = `${ALGORITHM} Credential=`.length
export const TERMINATOR = 'aws4_request'
/** How long a signature in the Authorization header is good for, both ways of the clock. */
export const SKEW_SECONDS = 15 * 60
const EXPIRES_SECONDS_MAX = 7 * 24 * 60 * 60

export interface Claim {
  readonly algorithm: string
  /** key id/date/region/service/terminator, as sent. */
  readonly credential: string
  /** Lower-case names. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** As sent; not yet known to be a time. */
  readonly timestamp: string
  /** From the timestamp on. */
  readonly lifeSeconds: number
  readonly sessionToken: string | undefined
  /** The query as it was signed: without the signature. */
  readonly pairs: readonly Pair[]
}

/** The parts of {@link Claim.credential}. */
export interface Scope {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
}

/**
 * @throws SealtrailError `MissingAuthenticationTokenException`, `InvalidSignatureException` (signed twice
 * over), `IncompleteSignatureException`.
 */
export function readClaim(headers: Headers, pairs: readonly Pair[]): Claim {
  const authorization = headers.get('authorization')
  const inQuery = pairs.length > 0 && pairs.some(([name]) => name === 'X-Amz-Algorithm')
  if (authorization === undefined) {
    if (inQuery) return claimOfQuery(pairs)
    throw missing()
  }
  if (inQuery) {
    throw new SealtrailError(
      'InvalidSignatureException',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    )
  }
  if (!authorization.startsWith('AWS4-')) throw missing()
  return claimOfHeader(authorization, headers, pairs)
}

/** @throws SealtrailError `IncompleteSignatureException` */
export function readScope(credential: string): Scope {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/')
  if (accessKeyId && date && region && service && terminator && more.length === 0) {
    return { accessKeyId, date, region, service, terminator }
  }
  throw incomplete(
    `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${excerpt(credential)}'`,
  )
}

/** The credential of an Authorization header as AWS's clients write it; of another it may be anything. */
export function credentialOf(authorization: string): string {
  return authorization.slice(CREDENTIAL_AT, authorization.indexOf(',', CREDENTIAL_AT))
}

export function incomplete(message: string): SealtrailError {
  return new SealtrailError('IncompleteSignatureException', message)
}

function claimOfHeader(authorization: string, headers: Headers, pairs: readonly Pair[]): Claim {
  const parts = readAuthorization(authorization)
  const { credential, signature, signedHeaders } = parts
  const timestamp = timestampOf(headers)
  if (!credential || !signature || !signedHeaders || !timestamp) {
    throw lacksOfHeader(parts, timestamp, authorization)
  }
  return {
    algorithm: parts.algorithm,
    credential,
    signature,
    signedHeaders: signedHeaders.toLowerCase().split(';'),
    timestamp,
    lifeSeconds: SKEW_SECONDS,
    sessionToken: headers.get('x-amz-security-token'),
    pairs,
  }
}

interface Authorization {
  readonly algorithm: string
  readonly credential?: string
  readonly signature?: string
  readonly signedHeaders?: string
}

const MEMBERS = new Map([
  ['Credential', 'credential'],
  ['Signature', 'signature'],
  ['SignedHeaders', 'signedHeaders'],
] as const) as ReadonlyMap<string, Exclude<keyof Authorization, 'algorithm'>>

/** Parts are told apart by commas, blanks or both. Every request comes by here: no regular expressions. */
function readAuthorization(authorization: string): Authorization {
  const read: { -readonly [Member in keyof Authorization]: Authorization[Member] } = {
    algorithm: '',
  }
  let comma = -1
  let blank = -1
  for (let begin = 0; begin < authorization.length; ) {
    if (comma < begin) comma = indexOrEnd(authorization, ',', begin)
    if (blank < begin) blank = indexOrEnd(authorization, ' ', begin)
    const end = Math.min(comma, blank)
    if (end > begin) takePart(read, authorization.slice(begin, end), begin === 0)
    begin = end + 1
  }
  return read
}

function indexOrEnd(text: string, mark: string, from: number): number {
  const index = text.indexOf(mark, from)
  return index === -1 ? text.length : index
}

function takePart(
  read: { -readonly [Member in keyof Authorization]: Authorization[Member] },
  part: string,
  isFirst: boolean,
): void {
  if (isFirst) {
    read.algorithm = part
    return
  }
  const equals = part.indexOf('=')
  if (equals === -1) {
    throw incomplete(
      `Invalid key=value pair (missing equal-sign) in Authorization header ${fingerprint('', part)}`,
    )
  }
  const name = part.slice(0, equals)
  const member = MEMBERS.get(name)
  if (member === undefined) return
  if (read[member] !== undefined) {
    throw incomplete(`Authorization header has more than one '${name}' parameter.`)
  }
  read[member] = part.slice(equals + 1)
}

function lacksOfHeader(
  parts: Authorization,
  timestamp: string | undefined,
  authorization: string,
): SealtrailError {
  let message = ''
  for (const [name, member] of MEMBERS) {
    if (!parts[member]) message += `Authorization header requires '${name}' parameter. `
  }
  if (!timestamp) {
    message +=
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
  }
  return incomplete(message + fingerprint('Authorization=', authorization))
}

function timestampOf(headers: Headers): string | undefined {
  const amzDate = headers.get('x-amz-date')
  if (amzDate !== undefined) return amzDate
  const date = headers.get('date')
  return date === undefined ? undefined : (timestampOfDateHeader(date) ?? date)
}

const QUERY_MEMBERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const

function claimOfQuery(pairs: readonly Pair[]): Claim {
  const given = new Map<string, string>()
  for (const [name, value] of pairs) {
    if (!name.startsWith('X-Amz-')) continue
    if (given.has(name))
      throw incomplete(`AWS query-string parameter '${excerpt(name)}' is there twice.`)
    given.set(name, value)
  }
  const lacks = QUERY_MEMBERS.filter((name) => !given.get(name))
  if (lacks.length > 0) {
    const message = lacks.map((name) => `AWS query-string parameters must include '${name}'. `)
    throw incomplete(`${message.join('')}Re-examine the query-string parameters.`)
  }
  return {
    algorithm: given.get('X-Amz-Algorithm')!,
    credential: given.get('X-Amz-Credential')!,
    signature: given.get('X-Amz-Signature')!,
    signedHeaders: given.get('X-Amz-SignedHeaders')!.toLowerCase().split(';'),
    timestamp: given.get('X-Amz-Date')!,
    lifeSeconds: lifeSeconds(given.get('X-Amz-Expires')),
    sessionToken: given.get('X-Amz-Security-Token'),
    pairs: pairs.filter(([name]) => name !== 'X-Amz-Signature'),
  }
}

function lifeSeconds(expires: string | undefined): number {
  if (expires === undefined) return SKEW_SECONDS
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0
  if (seconds >= 1 && seconds <= EXPIRES_SECONDS_MAX) return seconds
  throw incomplete(
    `X-Amz-Expires must be a number of seconds from 1 to ${EXPIRES_SECONDS_MAX}, got '${excerpt(expires)}'`,
  )
}

/** AWS does not repeat a signature in its answer; a client can compare the digest. */
function fingerprint(label: string, text: string): string {
  return `(hashed with SHA-256 and encoded with Base64): '${label}${hash('sha256', text, 'base64')}'.`
}

function missing(): SealtrailError {
  return new SealtrailError('MissingAuthenticationTokenException', 'Missing Authentication Token')
}
