/**
 * CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.
 *
 * Only the account's own: there are none that AWS manages.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { parsePolicy } from '../../policy/policy.js'
import type { Call } from '../../service/calls/call.js'
import { newUniqueId } from '../ids.js'
import { mayBelow, policyIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { checkAccountQuota, checkQuota, policyCharacters } from '../principals/quotas.js'
import { type ManagedPolicy, newDocument } from '../principals/things.js'
import { withTags } from '../tags.js'
import { policyExtras, policyView, type Uses, usesIn } from '../views.js'

const FIRST_VERSION = 1
const UNUSED: Uses = { attachments: 0, boundaries: 0 }

export async function createPolicy(
  { principals, clock }: Parts,
  call: Call,
  input: InputOf<'CreatePolicy'>,
) {
  const { account: id, region } = call.caller
  const { PolicyName: name, Path: path = '/', PolicyDocument, Description = '' } = input
  return await principals.change(id, async (account) => {
    mayBelow(call, `policy${path}${name}`)
    if (account.policies.holder(name) !== undefined) {
      const says = `A policy called ${name} already exists. Duplicate names are not allowed.`
      throw new SealtrailError('EntityAlreadyExistsException', says)
    }
    checkAccountQuota(account, 'policy')
    checkDescription(Description)
    const createdAt = clock.now()
    const policy: ManagedPolicy = {
      ...{ kind: 'policy', account: id, id: newUniqueId('policy'), name, path },
      ...{ createdAt, updatedAt: createdAt, description: Description },
      tags: withTags([], input.Tags ?? []),
      ...{ defaultVersion: FIRST_VERSION, lastVersion: FIRST_VERSION },
      versions: [
        {
          number: FIRST_VERSION,
          createdAt,
          document: managedDocument({ path, name }, PolicyDocument),
        },
      ],
    }
    const output = { Policy: { ...policyView(policy, UNUSED, region), ...policyExtras(policy) } }
    await principals.save(call, [{ put: policy }], output)
    return output
  })
}

export async function getPolicy({ principals }: Parts, call: Call, input: InputOf<'GetPolicy'>) {
  const { account: id, region } = call.caller
  const account = principals.account(id)
  const policy = policyIn(call, account, input.PolicyArn)
  const view = policyView(policy, usesIn(account)(policy), region)
  await call.succeed()
  return { Policy: { ...view, ...policyExtras(policy) } }
}

export async function listPolicies(
  { principals }: Parts,
  call: Call,
  input: InputOf<'ListPolicies'>,
) {
  const { account: id, region } = call.caller
  const { Scope = 'All', PathPrefix, OnlyAttached = false, PolicyUsageFilter: usage } = input
  mayBelow(call, 'policy/')
  const account = principals.account(id)
  const usesOf = usesIn(account)
  const isWanted = (policy: ManagedPolicy) => {
    const { attachments, boundaries } = usesOf(policy)
    if (OnlyAttached && attachments + boundaries === 0) return false
    if (usage === 'PermissionsPolicy') return attachments > 0
    return usage !== 'PermissionsBoundary' || boundaries > 0
  }
  const all = Scope === 'AWS' ? [] : account.policies.below(PathPrefix).filter(isWanted)
  const [page, rest] = pageOf('policies', all, ({ name }) => name, input)
  const Policies = page.map((policy) => policyView(policy, usesOf(policy), region))
  await call.succeed()
  return { Policies, ...rest }
}

export async function deletePolicy(
  { principals }: Parts,
  call: Call,
  input: InputOf<'DeletePolicy'>,
) {
  await principals.change(call.caller.account, async (account) => {
    const policy = policyIn(call, account, input.PolicyArn)
    const { attachments, boundaries } = usesIn(account)(policy)
    if (attachments + boundaries > 0) throw conflict('Cannot delete a policy attached to entities.')
    if (policy.versions.length > 1) {
      throw conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    await principals.save(call, [{ drop: policy }])
  })
}

/** @throws SealtrailError `MalformedPolicyDocumentException`, `LimitExceededException` */
export function managedDocument(policy: Pick<ManagedPolicy, 'path' | 'name'>, text: string) {
  checkQuota('PolicySize', policyCharacters(text))
  const name = `policy${policy.path}${policy.name}`
  if (parsePolicy(text, 'identity', name).version !== '2012-10-17') {
    const says = 'Policy document must be version 2012-10-17 or greater.'
    throw new SealtrailError('MalformedPolicyDocumentException', says)
  }
  return newDocument(name, text)
}

export function conflict(message: string): SealtrailError {
  return new SealtrailError('DeleteConflictException', message)
}

/** The database keeps any text but this, and AWS's model has no pattern for it. */
function checkDescription(text: string): void {
  if (!text.includes('\0')) return
  throw new SealtrailError('ValidationException', 'A description cannot hold the character NUL.')
}
