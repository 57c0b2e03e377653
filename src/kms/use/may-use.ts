/**
 * Whether a caller may do something with a key: the one place where the call, the key and its grants meet.
 *
 * Who may otherwise is service/may.ts; what a grant allows is grants/decide.ts.
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Call } from '../../service/call.js'
import { grantThatAllows, mayRetire } from '../grants/decide.js'
import type { GrantTerms } from '../grants/grant.js'
import { principalsOf } from '../grants/principals.js'
import type { CachedKey } from '../keys/material.js'

/** What is asked of a key, as policies and grants see it. */
export interface Wanted {
  /** As policies name it; the operation unless said. */
  readonly action?: string | undefined
  readonly context?: EncryptionContext | undefined
  /** What the grant that is to be made would allow. */
  readonly child?: GrantTerms | undefined
  /** The grant that is to be retired. */
  readonly retiredId?: string | undefined
}

/**
 * Ask after looking the key up, also when it was not found.
 * @param owner the account whose key is asked for, be it there or not.
 * @param what how a refusal names it; `this resource` unless said.
 * @throws SealtrailError `AccessDeniedException`
 */
export function mayUse(
  call: Call,
  owner: string,
  cached: CachedKey | undefined,
  wanted: Wanted,
  what?: string,
): void {
  const operation = wanted.action ?? call.operation
  const hasGrants = cached !== undefined && cached.grants.size > 0
  const isGranted = hasGrants ? () => isGrantedTo(call, cached, operation, wanted) : undefined
  call.may({ action: `kms:${operation}`, owner, what, isGranted })
}

function isGrantedTo(
  { caller }: Call,
  { grants }: CachedKey,
  operation: string,
  { context, child, retiredId }: Wanted,
): boolean {
  const principals = principalsOf(caller)
  if (retiredId !== undefined) {
    const grant = grants.find(retiredId)
    return grant !== undefined && mayRetire(grant, principals)
  }
  const { sourceArn } = caller
  return grantThatAllows(grants, { operation, principals, context, sourceArn, child }) !== undefined
}
