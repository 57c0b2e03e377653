/**
 * Who may do what with which resource.
 *
 * Today there are two rules. The account that owns a resource may do everything with it, and nobody else anything, as
 * AWS's default policies have it. Whom policies bind (principal.ts) may nothing, as long as nobody evaluates them: a
 * user is no root. Who may not learns nothing of the resource, not even whether it is there.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { arnOfCaller, type Caller } from './caller.js'

export interface AccessRequest {
  /** Such as `kms:Decrypt`. */
  readonly action: string
  /** The account that owns the resource, whether it exists or not; 12 digits. */
  readonly owner: string
  /** The ARN of the resource, where policies name it. */
  readonly arn?: string
  /** How a refusal names the resource; `this resource` unless said. */
  readonly what?: string
}

/** @throws SealtrailError `AccessDeniedException` */
export function authorise(caller: Caller, { action, owner, what }: AccessRequest): void {
  if (caller.account !== owner) throw accessDenied(caller, action, what)
  if (caller.policies === undefined) return
  const says = `because no identity-based policy allows the ${action} action`
  throw denied(caller, action, what, says)
}

/** AWS's words. */
export function accessDenied(caller: Caller, action: string, what = 'this resource') {
  const says =
    'because the resource does not exist in this Region, no resource-based policies allow access, or a ' +
    'resource-based policy explicitly denies access'
  return denied(caller, action, what, says)
}

function denied(caller: Caller, action: string, what = 'this resource', says: string) {
  const user = `User: ${arnOfCaller(caller)}`
  return new SealtrailError(
    'AccessDeniedException',
    `${user} is not authorized to perform: ${action} on ${what} ${says}`,
  )
}
