/**
 * Signing our own requests: in the Authorization header, or in the query of a URL to give away.
 *
 * The inverse of verify-signature.ts, over the same canonical form. Source: IAM user guide, "Create a
 * signed AWS API request".
 *
 * @module
 */
import { hash } from 'node:crypto'
import { canonicalQuery, type Pair, parseQuery } from '../aws/query-string.js'
import { canonicalRequest, type PathEncoding, stringToSign } from './canonical-request.js'
import { ALGORITHM, TERMINATOR } from './claim.js'
import type { HmacKey } from './hmac.js'
import { UNSIGNED_PAYLOAD } from './payload/payload.js'
import { deriveSigningKey } from './signing-keys.js'
import { formatTimestamp } from './timestamp.js'

export interface RequestToSign {
  readonly method: string
  readonly path: string
  readonly query?: string
  /** `host` among them. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly region: string
  readonly service: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly pathEncoding?: PathEncoding
}

const NO_BYTES = new Uint8Array(0)

/** All headers to send: those given, `x-amz-date`, the session token if any, and `authorization`. */
export function signRequest(request: RequestToSign, signer: Signer): Record<string, string> {
  const timestamp = formatTimestamp(signer.now)
  const key = signingKeyOf(signer, timestamp)
  try {
    return signWith(key, request, signer, timestamp)
  } finally {
    key.wipe()
  }
}

/** Many requests of one signer: its key is derived once a day, and kept until {@link RequestSigner.wipe}. */
export class RequestSigner {
  readonly #signer: Omit<Signer, 'now'>
  #key: HmacKey | undefined
  #day = ''
  #second = Number.NaN
  #timestamp = ''

  constructor(signer: Omit<Signer, 'now'>) {
    this.#signer = signer
  }

  /** As {@link signRequest}. @param now milliseconds since the epoch */
  sign(request: RequestToSign, now: number): Record<string, string> {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) this.#turnTo(second)
    return signWith(this.#key!, request, { ...this.#signer, now }, this.#timestamp)
  }

  wipe(): void {
    this.#key?.wipe()
    this.#key = undefined
    this.#second = Number.NaN
    this.#day = ''
  }

  #turnTo(second: number): void {
    this.#timestamp = formatTimestamp(second * 1000)
    this.#second = second
    const day = this.#timestamp.slice(0, 8)
    if (day === this.#day) return
    this.#key?.wipe()
    this.#key = signingKeyOf({ ...this.#signer, now: second * 1000 }, this.#timestamp)
    this.#day = day
  }
}

function signWith(
  key: HmacKey,
  request: RequestToSign,
  signer: Signer,
  timestamp: string,
): Record<string, string> {
  const headers = lowerCase(request.headers)
  headers.set('x-amz-date', timestamp)
  if (signer.sessionToken !== undefined) headers.set('x-amz-security-token', signer.sessionToken)
  const names = [...headers.keys()].sort()
  const pairs = parseQuery(request.query ?? '')
  const signature = sign(key, request, headers, pairs, timestamp, names, signer)
  headers.set(
    'authorization',
    `${ALGORITHM} Credential=${signer.accessKeyId}/${scopeOf(timestamp, signer)}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  )
  return Object.fromEntries(headers)
}

/** The query that lets anyone make this request for `lifeSeconds`: headers and body included, but for S3 with any body. */
export function presignQuery(request: RequestToSign, signer: Signer, lifeSeconds: number): string {
  const timestamp = formatTimestamp(signer.now)
  const headers = lowerCase(request.headers)
  const names = [...headers.keys()].sort()
  const pairs: Pair[] = [
    ...parseQuery(request.query ?? ''),
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${signer.accessKeyId}/${scopeOf(timestamp, signer)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(lifeSeconds)],
    ['X-Amz-SignedHeaders', names.join(';')],
  ]
  if (signer.sessionToken !== undefined) pairs.push(['X-Amz-Security-Token', signer.sessionToken])
  const payload = signer.service === 's3' ? UNSIGNED_PAYLOAD : undefined
  const key = signingKeyOf(signer, timestamp)
  const signature = sign(key, request, headers, pairs, timestamp, names, signer, payload)
  key.wipe()
  return `${canonicalQuery(pairs)}&X-Amz-Signature=${signature}`
}

function sign(
  key: HmacKey,
  request: RequestToSign,
  headers: ReadonlyMap<string, string>,
  pairs: readonly Pair[],
  timestamp: string,
  names: readonly string[],
  signer: Signer,
  payload?: string,
): string {
  const payloadHash =
    headers.get('x-amz-content-sha256') ??
    payload ??
    hash('sha256', request.body ?? NO_BYTES, 'hex')
  const canonical = canonicalRequest(
    { method: request.method, path: request.path, headers },
    pairs,
    names,
    payloadHash,
    signer.pathEncoding ?? 'twice',
  )
  return key.hex(stringToSign(timestamp, scopeOf(timestamp, signer), canonical))
}

function signingKeyOf({ secretAccessKey, region, service }: Signer, timestamp: string): HmacKey {
  return deriveSigningKey(secretAccessKey, { date: timestamp.slice(0, 8), region, service })
}

function scopeOf(timestamp: string, { region, service }: Signer): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/${TERMINATOR}`
}

function lowerCase(headers: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
