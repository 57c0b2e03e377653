/**
 * Is this request signed by the access key that it names, for this service, now?
 *
 * AWS Signature Version 4, in the Authorization header or in the query (presigned). `host` and every
 * `x-amz-*` header must be signed, a session token like the others, and the body always is, unless the
 * service allows otherwise. Refusals carry AWS's codes and texts in AWS's order; which wire names they
 * take is in http/protocols/.
 *
 * A repeated request is not refused: the time in a signature has whole seconds, and AWS's own Python
 * clients sign two equal calls of one second alike. Source: IAM user guide, "AWS Signature Version 4
 * for API requests" and "Troubleshoot signed requests".
 *
 * @module
 */
import { hash } from 'node:crypto'
import { type Pair, parseQuery } from '../aws/query-string.js'
import { constantTimeEqual } from '../bytes/compare.js'
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import {
  canonicalRequest,
  type Headers,
  type PathEncoding,
  type SignedRequest,
  stringToSign,
} from './canonical-request.js'
import {
  ALGORITHM,
  type Claim,
  credentialOf,
  incomplete,
  readClaim,
  readScope,
  type Scope,
  SKEW_SECONDS,
  TERMINATOR,
} from './claim.js'
import type { Credential, FindCredential } from './credential.js'
import { equalSignature } from './equal-signature.js'
import { payloadOf, UNSIGNED_PAYLOAD } from './payload/payload.js'
import { deriveSigningKey, type SigningKey, type SigningKeys } from './signing-keys.js'
import { formatTimestamp, parseTimestamp } from './timestamp.js'

/** What a service asks of its requests. */
export interface SigningRules {
  /** The service's name in a credential scope, such as `kms`. */
  readonly service: string
  readonly pathEncoding: PathEncoding
  /** Whether `x-amz-content-sha256` may say something else than the body's hash (payload/payload.ts). */
  readonly unsignedPayload: boolean
  /** A request is taken no longer, whatever its X-Amz-Expires says; a presigned one for a week unless said. */
  readonly lifeSecondsMax?: number
}

export interface VerifiedScope {
  readonly credential: Credential
  readonly scope: Scope
}

/** A claim of which all is in order that shows without the body and without a hash. */
export interface SoundHead {
  readonly claim: Claim
  readonly credential: Credential
  readonly scope: Scope
}

const NO_PAIRS: readonly Pair[] = []
const REGION = /^[a-z0-9-]{2,32}$/

/**
 * @param now milliseconds since the epoch.
 * @throws SealtrailError `MissingAuthenticationTokenException`, `IncompleteSignatureException`,
 * `InvalidSignatureException`, `UnrecognizedClientException`, `ExpiredTokenException`; `SerializationException`
 * for a query or path that cannot be decoded.
 */
export function verifySignature(
  request: SignedRequest,
  rules: SigningRules,
  find: FindCredential,
  signingKeys: SigningKeys,
  now: number,
): VerifiedScope {
  const kept = verifyAtOnce(request, rules, find, signingKeys, now)
  if (kept !== undefined) return kept
  const head = checkHead(request, rules, find, signingKeys, now)
  return checkSignature(request, head, rules, signingKeys)
}

/** The common case, by the addon. Undefined when anything is out of the ordinary: the steps then say what. */
export function verifyAtOnce(
  request: SignedRequest,
  rules: SigningRules,
  find: FindCredential,
  signingKeys: SigningKeys,
  now: number,
): SigningKey | undefined {
  // Where a head says what is signed, it is read.
  if (rules.unsignedPayload) return undefined
  const { headers } = request
  const kept = signingKeys.signerOf(request, credentialOf(headers.get('authorization') ?? ''))
  if (kept === undefined) return undefined
  const { credential, scope } = kept
  const timestamp = headers.get('x-amz-date') ?? ''
  const skewMs = Math.abs((parseTimestamp(timestamp) ?? Number.NaN) - now)
  const isInScope = scope.service === rules.service && scope.date === timestamp.slice(0, 8)
  const skewSecondsMax = Math.min(SKEW_SECONDS, rules.lifeSecondsMax ?? SKEW_SECONDS)
  const isCurrent = isInScope && skewMs <= skewSecondsMax * 1000
  const sessionToken = headers.get('x-amz-security-token')
  const isTheirs = find(scope.accessKeyId, sessionToken) === credential && !credential.isExpired
  return isCurrent && isTheirs && isTokenOf(credential, sessionToken) ? kept : undefined
}

/**
 * All of {@link verifySignature} but the signature: for who has not read the body yet. Whoever comes through knows
 * an access key's id, which is no secret.
 * @throws SealtrailError as there.
 */
export function checkHead(
  request: Pick<SignedRequest, 'query' | 'headers'>,
  rules: SigningRules,
  find: FindCredential,
  signingKeys: SigningKeys,
  now: number,
): SoundHead {
  const pairs = request.query === '' ? NO_PAIRS : parseQuery(request.query)
  const claim = readClaim(request.headers, pairs)
  checkTime(claim, now, rules.lifeSecondsMax ?? Number.POSITIVE_INFINITY)
  checkSignedHeaders(claim, request.headers)
  if (claim.algorithm !== ALGORITHM) {
    throw incomplete(`Unsupported AWS 'algorithm': '${excerpt(claim.algorithm)}'.`)
  }
  const kept = signingKeys.find(claim.credential)
  const scope = kept?.scope ?? readScope(claim.credential)
  checkScope(scope, rules.service, claim.timestamp)
  const credential = find(scope.accessKeyId, claim.sessionToken)
  if (credential === undefined) throw unrecognized()
  credential.checkCurrent()
  return { claim, credential, scope }
}

/** @throws SealtrailError `InvalidSignatureException`, `UnrecognizedClientException` for a wrong session token. */
export function checkSignature(
  request: SignedRequest,
  { claim, credential, scope }: SoundHead,
  rules: SigningRules,
  signingKeys: SigningKeys,
): VerifiedScope {
  // Asked again: while the body came, the key of the head's time may have made room for another, and be wiped.
  const kept = signingKeys.find(claim.credential)
  if (kept?.credential === credential && signingKeys.signerOf(request, claim.credential) === kept) {
    checkSessionToken(credential, claim.sessionToken)
    return kept
  }
  const signingKey = kept?.credential === credential ? kept : newSigningKey(credential, scope)
  const payloadHash = hashOfPayload(request, claim.pairs, rules)
  const canonical = canonicalRequest(
    request,
    claim.pairs,
    claim.signedHeaders,
    payloadHash,
    rules.pathEncoding,
  )
  const scopeText = claim.credential.slice(scope.accessKeyId.length + 1)
  const expected = signingKey.key.hex(stringToSign(claim.timestamp, scopeText, canonical))
  if (!equalSignature(expected, claim.signature)) {
    if (signingKey !== kept) signingKey.key.wipe()
    throw mismatch()
  }
  if (signingKey !== kept) signingKeys.keep(claim.credential, signingKey)
  checkSessionToken(credential, claim.sessionToken)
  return signingKey
}

/**
 * A scope that this service takes; the time must be known to be well-formed.
 * @throws SealtrailError `InvalidSignatureException`, with all that is wrong in one message.
 */
export function checkScope(scope: Scope, service: string, timestamp: string): void {
  let message = ''
  if (!REGION.test(scope.region)) {
    message += `Credential should be scoped to a valid region, not '${excerpt(scope.region)}'. `
  }
  if (scope.service !== service) {
    message += `Credential should be scoped to correct service: '${service}'. `
  }
  if (scope.terminator !== TERMINATOR) {
    message += `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${excerpt(scope.terminator)}'. `
  }
  if (scope.date !== timestamp.slice(0, 8)) {
    message += `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${excerpt(scope.date)}' != '${timestamp.slice(0, 8)}', from '${excerpt(timestamp)}'. `
  }
  if (message === '') return
  // Where S3 sends whoever names no region.
  throw invalid(message.trimEnd(), REGION.test(scope.region) ? {} : { Region: 'us-east-1' })
}

/** @throws SealtrailError `UnrecognizedClientException` */
export function unrecognized(): SealtrailError {
  return new SealtrailError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )
}

function checkTime(claim: Claim, now: number, lifeSecondsMax: number): void {
  const time = parseTimestamp(claim.timestamp)
  if (time === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${excerpt(claim.timestamp)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  }
  const lifeSeconds = Math.min(claim.lifeSeconds, lifeSecondsMax)
  const earliest = now - lifeSeconds * 1000
  if (time < earliest) {
    throw invalid(
      `Signature expired: ${claim.timestamp} is now earlier than ${formatTimestamp(earliest)} (${formatTimestamp(now)} - ${duration(lifeSeconds)})`,
      isPresigned(claim) ? lifeDetail(time, lifeSeconds, now) : skewDetail(claim, now),
    )
  }
  const latest = now + SKEW_SECONDS * 1000
  if (time > latest) {
    throw invalid(
      `Signature not yet current: ${claim.timestamp} is still later than ${formatTimestamp(latest)} (${formatTimestamp(now)} + ${duration(SKEW_SECONDS)})`,
      skewDetail(claim, now),
    )
  }
}

type Detail = SealtrailError['detail']

/** What S3 shows beside its message; the other services do not. */
function skewDetail({ timestamp }: Claim, now: number): Detail {
  return {
    RequestTime: timestamp,
    ServerTime: wholeSeconds(now),
    MaxAllowedSkewMilliseconds: SKEW_SECONDS * 1000,
  }
}

function lifeDetail(time: number, lifeSeconds: number, now: number): Detail {
  return {
    'X-Amz-Expires': lifeSeconds,
    Expires: wholeSeconds(time + lifeSeconds * 1000),
    ServerTime: wholeSeconds(now),
  }
}

function isPresigned({ pairs }: Claim): boolean {
  return pairs.some(([name]) => name === 'X-Amz-Algorithm')
}

function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '')
}

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`
}

/** A session token that is added after signing, as AWS's test suite has it, is for services that are not ours. */
function checkSignedHeaders({ signedHeaders }: Claim, headers: Headers): void {
  if (!signedHeaders.includes('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  }
  for (const name of headers.keys()) {
    if (!name.startsWith('x-amz-') || signedHeaders.includes(name)) continue
    throw invalid(`'${excerpt(name)}' must be a 'SignedHeader' in the AWS Authorization.`)
  }
}

function newSigningKey(credential: Credential, scope: Scope): SigningKey {
  return { credential, scope, key: deriveSigningKey(credential.secretAccessKey, scope) }
}

function hashOfPayload(
  { headers, body }: SignedRequest,
  pairs: readonly Pair[],
  rules: SigningRules,
): string {
  if (body === undefined) {
    const { said, kind } = payloadOf(headers, pairs)
    if (kind === 'hash' || rules.unsignedPayload) return said
    throw invalid("'x-amz-content-sha256' must be the SHA-256 of the request's body.")
  }
  const declared = headers.get('x-amz-content-sha256')
  if (declared === UNSIGNED_PAYLOAD && rules.unsignedPayload) return UNSIGNED_PAYLOAD
  const actual = hash('sha256', body, 'hex')
  if (declared === undefined || declared === actual) return actual
  throw invalid("'x-amz-content-sha256' is not the SHA-256 of the request's body.")
}

/** @throws SealtrailError `UnrecognizedClientException` */
export function checkSessionToken(credential: Credential, given: string | undefined): void {
  if (!isTokenOf(credential, given)) throw unrecognized()
}

function isTokenOf({ sessionToken }: Credential, given: string | undefined): boolean {
  if (sessionToken === undefined || given === undefined) return sessionToken === given
  return equalText(sessionToken, given)
}

function equalText(left: string, right: string): boolean {
  return constantTimeEqual(Buffer.from(left), Buffer.from(right))
}

function mismatch(): SealtrailError {
  return invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
}

function invalid(message: string, detail: Detail = {}): SealtrailError {
  return new SealtrailError('InvalidSignatureException', message, detail)
}
