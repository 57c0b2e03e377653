/**
 * May the caller take on the role? Its trust policy is the policy of the resource, as a key's is of a key.
 *
 *     sts:AssumeRole          always
 *     sts:TagSession          when the session is to have tags, also inherited ones
 *     sts:SetSourceIdentity   when it is to have a source identity, also an inherited one
 *
 * Source: IAM user guide, "Use IAM roles", "Pass session tags in AWS STS", "Monitor and control actions taken with
 * assumed roles".
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import type { PrincipalIds } from '../../policy/grammar/identified.js'
import { type Policy, parsePolicy } from '../../policy/policy.js'
import type { Call } from '../../service/calls/call.js'
import type { PolicyDocument } from '../../service/policies.js'
import { arnOfNamed, type Role } from '../principals/things.js'
import { stsFact, type Wanted } from './facts.js'
import { denied } from './refusals.js'

/** @throws SealtrailError `AccessDeniedException` */
export function checkTrust(call: Call, role: Role, wanted: Wanted, hasTags: boolean): void {
  const arn = arnOfNamed(role, call.caller.region)
  const policy = compiled(role)
  // As it may stand in a directory from before policies were checked.
  if (policy === undefined) throw denied(call.caller, 'sts:AssumeRole', arn)
  for (const action of actionsFor(wanted, hasTags)) {
    call.may({
      ...{ action, arn, policy, owner: role.account, tags: role.tags },
      fact: (key) => stsFact(role, wanted, key),
      refusal: () => denied(call.caller, action, arn),
    })
  }
}

function actionsFor({ sourceIdentity }: Wanted, hasTags: boolean): string[] {
  return [
    'sts:AssumeRole',
    ...(hasTags ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

const kept = new WeakMap<PolicyDocument, { readonly policy: Policy | undefined }>()

/** Undefined for what is no policy. */
function compiled({ trustPolicy: document, trusted }: Role): Policy | undefined {
  const known = kept.get(document)
  if (known !== undefined) return known.policy
  const policy = parsed(document, trusted)
  kept.set(document, { policy })
  return policy
}

function parsed({ text, name }: PolicyDocument, trusted: PrincipalIds): Policy | undefined {
  try {
    return parsePolicy(text, 'trust', name, trusted)
  } catch (error) {
    if (isSealtrailError(error)) return undefined
    throw error
  }
}
