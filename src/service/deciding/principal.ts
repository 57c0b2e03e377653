/**
 * Whoever makes a call, as the evaluator sees him: who he is, and the policies that bind him, parsed.
 *
 * What binds users and roles is looked up for every call (iam/principals/), so that it is what was last acknowledged; it
 * is parsed once. An account's root is bound by no identity policies. Whom an embedding program vouches for has one that
 * allows all, so that policies of resources and their limits decide.
 *
 * @module
 */
import type { Identity } from '../../audit/identity.js'
import type { Principal } from '../../policy/decide.js'
import { type Policy, parsePolicy } from '../../policy/policy.js'
import { arnOfCaller, type Caller } from '../caller.js'
import { canonicalUserOf } from '../canonical-user.js'
import type { PolicyDocument, PrincipalPolicies, Tag } from '../policies.js'
import { Decisions } from './decisions.js'

export interface BoundPrincipal {
  readonly account: string
  readonly policies: PrincipalPolicies | undefined
  readonly principal: Principal
  readonly identityPolicies: readonly Policy[]
  readonly tags: readonly Tag[]
  readonly decisions: Decisions
  /** Whether any of his policies looks at a condition key. */
  looksAt(conditionKey: string): boolean
}

const TYPES = {
  ...({ Root: 'Root', AWSAccount: 'Root', IAMUser: 'User', Unknown: 'User' } as const),
  ...({ AssumedRole: 'RoleSession', FederatedUser: 'FederatedUser' } as const),
  ...({ AWSService: 'Service' } as const),
} satisfies Record<Identity['type'], Principal['type']>

const ANYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
})
const VOUCHED = parsePolicy(ANYTHING, 'identity', 'vouched for')

/** An identity lives as long as its access key, and makes many calls. */
const bounds = new WeakMap<Identity, BoundPrincipal>()

/** Undefined when the user is there no more. */
export function principalOf(caller: Caller): BoundPrincipal | undefined {
  const policies = caller.policies?.()
  if (caller.policies !== undefined && policies === undefined) return undefined
  const kept = bounds.get(caller.identity)
  if (kept?.policies === policies && kept?.account === caller.account) return kept
  const bound = boundPrincipal(caller, policies)
  bounds.set(caller.identity, bound)
  return bound
}

function boundPrincipal(caller: Caller, policies: PrincipalPolicies | undefined): BoundPrincipal {
  const { identity, account } = caller
  const type = TYPES[identity.type]
  const isService = type === 'Service'
  const identityPolicies = identityPoliciesOf(type, policies)
  const boundary = policies?.boundary && parsed(policies.boundary, 'boundary')
  const sessionPolicies =
    policies === undefined && type === 'FederatedUser'
      ? [VOUCHED]
      : policies?.sessionPolicies?.map((document) => parsed(document, 'session'))
  const all = [...identityPolicies, ...(boundary ? [boundary] : []), ...(sessionPolicies ?? [])]
  return {
    account,
    policies,
    principal: {
      type,
      account: isService ? '' : account,
      arn: isService ? (identity.invokedBy ?? '') : arnOfCaller(caller),
      id: type === 'User' ? identity.principalId : undefined,
      issuer: identity.sessionContext?.sessionIssuer?.arn,
      canonicalUser: isService ? undefined : canonicalUserOf(account),
      issuerId: identity.sessionContext?.sessionIssuer?.principalId,
      boundary,
      sessionPolicies,
    },
    identityPolicies,
    tags: policies?.tags ?? [],
    decisions: new Decisions(),
    looksAt: (conditionKey) => all.some(({ conditionKeys }) => conditionKeys.has(conditionKey)),
  }
}

function identityPoliciesOf(
  type: Principal['type'],
  policies: PrincipalPolicies | undefined,
): readonly Policy[] {
  if (policies !== undefined) {
    return policies.identityPolicies.map((document) => parsed(document, 'identity'))
  }
  return type === 'Root' || type === 'Service' ? [] : [VOUCHED]
}

/** A managed policy can be what allows one user and what limits another. */
const byKind = {
  identity: new WeakMap<PolicyDocument, Policy>(),
  boundary: new WeakMap<PolicyDocument, Policy>(),
  session: new WeakMap<PolicyDocument, Policy>(),
}

function parsed(document: PolicyDocument, kind: keyof typeof byKind): Policy {
  let policy = byKind[kind].get(document)
  if (policy === undefined) {
    policy = parsePolicy(document.text, kind, document.name)
    byKind[kind].set(document, policy)
  }
  return policy
}
