/**
 * Whether a grant allows what is asked: the one question that the way to a key has for grants.
 *
 *     grantee → operation → source → encryption context, or the terms of the grant to be made
 *
 * A grant counts as soon as it is made and no longer than it is there, so that tokens add nothing to it (tokens.ts).
 * Pure, and made for every call: nothing is allocated for a key without grants, and a context is made comparable only
 * when a grant asks for it. Source: AWS KMS developer guide, "Grants in AWS KMS", "Retiring and revoking grants".
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import { areEqual, includes, isAsStrict, type Pairs, pairsOf } from './constraints.js'
import type { Grant, GrantTerms } from './grant.js'
import type { KeyGrants, Permit } from './key-grants.js'

export interface GrantRequest {
  /** As grants name it, such as `ReEncryptFrom`. */
  readonly operation: string
  /** Who asks, by all his names (principals.ts). */
  readonly principals: readonly string[]
  readonly context: EncryptionContext | undefined
  /** On behalf of which resource. */
  readonly sourceArn: string | undefined
  /** What the grant that CreateGrant is to make would allow. */
  readonly child?: GrantTerms | undefined
}

/** Operations that have no encryption context. */
const WITHOUT_CONTEXT: ReadonlySet<string> = new Set(['CreateGrant', 'DescribeKey'])
const NO_CONTEXT: EncryptionContext = {}

/** A grant by which who asks may do what he asks for. Retiring is asked in {@link mayRetire}. */
export function grantThatAllows(grants: KeyGrants, request: GrantRequest): Grant | undefined {
  if (grants.size === 0) return undefined
  const { operation, principals, context, sourceArn, child } = request
  const asksContext = !WITHOUT_CONTEXT.has(operation)
  let pairs: Pairs | undefined
  for (const principal of principals) {
    for (const permit of grants.of(principal)) {
      if (!permit.operations.has(operation)) continue
      if (permit.sourceArn !== undefined && permit.sourceArn !== sourceArn) continue
      if (asksContext && (permit.equals !== undefined || permit.subset !== undefined)) {
        pairs ??= pairsOf(context ?? NO_CONTEXT)
        if (!fits(permit, pairs)) continue
      }
      if (operation === 'CreateGrant' && !mayHave(permit.grant, child)) continue
      return permit.grant
    }
  }
  return undefined
}

/** The retirer, and the grantee where the grant says so. */
export function mayRetire({ retirer, grantee, operations }: Grant, names: readonly string[]) {
  return (
    (retirer !== undefined && names.includes(retirer)) ||
    (operations.includes('RetireGrant') && names.includes(grantee))
  )
}

function fits({ equals, subset }: Permit, pairs: Pairs): boolean {
  return (
    (equals === undefined || areEqual(equals, pairs)) &&
    (subset === undefined || includes(pairs, subset))
  )
}

/** What a grant gives on is never more than it has. */
function mayHave(parent: Grant, child: GrantTerms | undefined): boolean {
  return (
    child?.operations.every((operation) => parent.operations.includes(operation)) === true &&
    isAsStrict(child.constraints, parent.constraints)
  )
}
