/**
 * AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies, the same of roles and groups, and ListEntitiesForPolicy.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { bindingPolicy, noSuchEntity, policyIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { checkQuota } from '../principals/quotas.js'
import type { Entity } from '../principals/things.js'
import { attachedView } from '../views.js'
import { changeEntity, lookAtEntity } from './entity.js'

const QUOTAS = {
  user: 'PoliciesPerUser',
  role: 'PoliciesPerRole',
  group: 'PoliciesPerGroup',
} as const

/** Attaching twice is attaching once. */
export async function attachPolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'AttachUserPolicy'> | InputOf<'AttachRolePolicy'> | InputOf<'AttachGroupPolicy'>,
) {
  await changeEntity(parts, call, input, (entity, account) => {
    const { id } = bindingPolicy(call, account, input.PolicyArn)
    if (entity.attached.includes(id)) return entity
    const attached = [...entity.attached, id]
    checkQuota(QUOTAS[entity.kind], attached.length)
    return { ...entity, attached }
  })
}

export async function detachPolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'DetachUserPolicy'> | InputOf<'DetachRolePolicy'> | InputOf<'DetachGroupPolicy'>,
) {
  await changeEntity(parts, call, input, (entity, account) => {
    const says = `Policy ${input.PolicyArn} was not found.`
    const { id } = bindingPolicy(call, account, input.PolicyArn, says)
    if (!entity.attached.includes(id)) throw noSuchEntity(says)
    return { ...entity, attached: entity.attached.filter((one) => one !== id) }
  })
}

export async function listAttachedPolicies(
  parts: Parts,
  call: Call,
  input:
    | InputOf<'ListAttachedUserPolicies'>
    | InputOf<'ListAttachedRolePolicies'>
    | InputOf<'ListAttachedGroupPolicies'>,
) {
  const { account, entity } = lookAtEntity(parts, call, input)
  const { PathPrefix = '/' } = input
  const attached = attachedView(entity, account, call.caller.region)
    .filter(({ path }) => path.startsWith(PathPrefix))
    .sort((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1))
  const [page, rest] = pageOf('attached', attached, ({ PolicyName }) => PolicyName, input)
  await call.succeed()
  return { AttachedPolicies: page, ...rest }
}

/** Those that have it attached, and those whose boundary it is. */
export async function listEntitiesForPolicy(
  { principals }: Parts,
  call: Call,
  input: InputOf<'ListEntitiesForPolicy'>,
) {
  const account = principals.account(call.caller.account)
  const { id } = policyIn(call, account, input.PolicyArn)
  const { EntityFilter, PathPrefix = '/', PolicyUsageFilter: usage } = input
  const isWanted = ({ path, attached, boundary }: Entity) =>
    path.startsWith(PathPrefix) &&
    ((usage !== 'PermissionsBoundary' && attached.includes(id)) ||
      (usage !== 'PermissionsPolicy' && boundary === id))
  const all: Entity[] = []
  if (EntityFilter === undefined || EntityFilter === 'User') all.push(...account.users.all())
  if (EntityFilter === undefined || EntityFilter === 'Role') all.push(...account.roles.all())
  if (EntityFilter === undefined || EntityFilter === 'Group') all.push(...account.groups.all())
  const cursorOf = ({ kind, name }: Entity) => `${kind}/${name}`
  const found = all.filter(isWanted).sort((a, b) => (cursorOf(a) < cursorOf(b) ? -1 : 1))
  const [page, rest] = pageOf('entities', found, cursorOf, input)
  await call.succeed()
  const of = (kind: Entity['kind']) => page.filter((entity) => entity.kind === kind)
  return {
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...rest,
  }
}
