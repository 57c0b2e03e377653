/**
 * `--auth trust`: callers are who they say, for tests and load on one machine.
 *
 * The signature is not checked, but its scope must be there, as it names the region. An access key id of
 * 12 digits is the account; an id of the credentials file is who it is; any other belongs to the
 * configured account. An id of temporary credentials (`ASIA…`) is a session as long as its token is good, and nobody's
 * otherwise. That only this machine can connect is seen to in http/loopback.ts.
 *
 * @module
 */

import { parseQuery } from '../aws/query-string.js'
import { accountRoot, type Caller } from '../service/caller.js'
import type { Headers } from './canonical-request.js'
import { type Claim, readClaim, readScope } from './claim.js'
import type { FindCredential } from './credential.js'
import { checkScope, unrecognized } from './verify-signature.js'

const ACCOUNT = /^\d{12}$/
const ACCESS_KEY_ID = /^(?!ASIA)\w{1,128}$/

/**
 * @param otherAccount 12 digits: whose the unknown access keys are.
 * @throws SealtrailError as verifySignature does, but for what is wrong with time and signature.
 */
export function trustClaim(
  request: { readonly query: string; readonly headers: Headers },
  service: string,
  find: FindCredential,
  otherAccount: string,
): Caller {
  const claim = readClaim(request.headers, parseQuery(request.query))
  return trustCredential(claim, service, find, otherAccount)
}

/** The same, of whatever names a credential. @throws SealtrailError as {@link trustClaim} */
export function trustCredential(
  { credential: named, sessionToken }: Pick<Claim, 'credential' | 'sessionToken'>,
  service: string,
  find: FindCredential,
  otherAccount: string,
): Caller {
  const scope = readScope(named)
  checkScope(scope, service, scope.date)
  const { accessKeyId, region } = scope
  const credential = find(accessKeyId, sessionToken)
  credential?.checkCurrent()
  if (credential !== undefined) return credential.caller(region)
  if (!ACCESS_KEY_ID.test(accessKeyId)) throw unrecognized()
  const account = ACCOUNT.test(accessKeyId) ? accessKeyId : otherAccount
  return accountRoot(account, region, accessKeyId)
}
