/**
 * All statements that a decision rests on, where decide.ts names the first: for whoever simulates.
 *
 * @module
 */
import type { Outcome, PolicyRequest } from './decide.js'
import { NOBODY } from './principals.js'
import { Asking } from './request.js'
import type { StatementRef } from './statement.js'

/** Of the policies of the identity and the resource: those that deny, or else those that allow. */
export function matchedStatements(request: PolicyRequest, { decision }: Outcome): StatementRef[] {
  if (decision === 'implicitDeny') return []
  const asking = new Asking(request)
  const { identityPolicies, resourcePolicy } = request
  const policies = [...identityPolicies, ...(resourcePolicy === undefined ? [] : [resourcePolicy])]
  return policies
    .flatMap((policy) => policy[decision === 'allow' ? 'allowing' : 'denying'](asking.action))
    .filter((statement) => statement.applies(asking) !== NOBODY)
    .map(({ ref }) => ref)
}
