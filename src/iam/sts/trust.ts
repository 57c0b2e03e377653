/**
 * May the caller take on the role? Its trust policy and his own policies, by the one evaluator (policy/).
 *
 *     sts:AssumeRole          always
 *     sts:TagSession          when the session is to have tags, also inherited ones
 *     sts:SetSourceIdentity   when it is to have a source identity, also an inherited one
 *
 * A document that is no policy allows nothing to anybody whom it binds. Source: IAM user guide, "Use IAM roles", "Pass
 * session tags in AWS STS", "Monitor and control actions taken with assumed roles".
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import type { Call } from '../../service/call.js'
import type { PolicyDocument } from '../../service/policies.js'
import { type Principal, principalOf } from '../../service/principal.js'
import { decide, type PolicyRequest } from '../policy/decide.js'
import type { PolicyKind } from '../policy/document.js'
import { type Policy, parsePolicy } from '../policy/policy.js'
import { arnOfNamed, type Role } from '../principals/things.js'
import { factsOf, type Wanted } from './facts.js'
import { denied } from './refusals.js'

const TYPES = { IAMUser: 'User', AssumedRole: 'RoleSession' } as const

/**
 * @param now milliseconds since the epoch.
 * @throws SealtrailError `AccessDeniedException`
 */
export function checkTrust(call: Call, role: Role, wanted: Wanted, now: number): void {
  const arn = arnOfNamed(role, call.caller.region)
  const refuse = (action: string) => denied(call.caller, action, arn)
  const principal = principalOf(call.caller)
  const issuer = call.caller.identity.sessionContext?.sessionIssuer?.arn
  const request = principal && requestOf(principal, issuer, role)
  if (principal === undefined || request === undefined) throw refuse('sts:AssumeRole')
  const facts = factsOf(call, principal, role, wanted, now)
  for (const action of actionsFor(wanted)) {
    const asked = { ...request, action, resource: arn, fact: (key: string) => facts.get(key) }
    if (decide(asked).decision !== 'allow') throw refuse(action)
  }
  call.needsNoPermission()
}

function actionsFor({ tags, sourceIdentity }: Wanted): string[] {
  return [
    'sts:AssumeRole',
    ...(tags.length === 0 ? [] : ['sts:TagSession']),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

type Sides = Omit<PolicyRequest, 'action' | 'resource' | 'fact'>

/** Undefined when one of the documents is no policy, or the caller is nobody who can take on a role. */
function requestOf(
  principal: Principal,
  issuer: string | undefined,
  role: Role,
): Sides | undefined {
  const { account, arn, policies } = principal
  const type = TYPES[principal.type as keyof typeof TYPES]
  const sessionDocuments = policies?.sessionPolicies
  const resourcePolicy = compiled(role.trustPolicy, 'trust')
  const identityPolicies = (policies?.identityPolicies ?? []).map((one) =>
    compiled(one, 'identity'),
  )
  const sessionPolicies = sessionDocuments?.map((one) => compiled(one, 'session'))
  const boundary = policies?.boundary && compiled(policies.boundary, 'boundary')
  const isSound =
    isWhole(identityPolicies) &&
    (sessionPolicies === undefined || isWhole(sessionPolicies)) &&
    (boundary !== undefined || policies?.boundary === undefined)
  if (type === undefined || resourcePolicy === undefined || !isSound) return undefined
  return {
    principal: {
      type,
      account,
      arn,
      issuer,
      boundary,
      sessionPolicies: sessionPolicies as Policy[],
    },
    owner: role.account,
    identityPolicies,
    resourcePolicy,
  }
}

function isWhole(policies: ReadonlyArray<Policy | undefined>): policies is readonly Policy[] {
  return !policies.includes(undefined)
}

/** By kind: the same text may be parsed as several. */
const kept = new Map<PolicyKind, WeakMap<PolicyDocument, Policy | 'none'>>()

function compiled(document: PolicyDocument, kind: PolicyKind): Policy | undefined {
  const ofKind = kept.get(kind) ?? new WeakMap<PolicyDocument, Policy | 'none'>()
  kept.set(kind, ofKind)
  let policy = ofKind.get(document)
  if (policy === undefined) {
    policy = parsed(document, kind) ?? 'none'
    ofKind.set(document, policy)
  }
  return policy === 'none' ? undefined : policy
}

function parsed({ text, name }: PolicyDocument, kind: PolicyKind): Policy | undefined {
  try {
    return parsePolicy(text, kind, name)
  } catch (error) {
    if (isSealtrailError(error)) return undefined
    throw error
  }
}
