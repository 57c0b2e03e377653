/**
 * What would have to be said for a request to be allowed: a statement for each side that is missing.
 *
 * Each is tried on the evaluator with those before it, so that what is told works. An explicit deny has no remedy but to
 * take it away.
 *
 * @module
 */
import { decide, type PolicyRequest } from '../policy/decide.js'
import type { PolicyKind } from '../policy/grammar/document.js'
import { type Policy, parsePolicy } from '../policy/policy.js'

export interface Remedy {
  /** Such as `the key policy`. */
  readonly where: string
  /** Of a policy document. */
  readonly statement: object
}

/** Of a resource, of identities, a boundary and a session, at most each once. */
const SIDES_MAX = 4

/** In the order in which they are missing; none when the request is allowed, or denied explicitly. */
export function remediesFor(request: PolicyRequest): Remedy[] {
  const remedies: Remedy[] = []
  let tried = request
  while (remedies.length < SIDES_MAX) {
    const outcome = decide(tried)
    if (outcome.decision === 'allow') return remedies
    if (outcome.decision === 'explicitDeny') return []
    const remedy = remedyFor(tried, outcome.missing)
    if (remedy === undefined) return []
    remedies.push(remedy)
    tried = withRemedy(tried, outcome.missing, remedy)
  }
  return []
}

type Side = 'resource' | 'identity' | 'boundary' | 'session'

function remedyFor(request: PolicyRequest, missing: Side): Remedy | undefined {
  const { action, resource, principal, resourcePolicy } = request
  const allow = { Effect: 'Allow', Action: action }
  const who = principal.issuer ?? principal.arn
  switch (missing) {
    case 'identity':
      return {
        where: `an identity-based policy of ${who}`,
        statement: { ...allow, Resource: resource },
      }
    case 'boundary':
      return {
        where: `the permissions boundary ${principal.boundary?.name ?? ''}`,
        statement: { ...allow, Resource: resource },
      }
    case 'session':
      return { where: 'the session policy', statement: { ...allow, Resource: resource } }
    default: {
      if (resourcePolicy === undefined) return undefined
      const isTrust = resourcePolicy.kind === 'trust'
      const Principal = principal.type === 'Service' ? { Service: who } : { AWS: who }
      return {
        where: isTrust ? 'the trust policy' : 'the key policy',
        statement: { ...allow, Principal, ...(isTrust ? {} : { Resource: '*' }) },
      }
    }
  }
}

function withRemedy(request: PolicyRequest, side: Side, { statement }: Remedy): PolicyRequest {
  const { principal, resourcePolicy, identityPolicies } = request
  const policy = (kind: PolicyKind) => policyOf(statement, kind)
  switch (side) {
    case 'identity':
      return { ...request, identityPolicies: [...identityPolicies, policy('identity')] }
    case 'boundary': {
      const boundary = joined(principal.boundary!, policy('boundary'))
      return { ...request, principal: { ...principal, boundary } }
    }
    case 'session': {
      const sessionPolicies = [...(principal.sessionPolicies ?? []), policy('session')]
      return { ...request, principal: { ...principal, sessionPolicies } }
    }
    default:
      return {
        ...request,
        resourcePolicy: joined(resourcePolicy!, policy(resourcePolicy!.kind)),
      }
  }
}

function policyOf(statement: object, kind: PolicyKind): Policy {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  return parsePolicy(document, kind, 'remedy')
}

function joined(policy: Policy, more: Policy): Policy {
  return {
    ...policy,
    allowing: (action) => [...policy.allowing(action), ...more.allowing(action)],
  }
}
