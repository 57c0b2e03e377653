/**
 * The signature of a browser's upload: of the policy in its form, not of the request.
 *
 *     x-amz-algorithm: AWS4-HMAC-SHA256    x-amz-credential: <key id>/<date>/<region>/s3/aws4_request
 *     x-amz-date: 20260203T040506Z         x-amz-signature: <64 hex digits> over the policy as it was sent
 *
 * What the policy says is for who asked (http/forms/policy.ts). Source: Amazon S3 API reference, "Authenticating Requests:
 * Browser-Based Uploads Using POST".
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { ALGORITHM, readScope, SKEW_SECONDS } from './claim.js'
import type { Credential, FindCredential } from './credential.js'
import { equalSignature } from './equal-signature.js'
import { deriveSigningKey } from './signing-keys.js'
import { parseTimestamp } from './timestamp.js'
import {
  checkScope,
  checkSessionToken,
  unrecognized,
  type VerifiedScope,
} from './verify-signature.js'

export interface PolicyClaim {
  /** As sent: Base64. */
  readonly policy: string
  readonly algorithm: string
  readonly credential: string
  /** As sent; not yet known to be a time. */
  readonly timestamp: string
  readonly signature: string
  readonly sessionToken: string | undefined
}

/** For so long a signing key signs. */
const LIFE_MS = 7 * 24 * 60 * 60 * 1000

/**
 * @param now milliseconds since the epoch.
 * @throws SealtrailError `InvalidArgument`, `AccessDeniedException` for a time that is not now, `SignatureDoesNotMatch`,
 * and as verifySignature does for credentials.
 */
export function verifyPolicy(
  claim: PolicyClaim,
  service: string,
  find: FindCredential,
  now: number,
): VerifiedScope {
  const { algorithm, timestamp, sessionToken } = claim
  if (algorithm !== ALGORITHM) {
    throw invalidField('x-amz-algorithm', algorithm, `X-Amz-Algorithm only supports "${ALGORITHM}"`)
  }
  const time = parseTimestamp(timestamp)
  if (time === undefined) {
    const says = 'X-Amz-Date must be formated via ISO8601 Long format'
    throw invalidField('x-amz-date', timestamp, says)
  }
  const scope = readScope(claim.credential)
  checkScope(scope, service, timestamp)
  const credential = find(scope.accessKeyId, sessionToken)
  if (credential === undefined) throw unrecognized()
  credential.checkCurrent()
  if (now - time > LIFE_MS || time - now > SKEW_SECONDS * 1000) {
    throw new SealtrailError(
      'AccessDeniedException',
      'Invalid according to Policy: Policy expired.',
    )
  }
  checkSignature(claim, credential, scope)
  checkSessionToken(credential, sessionToken)
  return { credential, scope }
}

function checkSignature(
  { policy, signature }: PolicyClaim,
  { secretAccessKey }: Credential,
  scope: VerifiedScope['scope'],
): void {
  const key = deriveSigningKey(secretAccessKey, scope)
  const expected = key.hex(policy)
  key.wipe()
  if (equalSignature(expected, signature)) return
  throw new SealtrailError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )
}

function invalidField(ArgumentName: string, ArgumentValue: string, says: string): SealtrailError {
  const detail = { ArgumentName, ArgumentValue: ArgumentValue.slice(0, 128) }
  return new SealtrailError('InvalidArgument', says, detail)
}
