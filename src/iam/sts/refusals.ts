/**
 * What STS refuses in AWS's words.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { arnOfCaller, type Caller } from '../../service/caller.js'
import type { Call } from '../../service/calls/call.js'
import { refusedFor } from '../../service/deciding/may.js'

/** The same whether the role is not there, does not trust the caller, or his own policies do not let him. */
export function denied(caller: Caller, action: string, roleArn: string): SealtrailError {
  const says = `User: ${arnOfCaller(caller)} is not authorized to perform: ${action} on resource: ${roleArn}`
  const because = 'there is no such role, or none that can be taken on so'
  const refusal = new SealtrailError('AccessDeniedException', says)
  return refusedFor(refusal, caller, { action, arn: roleArn }, because)
}

/** There are no MFA devices, so no code is right. @throws SealtrailError `AccessDeniedException` */
export function refuseMfa(input: {
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}): void {
  if (input.SerialNumber === undefined && input.TokenCode === undefined) return
  const says =
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid ' +
    'and associated with this user.'
  throw new SealtrailError('AccessDeniedException', says)
}

/** Not of a session, nor of whom a service or a program speaks for. @throws SealtrailError `AccessDeniedException` */
export function needsOwnKey({ caller: { identity }, operation }: Call): void {
  const isOwn = identity.type === 'Root' || identity.type === 'IAMUser'
  if (isOwn && identity.sessionContext === undefined) return
  const says = `Cannot call ${operation} with session credentials`
  throw new SealtrailError('AccessDeniedException', says)
}

export function invalid(message: string): SealtrailError {
  return new SealtrailError('ValidationException', message)
}
