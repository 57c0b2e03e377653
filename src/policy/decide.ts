/**
 * May somebody do something with a resource? All policies that have a say, put together.
 *
 *     a Deny anywhere ─────────────────────────────────────────────────────────────► explicit deny
 *     own account:    resource names caller ───────────────────────────────────────► allow
 *                     resource names caller's role ──────────► boundary ► session ─► allow
 *                     identity policies (of a key or role: if its account is named) ► boundary ► session ─► allow
 *     other account:  resource names caller, role or account, and identity policies ► boundary ► session ─► allow
 *     service:        resource names it ───────────────────────────────────────────► allow
 *     a grant:        to the caller himself ───────────────────────────────────────► allow
 *                     to the caller's role ──────────────────► boundary ► session ─► allow
 *
 * Whatever does not arrive is denied implicitly, and the outcome names the first policy that did not let it pass. The
 * root user of an account needs no identity policy, but needs the policy of a key or role like everybody. A grant is
 * asked for last; which there are is the business of KMS. No store, no clock: what a policy says of time or tags is a
 * fact of the request.
 * Sources: IAM user guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries
 * for IAM entities", "Session policies"; AWS KMS developer guide, "Key policies in AWS KMS".
 *
 * @module
 */
import type { Policy } from './policy.js'
import { DIRECT, type Grade, ISSUER, NOBODY } from './principals.js'
import { Asking, type Requested, type Requester } from './request.js'
import type { Statement, StatementRef } from './statement.js'

export interface PolicyRequest extends Requested {
  readonly principal: Principal
  /** The account that owns the resource; 12 digits. */
  readonly owner: string
  /** Of the user and the user's groups, or of the role of a session; a federated user's are those of the user. */
  readonly identityPolicies: readonly Policy[]
  readonly resourcePolicy?: Policy | undefined
  /** A grant on the resource that allows it: beside policies, and limited as a policy of the resource would be. */
  grant?: (() => Granted | undefined) | undefined
}

export interface Granted {
  /** To the caller, not to the role of the session. */
  readonly isDirect: boolean
  /** It would not allow every request of the same caller, action and resource. */
  readonly dependsOnFacts: boolean
}

export interface Principal extends Requester {
  readonly boundary?: Policy | undefined
  /** Undefined when none were passed when the session was made. */
  readonly sessionPolicies?: readonly Policy[] | undefined
}

/** `dependsOnFacts`: another request of the same caller, action and resource may fare otherwise. */
export type Outcome =
  | {
      readonly decision: 'allow'
      /** One of each policy that had to let it pass; none for the root user of the account, and for a grant. */
      readonly by: readonly StatementRef[]
      readonly dependsOnFacts: boolean
    }
  | {
      readonly decision: 'explicitDeny'
      readonly by: StatementRef
      readonly dependsOnFacts: boolean
    }
  | {
      readonly decision: 'implicitDeny'
      /** The first that had no statement that allows it. */
      readonly missing: 'resource' | 'identity' | 'boundary' | 'session'
      readonly dependsOnFacts: boolean
    }

type Missing = Extract<Outcome, { decision: 'implicitDeny' }>['missing']

export function decide(request: PolicyRequest): Outcome {
  const asking = new Asking(request)
  const denial = denialOf(request, asking)
  if (denial !== undefined) {
    return { decision: 'explicitDeny', by: denial.ref, dependsOnFacts: asking.dependsOnFacts }
  }
  const allowedBy = permissionOf(request, asking)
  const { dependsOnFacts } = asking
  if (typeof allowedBy !== 'string') return { decision: 'allow', by: allowedBy, dependsOnFacts }
  return (
    grantOf(request, asking) ?? { decision: 'implicitDeny', missing: allowedBy, dependsOnFacts }
  )
}

function grantOf({ grant, principal }: PolicyRequest, asking: Asking): Outcome | undefined {
  const granted = grant?.()
  if (granted === undefined) return undefined
  const missing = granted.isDirect ? undefined : limitOf(principal, asking)
  const dependsOnFacts = asking.dependsOnFacts || granted.dependsOnFacts
  return missing === undefined
    ? { decision: 'allow', by: [], dependsOnFacts }
    : { decision: 'implicitDeny', missing, dependsOnFacts }
}

function denialOf(request: PolicyRequest, asking: Asking): Statement | undefined {
  const { principal, identityPolicies, resourcePolicy } = request
  const { boundary, sessionPolicies } = principal
  return (
    (resourcePolicy && firstOf(resourcePolicy.denying(asking.action), asking)) ??
    firstDeny(identityPolicies, asking) ??
    (boundary && firstOf(boundary.denying(asking.action), asking)) ??
    (sessionPolicies && firstDeny(sessionPolicies, asking))
  )
}

/** The statements that let it pass, or what was missing. */
function permissionOf(request: PolicyRequest, asking: Asking): StatementRef[] | Missing {
  const { principal, owner, identityPolicies, resourcePolicy } = request
  const grant = resourcePolicy && bestOf(resourcePolicy.allowing(asking.action), asking)
  const grade = grant?.grade ?? NOBODY
  const isOwn = principal.account === owner
  if (grant !== undefined && grade === DIRECT && (isOwn || principal.type === 'Service')) {
    return [grant.statement.ref]
  }
  if (principal.type === 'Service') return 'resource'
  if (grant !== undefined && isOwn && grade === ISSUER) {
    return limitOf(principal, asking) ?? [grant.statement.ref]
  }
  // Here the account can only be named as such, which leaves the rest to its identity policies.
  const isNeeded = !isOwn || resourcePolicy?.kind === 'key' || resourcePolicy?.kind === 'trust'
  if (isNeeded && grant === undefined) return 'resource'
  const refs = isNeeded ? [grant!.statement.ref] : []
  if (principal.type === 'Root') return refs
  const permission = firstAllow(identityPolicies, asking)
  if (permission === undefined) return 'identity'
  refs.push(permission.ref)
  return limitOf(principal, asking) ?? refs
}

/** Which of the limits of `principal` does not let it pass. */
function limitOf(principal: Principal, asking: Asking): Missing | undefined {
  const { type, boundary, sessionPolicies } = principal
  if (boundary !== undefined && firstOf(boundary.allowing(asking.action), asking) === undefined)
    return 'boundary'
  // "If you do not pass any session policies, then the resulting federated user session has no permissions."
  const isLimited = sessionPolicies !== undefined || type === 'FederatedUser'
  return isLimited && firstAllow(sessionPolicies ?? [], asking) === undefined
    ? 'session'
    : undefined
}

function firstOf(statements: readonly Statement[], asking: Asking): Statement | undefined {
  for (const statement of statements) if (statement.applies(asking) !== NOBODY) return statement
  return undefined
}

function firstDeny(policies: readonly Policy[], asking: Asking): Statement | undefined {
  for (const policy of policies) {
    const found = firstOf(policy.denying(asking.action), asking)
    if (found !== undefined) return found
  }
  return undefined
}

function firstAllow(policies: readonly Policy[], asking: Asking): Statement | undefined {
  for (const policy of policies) {
    const found = firstOf(policy.allowing(asking.action), asking)
    if (found !== undefined) return found
  }
  return undefined
}

/** The statement that is about the caller most directly. */
function bestOf(
  statements: readonly Statement[],
  asking: Asking,
): { readonly statement: Statement; readonly grade: Grade } | undefined {
  let best: { readonly statement: Statement; readonly grade: Grade } | undefined
  for (const statement of statements) {
    const grade = statement.applies(asking)
    if (grade <= (best?.grade ?? NOBODY)) continue
    best = { statement, grade }
    if (grade === DIRECT) break
  }
  return best
}
