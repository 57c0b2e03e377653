/**
 * A simulation: our evaluator asked about requests that nobody makes, on policies that are given or attached.
 *
 *     action × resources → decide → decision, matched statements, condition keys that have no value
 *
 * Condition keys have the values that are given, and no others; a resource has the policy that is given, and no other.
 * Nothing is changed. Where a statement begins and ends in its text is not told: AWS does not say how it counts columns.
 * Source: IAM API reference, SimulateCustomPolicy.
 *
 * @module
 */
import { distinctKeys } from '../../policy/context-keys.js'
import { decide, type Outcome, type PolicyRequest } from '../../policy/decide.js'
import { matchedStatements } from '../../policy/matched.js'
import type { Requester } from '../../policy/request.js'
import type { StatementRef } from '../../policy/statement.js'
import { type SimulatedPolicy, simulatedPolicy } from './policies.js'

export interface Simulation {
  readonly caller: Requester
  readonly identityPolicies: readonly SimulatedPolicy[]
  readonly boundary: SimulatedPolicy | undefined
  /** Of every resource. */
  readonly resourcePolicy: string | undefined
  /** Of resources whose ARN names no account. */
  readonly owner: string
  /** By condition key, in lower case. */
  readonly facts: ReadonlyMap<string, readonly string[]>
}

/** Of an ARN. */
const ACCOUNT = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/
const DECISIONS = { allow: 'allowed', explicitDeny: 'explicitDeny', implicitDeny: 'implicitDeny' }
const SEVERITY: readonly Outcome['decision'][] = ['allow', 'implicitDeny', 'explicitDeny']

/** One of EvaluationResults: `*` alone is the whole account, ARNs have a result each. */
export function simulate(simulation: Simulation, action: string, resources: readonly string[]) {
  const kind = /^kms:/i.test(action) ? 'key' : 'bucket'
  const { resourcePolicy: text, identityPolicies, boundary } = simulation
  const own =
    text === undefined ? undefined : simulatedPolicy(text, kind, 'ResourcePolicy', 'resource')
  const policies = [...identityPolicies, ...(own ? [own] : []), ...(boundary ? [boundary] : [])]
  const MissingContextValues = missingKeys(policies, action, simulation.facts)
  const results = resources.map((resource) => resultOf(simulation, own, action, resource))
  const decision = SEVERITY.findLast((one) => results.some(({ decision }) => decision === one))!
  const view = (some: readonly Result[]) => ({
    MatchedStatements: matchedView(some, policies),
    MissingContextValues,
    ...boundaryView(some),
  })
  const isOfAll = resources.length === 1 && resources[0] === '*'
  return {
    EvalActionName: action,
    EvalResourceName: resources.length === 1 ? resources[0] : '*',
    EvalDecision: DECISIONS[decision],
    ...view(results.filter((result) => result.decision === decision)),
    ...(isOfAll
      ? {}
      : {
          ResourceSpecificResults: results.map((result) => ({
            EvalResourceName: result.resource,
            EvalResourceDecision: DECISIONS[result.decision],
            ...view([result]),
          })),
        }),
  }
}

interface Result {
  readonly resource: string
  readonly decision: Outcome['decision']
  readonly matched: readonly StatementRef[]
  /** Undefined where there is no boundary. */
  readonly isWithinBoundary: boolean | undefined
}

function resultOf(
  { caller, identityPolicies, boundary, owner, facts }: Simulation,
  own: SimulatedPolicy | undefined,
  action: string,
  resource: string,
): Result {
  const request: PolicyRequest = {
    principal: { ...caller, boundary: boundary?.policy },
    ...{ action, resource, owner: ACCOUNT.exec(resource)?.[1] ?? owner },
    identityPolicies: identityPolicies.map(({ policy }) => policy),
    resourcePolicy: own?.policy,
    fact: (key) => facts.get(key),
  }
  const outcome = decide(request)
  const { decision } = outcome
  const matched = matchedStatements(request, outcome)
  const isWithinBoundary = boundary && isAllowedBy(boundary, request)
  return { resource, decision, matched, isWithinBoundary }
}

/** By a boundary alone, as if it were what allows. */
function isAllowedBy({ policy }: SimulatedPolicy, request: PolicyRequest): boolean {
  const { account, type, arn } = request.principal
  const principal = { account, type, arn }
  const alone = { principal, owner: account, resourcePolicy: undefined, identityPolicies: [policy] }
  return decide({ ...request, ...alone }).decision === 'allow'
}

/** That statements about the action look at, whatever became of them. */
function missingKeys(
  policies: readonly SimulatedPolicy[],
  action: string,
  facts: Simulation['facts'],
): string[] {
  const named = action.toLowerCase()
  const keys = policies.flatMap(({ contextKeys, policy }) => {
    const statements = [...policy.denying(named), ...policy.allowing(named)]
    return statements.flatMap(({ ref }) => contextKeys[ref.index]!)
  })
  return distinctKeys(keys).filter((key) => !facts.has(key.toLowerCase()))
}

function matchedView(results: readonly Result[], policies: readonly SimulatedPolicy[]) {
  const refs = new Set(results.flatMap(({ matched }) => matched))
  return [...refs].map(({ policy: id, kind }) => ({
    SourcePolicyId: id,
    SourcePolicyType: policies.find(({ policy }) => policy.name === id && policy.kind === kind)!
      .source,
  }))
}

function boundaryView(results: readonly Result[]) {
  const within = results.flatMap(({ isWithinBoundary: is }) => (is === undefined ? [] : [is]))
  if (within.length === 0) return {}
  const AllowedByPermissionsBoundary = within.every(Boolean)
  return { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } }
}
