/**
 * From a request to its caller: by its signature, or on its word.
 *
 * With `trust`, the Host must be a name of this machine as well: a web page in a browser here can reach
 * loopback under a name of its own choosing (DNS rebinding), but not under that one.
 *
 * @module
 */

import { parseQuery } from '../aws/query-string.js'
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import type { Caller } from '../service/caller.js'
import type { FindCredential } from '../sigv4/credential.js'
import { nativeSignatures } from '../sigv4/native-signatures.js'
import { ChunkSignatures } from '../sigv4/payload/chunk-signatures.js'
import { payloadOf } from '../sigv4/payload/payload.js'
import { type PolicyClaim, verifyPolicy } from '../sigv4/policy-signature.js'
import { type SigningKey, SigningKeys } from '../sigv4/signing-keys.js'
import { trustClaim, trustCredential } from '../sigv4/unsigned.js'
import {
  checkHead,
  checkSignature,
  type SigningRules,
  type SoundHead,
  unrecognized,
  verifyAtOnce,
} from '../sigv4/verify-signature.js'
import { hostOf, isLoopback } from './loopback.js'
import type { NativeSigner } from './native-signer.js'
import type { Received, SignedPayload } from './received.js'

export interface Authenticator {
  /** What shows before the body is read. @throws SealtrailError as verifySignature does. */
  checkHead(request: Received, rules: SigningRules): CheckedHead
  /**
   * Who signed the policy of a browser's upload.
   * @throws SealtrailError as verifyPolicy does
   */
  callerOfPolicy(request: Received, claim: PolicyClaim, rules: SigningRules): Caller
  /** Wipes the signing keys. */
  close(): void
}

export interface CheckedHead {
  /** Of a request that the addon has verified. */
  readonly signer?: NativeSigner | undefined
  /** `body` is undefined where the door reads it. @throws SealtrailError as verifySignature does. */
  callerOf(body: Buffer | undefined): Caller
  /** What the door holds against the body that it reads, once the caller is believed; its signatures are to be wiped. */
  signedPayload(): SignedPayload
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
    checkHead(request, rules) {
      const now = clock.now()
      const signingKey = verifyWhole(request, rules, find, signingKeys, now)
      if (signingKey !== undefined) return new VerifiedHead(signingKey)
      const head = checkHead(request, rules, find, signingKeys, now)
      return new SignedRequestHead(request, head, rules, find, signingKeys)
    },
    callerOfPolicy(_request, claim, { service }) {
      const { credential, scope } = verifyPolicy(claim, service, find, clock.now())
      return credential.caller(scope.region)
    },
    close: () => signingKeys.wipe(),
  }
}

/** A request that came in one piece may be verified at once. */
function verifyWhole(
  request: Received,
  rules: SigningRules,
  find: FindCredential,
  signingKeys: SigningKeys,
  now: number,
): SigningKey | undefined {
  const { method, path, query, headers, head, body } = request
  if (!Buffer.isBuffer(body)) return undefined
  const whole = { method, path, query, headers, head, body }
  return verifyAtOnce(whole, rules, find, signingKeys, now)
}

class VerifiedHead implements CheckedHead {
  readonly #signingKey: SigningKey

  constructor(signingKey: SigningKey) {
    this.#signingKey = signingKey
  }

  /** Temporary credentials end without a fact that changes, and the lane looks at no session token: theirs is none. */
  get signer(): NativeSigner | undefined {
    const { native: key, scope, credential } = this.#signingKey
    if (key === undefined || credential.sessionToken !== undefined) return undefined
    const { accessKeyId, date, region, service, terminator } = scope
    return { key, credential: [accessKeyId, date, region, service, terminator].join('/') }
  }

  callerOf(): Caller {
    const { credential, scope } = this.#signingKey
    return credential.caller(scope.region)
  }

  signedPayload(): never {
    throw new Error('the addon verifies no request whose head says what is signed')
  }
}

class SignedRequestHead implements CheckedHead {
  readonly #request: Received
  readonly #head: SoundHead
  readonly #rules: SigningRules
  readonly #find: FindCredential
  readonly #signingKeys: SigningKeys

  constructor(
    request: Received,
    head: SoundHead,
    rules: SigningRules,
    find: FindCredential,
    signingKeys: SigningKeys,
  ) {
    this.#request = request
    this.#head = head
    this.#rules = rules
    this.#find = find
    this.#signingKeys = signingKeys
  }

  callerOf(body: Buffer | undefined): Caller {
    const { method, path, query, headers, head } = this.#request
    const request = { method, path, query, headers, head, body }
    const { scope } = checkSignature(request, this.#head, this.#rules, this.#signingKeys)
    // Asked again: the access key may have been taken away, or be good no more, since the head came.
    const credential = this.#find(scope.accessKeyId, this.#head.claim.sessionToken)
    if (credential === undefined) throw unrecognized()
    credential.checkCurrent()
    return credential.caller(scope.region)
  }

  signedPayload(): SignedPayload {
    const { claim, credential, scope } = this.#head
    const payload = payloadOf(this.#request.headers, claim.pairs)
    if (payload.kind !== 'signed-chunks') return { payload }
    const { secretAccessKey } = credential
    const { timestamp, signature } = claim
    const seed = { secretAccessKey, scope, timestamp, signature }
    return { payload, signatures: new ChunkSignatures(seed) }
  }
}

function trusting(find: FindCredential, account: string): Authenticator {
  return {
    checkHead(request, rules) {
      checkLoopback(request)
      const caller = trustClaim(request, rules.service, find, account)
      const signedPayload = () => ({
        payload: payloadOf(request.headers, parseQuery(request.query)),
      })
      return { callerOf: () => caller, signedPayload }
    },
    callerOfPolicy(request, claim, { service }) {
      checkLoopback(request)
      checkOrigin(request)
      return trustCredential(claim, service, find, account)
    },
    close() {},
  }
}

function checkLoopback({ headers }: Received): void {
  if (!isLoopback(hostOf(headers.get('host') ?? ''))) throw unrecognized()
}

/** Unlike other requests, a form may be sent from any web page, and nobody asks us before. */
function checkOrigin({ headers }: Received): void {
  const origin = headers.get('origin')
  if (origin === undefined) return
  if (!isLoopback(hostOf(origin.replace(/^https?:\/\//, '')))) throw unrecognized()
}
