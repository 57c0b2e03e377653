/**
 * Whoever makes a call, as policies see him: the one thing that an evaluator asks of a caller.
 *
 * What binds users and roles is looked up when it is asked for (iam/principals/, iam/sts/ for sessions), so that it is
 * what was last acknowledged. An account's root, and whom an embedding program vouches for, are bound by no identity policies.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import { arnOfCaller, type Caller, type CallerSession } from './caller.js'
import type { PrincipalPolicies } from './policies.js'

export interface Principal {
  /** Of the user, the session or the account's root. */
  readonly arn: string
  /** The ARN of the role whose session it is: what aws:PrincipalArn is then. */
  readonly issuer: string | undefined
  readonly account: string
  readonly type: Identity['type']
  /** `AIDA…` of a user, `AROA…:session` of a session, the account of its root. */
  readonly userId: string
  readonly userName: string | undefined
  /** Undefined: bound by no identity policies. */
  readonly policies: PrincipalPolicies | undefined
  /** Of temporary credentials. */
  readonly session: CallerSession | undefined
}

/** Undefined when the user or role is there no more. */
export function principalOf(caller: Caller): Principal | undefined {
  const { account, identity } = caller
  const policies = caller.policies?.()
  if (caller.policies !== undefined && policies === undefined) return undefined
  return {
    arn: arnOfCaller(caller),
    issuer: identity.sessionContext?.sessionIssuer?.arn,
    account,
    type: identity.type,
    userId: identity.principalId ?? account,
    userName: identity.userName,
    policies,
    session: caller.session,
  }
}
