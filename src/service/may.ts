/**
 * Who may do what with which resource.
 *
 * Today there is one rule, that of AWS's default policies: the account that owns a resource may do everything with
 * it; others what a grant allows them, and nothing else. Who may not learns nothing of the resource, not even whether
 * it is there.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { type Caller, rootIdentity } from './caller.js'

export interface AccessRequest {
  /** Such as `kms:Decrypt`. */
  readonly action: string
  /** The account that owns the resource, whether it exists or not; 12 digits. */
  readonly owner: string
  /** How a refusal names the resource; `this resource` unless said. */
  readonly what?: string | undefined
  /** Whether a grant on the resource allows it: asked last, of those whom nothing else allows it. */
  readonly isGranted?: (() => boolean) | undefined
}

/** @throws SealtrailError `AccessDeniedException` */
export function authorise(caller: Caller, request: AccessRequest): void {
  const { action, owner, what, isGranted } = request
  if (caller.account === owner || isGranted?.() === true) return
  throw accessDenied(caller, action, what)
}

/** AWS's words. */
export function accessDenied(caller: Caller, action: string, what = 'this resource') {
  const user = caller.identity.arn ?? rootIdentity(caller.account, caller.region).arn
  return new SealtrailError(
    'AccessDeniedException',
    `User: ${user} is not authorized to perform: ${action} on ${what} because the resource does not exist ` +
      'in this Region, no resource-based policies allow access, or a resource-based policy explicitly ' +
      'denies access',
  )
}
