/**
 * From a request to its caller: by its signature, or on its word.
 *
 * With `trust`, the Host must be a name of this machine as well: a web page in a browser here can reach
 * loopback under a name of its own choosing (DNS rebinding), but not under that one.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import type { Caller } from '../service/caller.js'
import type { FindCredential } from '../sigv4/credential.js'
import { nativeSignatures } from '../sigv4/native-signatures.js'
import { SigningKeys } from '../sigv4/signing-keys.js'
import { trustClaim } from '../sigv4/unsigned.js'
import { type SigningRules, unrecognized, verifySignature } from '../sigv4/verify-signature.js'
import { hostOf, isLoopback } from './loopback.js'
import type { Received } from './received.js'

export interface Authenticator {
  /** `body` is undefined where the door reads it. @throws SealtrailError as verifySignature does. */
  callerOf(request: Received, body: Buffer | undefined, rules: SigningRules): Caller
  /** Wipes the signing keys. */
  close(): void
}

export function createAuthenticator(
  { auth, account }: Pick<Config, 'auth' | 'account'>,
  find: FindCredential,
  clock: Clock,
): Authenticator {
  return auth === 'trust' ? trusting(find, account) : verifying(find, clock)
}

function verifying(find: FindCredential, clock: Clock): Authenticator {
  const signingKeys = new SigningKeys(nativeSignatures())
  return {
    callerOf({ method, path, query, headers, head }, body, rules) {
      const request = { method, path, query, headers, head, body }
      const { credential, scope } = verifySignature(request, rules, find, signingKeys, clock.now())
      return credential.caller(scope.region)
    },
    close: () => signingKeys.wipe(),
  }
}

function trusting(find: FindCredential, account: string): Authenticator {
  return {
    callerOf(request, _body, rules) {
      if (!isLoopback(hostOf(request.headers.get('host') ?? ''))) throw unrecognized()
      return trustClaim(request, rules.service, find, account)
    },
    close() {},
  }
}
