/**
 * Whoever makes a call, as policies see him: the one thing that an evaluator asks of a caller.
 *
 * What binds users and roles is looked up when it is asked for (iam/principals/), so that it is what was last
 * acknowledged. An account's root, and whom an embedding program vouches for, are bound by no identity policies.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import { arnOfCaller, type Caller } from './caller.js'
import type { PrincipalPolicies } from './policies.js'

export interface Principal {
  readonly arn: string
  readonly account: string
  readonly type: Identity['type']
  /** `AIDA…` of a user, the account of its root. */
  readonly userId: string
  readonly userName: string | undefined
  /** Undefined: bound by no identity policies. */
  readonly policies: PrincipalPolicies | undefined
}

/** Undefined when the user is there no more. */
export function principalOf(caller: Caller): Principal | undefined {
  const { account, identity } = caller
  const policies = caller.policies?.()
  if (caller.policies !== undefined && policies === undefined) return undefined
  return {
    arn: arnOfCaller(caller),
    account,
    type: identity.type,
    userId: identity.principalId ?? account,
    userName: identity.userName,
    policies,
  }
}
