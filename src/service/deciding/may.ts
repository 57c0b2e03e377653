/**
 * Who may do what with which resource: the evaluator, asked about one call.
 *
 *     who calls (principal.ts) + policy of the resource + facts (global-facts.ts, the service's) → policy/decide
 *
 * Who may not is told so in AWS's words, which say what kind of policy was missing or denied. Source: IAM user guide,
 * "Troubleshoot access denied error messages".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { decide, type Outcome, type PolicyRequest } from '../../policy/decide.js'
import type { PolicyKind } from '../../policy/grammar/document.js'
import type { Policy } from '../../policy/policy.js'
import { arnOfCaller, type Caller } from '../caller.js'
import type { AnyTag } from '../tags.js'
import { type Asker, globalFact } from './global-facts.js'
import { type BoundPrincipal, principalOf } from './principal.js'
import { denialSentence, refusedBecause, sentenceOn } from './verdict.js'

export interface AccessRequest {
  /** Such as `kms:Decrypt`. */
  readonly action: string
  /** The account that owns the resource, whether it exists or not; 12 digits. */
  readonly owner: string
  /** The ARN of the resource, as policies name it; none for what concerns the whole account. */
  readonly arn?: string | undefined
  /** How a refusal names the resource; by its ARN unless said. */
  readonly what?: string | undefined
  /** What a refusal tells besides its words. */
  readonly detail?: SealtrailError['detail'] | undefined
  /** The resource's own. */
  readonly policy?: Policy | undefined
  readonly tags?: readonly AnyTag[] | undefined
  /** Those that the call would give; the member `Tags` of its input unless said. */
  readonly requestTags?: readonly AnyTag[] | undefined
  /** The condition keys of the service, in lower case. */
  readonly fact?: ((key: string) => readonly string[] | undefined) | undefined
  readonly grant?: PolicyRequest['grant']
  /** Where it is done; that of the call unless said. */
  readonly region?: string | undefined
  /** The same as long as the resource is the same (decisions.ts). */
  readonly subject?: object | undefined
  /** The name of a grant that would allow it, were its constraints met; for whoever runs the server. */
  readonly nearGrant?: (() => string | undefined) | undefined
  /** In place of the outcome's own words. */
  readonly refusal?: (() => SealtrailError | undefined) | undefined
}

/**
 * Whether what is allowed depends on more than caller, action and resource.
 * @throws SealtrailError `AccessDeniedException`
 */
export function authorise(asker: Asker, request: AccessRequest): boolean {
  const bound = principalOf(asker.caller)
  const { subject, action } = request
  if (subject !== undefined && bound?.decisions.areAllowed(subject, action)) return false
  const outcome = outcomeOf(asker, bound, request)
  if (outcome.decision !== 'allow') {
    const refusal = request.refusal?.() ?? denied(asker.caller, request, reasonOf(outcome, action))
    throw refusedBecause(refusal, () => sentenceFor(asker, request, outcome))
  }
  const { dependsOnFacts } = outcome
  if (subject !== undefined && !dependsOnFacts) bound?.decisions.allow(subject, action)
  return dependsOnFacts
}

/** How a request would be refused; undefined when it would not. */
export function denialOf(asker: Asker, request: AccessRequest): SealtrailError | undefined {
  const outcome = outcomeOf(asker, principalOf(asker.caller), request)
  if (outcome.decision === 'allow') return undefined
  const refusal =
    request.refusal?.() ?? denied(asker.caller, request, reasonOf(outcome, request.action))
  return refusedBecause(refusal, () => sentenceFor(asker, request, outcome))
}

/** What was decided, in one sentence. */
export function sentenceFor({ caller }: Asker, request: AccessRequest, outcome: Outcome): string {
  const { action, arn = '*', policy, nearGrant } = request
  const bound = principalOf(caller)
  return sentenceOn({
    ...{ who: nameOf(caller), action, arn, policyKind: policy?.kind, nearGrant: nearGrant?.() },
    boundary: bound?.principal.boundary?.name,
    outcome: bound && outcome,
  })
}

/** AWS's words where even the reason would tell too much. */
export function accessDenied(caller: Caller, action: string, what = 'this resource') {
  const reason =
    'because the resource does not exist in this Region, no resource-based policies allow access, or a ' +
    'resource-based policy explicitly denies access'
  const because = 'what is asked for is not there'
  return refusedFor(denied(caller, { action, what }, reason), caller, { action }, because)
}

/** `refusal`, for a reason that no policy was asked about. */
export function refusedFor(
  refusal: SealtrailError,
  caller: Caller,
  { action, arn = '*' }: Pick<AccessRequest, 'action' | 'arn'>,
  reason: string,
): SealtrailError {
  return refusedBecause(refusal, () => denialSentence(nameOf(caller), action, arn, reason))
}

const GONE: Outcome = { decision: 'implicitDeny', missing: 'identity', dependsOnFacts: false }

function outcomeOf(
  asker: Asker,
  bound: BoundPrincipal | undefined,
  request: AccessRequest,
): Outcome {
  return bound === undefined ? GONE : decide(policyRequestOf(asker, bound, request))
}

/** What the evaluator is asked. */
export function policyRequestOf(
  asker: Asker,
  bound: BoundPrincipal,
  request: AccessRequest,
): PolicyRequest {
  const { action, owner, region, arn = '*', policy, tags, requestTags, grant } = request
  const asked = { asker, bound, owner, region, tags, requestTags }
  const { principal, identityPolicies } = bound
  return {
    principal,
    action,
    owner,
    identityPolicies,
    grant,
    resource: arn,
    resourcePolicy: policy,
    fact: (key) => (key.startsWith('aws:') ? globalFact(asked, key) : request.fact?.(key)),
  }
}

const MISSING = {
  resource: 'resource-based policy',
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
} as const

const DENYING: Readonly<Record<PolicyKind, string>> = {
  identity: 'an identity-based policy',
  boundary: 'a permissions boundary',
  session: 'a session policy',
  key: 'a resource-based policy',
  bucket: 'a resource-based policy',
  trust: 'a resource-based policy',
}

function reasonOf(outcome: Exclude<Outcome, { decision: 'allow' }>, action: string): string {
  return outcome.decision === 'explicitDeny'
    ? `with an explicit deny in ${DENYING[outcome.by.kind]}`
    : `because no ${MISSING[outcome.missing]} allows the ${action} action`
}

function denied(
  caller: Caller,
  { action, arn, what, detail }: Pick<AccessRequest, 'action' | 'arn' | 'what' | 'detail'>,
  reason: string,
): SealtrailError {
  const named = what ?? (arn === undefined ? undefined : `resource: ${arn}`)
  const where = named === undefined ? '' : ` on ${named}`
  const says = `User: ${nameOf(caller)} is not authorized to perform: ${action}${where} ${reason}`
  return new SealtrailError('AccessDeniedException', says, detail)
}

function nameOf(caller: Caller): string {
  const { arn, invokedBy } = caller.identity
  return arn ?? invokedBy ?? arnOfCaller(caller)
}
