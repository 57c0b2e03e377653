/**
 * Users, roles, managed policies and access keys of a seed: held against those that are there, or planned.
 *
 * A user, role or policy is there or not; what the seed says of one that is there must be so. Access keys are things of
 * their own: others than the seed's may be there.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import type { Account } from '../iam/principals/account.js'
import { unwrapSecret } from '../iam/principals/secret.js'
import {
  arnOfNamed,
  defaultDocument,
  type Entity,
  type ManagedPolicy,
  type Role,
  type User,
} from '../iam/principals/things.js'
import type { Tag } from '../service/policies.js'
import { memberPlace } from './check.js'
import type { Plan } from './plan.js'
import type { SeedAccessKey, SeedAccount, SeedPolicy, SeedRole, SeedUser } from './schema.js'

export function planAccount(plan: Plan, seed: SeedAccount, place: string): void {
  const { policies = [], users = [], roles = [] } = seed
  const account = plan.draft.principals.account(seed.account)
  for (const [index, policy] of policies.entries()) {
    const at = `${place}.policies[${index}]`
    const there = account.policies.holder(policy.name)
    if (there === undefined) planPolicy(plan, seed.account, policy, at)
    else plan.differences.compareMembers(at, policyView(there), policy)
  }
  for (const [index, { accessKeys = [], ...user }] of users.entries()) {
    const at = `${place}.users[${index}]`
    const there = account.users.holder(user.name)
    if (there === undefined) planEntity(plan, seed, 'User', user, at)
    else plan.differences.compareMembers(at, entityView(there, account), sorted(user))
    for (const [i, accessKey] of accessKeys.entries()) {
      planAccessKey(plan, seed.account, user.name, there, accessKey, `${at}.accessKeys[${i}]`)
    }
  }
  for (const [index, role] of roles.entries()) {
    const at = `${place}.roles[${index}]`
    const there = account.roles.holder(role.name)
    if (there === undefined) planEntity(plan, seed, 'Role', role, at)
    else plan.differences.compareMembers(at, roleView(there, account), sorted(role))
  }
}

function planPolicy(plan: Plan, account: string, policy: SeedPolicy, place: string): void {
  plan.add(place, (draft) =>
    draft.iam(account, 'CreatePolicy', {
      PolicyName: policy.name,
      Path: policy.path,
      Description: policy.description,
      Tags: tagsOf(policy.tags),
      PolicyDocument: JSON.stringify(policy.document),
    }),
  )
}

/** The operations of users and of roles have the same names but for this word. */
function planEntity(
  plan: Plan,
  seed: SeedAccount,
  kind: 'User' | 'Role',
  entity: SeedUser | SeedRole,
  place: string,
): void {
  const { account } = seed
  const { name, path, permissionsBoundary, attachedPolicies = [], inlinePolicies = {} } = entity
  const named = { [`${kind}Name`]: name }
  const arnOf = (policy: string, at: string) => policyArn(plan, seed, policy, at)
  const boundary = permissionsBoundary && arnOf(permissionsBoundary, `${place}.permissionsBoundary`)
  plan.add(place, (draft) =>
    draft.iam(account, `Create${kind}`, {
      ...{ ...named, Path: path, Tags: tagsOf(entity.tags), PermissionsBoundary: boundary },
      ...('trustPolicy' in entity && {
        AssumeRolePolicyDocument: JSON.stringify(entity.trustPolicy),
        Description: entity.description,
        MaxSessionDuration: entity.maxSessionDuration,
      }),
    }),
  )
  for (const [PolicyName, document] of Object.entries(inlinePolicies)) {
    const input = { ...named, PolicyName, PolicyDocument: JSON.stringify(document) }
    plan.add(memberPlace(`${place}.inlinePolicies`, PolicyName), (draft) =>
      draft.iam(account, `Put${kind}Policy`, input),
    )
  }
  for (const [index, policy] of attachedPolicies.entries()) {
    const at = `${place}.attachedPolicies[${index}]`
    const input = { ...named, PolicyArn: arnOf(policy, at) }
    plan.add(at, (draft) => draft.iam(account, `Attach${kind}Policy`, input))
  }
}

function planAccessKey(
  plan: Plan,
  account: string,
  UserName: string,
  user: User | undefined,
  { status, ...chosen }: SeedAccessKey,
  place: string,
): void {
  const { principals, parts } = plan.draft
  const { accessKeyId: AccessKeyId } = chosen
  const there = principals.key(AccessKeyId)
  if (there === undefined) {
    plan.add(place, async (draft) => {
      await draft.accessKey(account, UserName, chosen)
      if (status !== 'Inactive') return
      await draft.iam(account, 'UpdateAccessKey', { UserName, AccessKeyId, Status: status })
    })
  } else if (there.account !== account || there.userId !== user?.id) {
    plan.differences.add(`${place}.accessKeyId`, "is another user's")
  } else {
    if (status !== undefined) plan.differences.compare(`${place}.status`, there.status, status)
    if (unwrapSecret(parts.root, there) !== chosen.secretAccessKey) {
      plan.differences.add(`${place}.secretAccessKey`, 'differs')
    }
  }
}

/** The policy has this name in the seed, or is there. */
function policyArn(plan: Plan, { account, policies = [] }: SeedAccount, name: string, at: string) {
  const { principals, parts } = plan.draft
  const seeded = policies.find((policy) => policy.name === name)
  const { path } = seeded ?? principals.account(account).policies.find(name) ?? {}
  if (path === undefined && seeded === undefined) {
    const says = `${at} names no policy of account ${account}, in the seed or there`
    throw new SealtrailError('ConfigInvalid', says)
  }
  return arnOfNamed({ kind: 'policy', account, path: path ?? '/', name }, parts.region)
}

function policyView(policy: ManagedPolicy): object {
  const { name, path, description, tags } = policy
  const document = JSON.parse(defaultDocument(policy).text)
  return { name, path, description, tags: viewOfTags(tags), document }
}

function entityView(entity: Entity, { policies }: Account): object {
  const { name, path, tags, boundary, attached, inline } = entity
  const nameOf = (id: string) => policies.byId(id)!.name
  return {
    ...{ name, path, tags: viewOfTags(tags) },
    permissionsBoundary: boundary === undefined ? undefined : nameOf(boundary),
    attachedPolicies: attached.map(nameOf).sort(),
    inlinePolicies: Object.fromEntries(inline.map(({ name, text }) => [name, JSON.parse(text)])),
  }
}

function roleView(role: Role, account: Account): object {
  return {
    ...entityView(role, account),
    description: role.description,
    maxSessionDuration: role.maxSessionSeconds,
    trustPolicy: JSON.parse(role.trustPolicy.text),
  }
}

/** The order of attached policies says nothing. */
function sorted<Says extends SeedUser | SeedRole>(says: Says): Says {
  const { attachedPolicies } = says
  return attachedPolicies === undefined
    ? says
    : { ...says, attachedPolicies: attachedPolicies.toSorted() }
}

function tagsOf(tags: Readonly<Record<string, string>> | undefined): Tag[] | undefined {
  return tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function viewOfTags(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
}
