/**
 * CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole,
 * ListInstanceProfilesForRole.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { type Directory, principalIdsIn } from '../../policy/grammar/identified.js'
import { parsePolicy } from '../../policy/policy.js'
import type { Call } from '../../service/calls/call.js'
import { newUniqueId } from '../ids.js'
import { boundaryOf, mayBelow, roleIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { checkAccountQuota, checkQuota, policyCharacters } from '../principals/quotas.js'
import { newDocument, type Role } from '../principals/things.js'
import { withTags } from '../tags.js'
import { entityExtras, roleView } from '../views.js'
import { checkBare } from './users.js'

const SESSION_SECONDS = 3600

export async function createRole(
  { principals, clock }: Parts,
  call: Call,
  input: InputOf<'CreateRole'>,
) {
  const { account: id, region } = call.caller
  const { RoleName: name, Path: path = '/', PermissionsBoundary } = input
  return await principals.change(id, async (account) => {
    mayBelow(call, `role${path}${name}`)
    if (account.roles.holder(name) !== undefined) {
      const says = `Role with name ${name} already exists.`
      throw new SealtrailError('EntityAlreadyExistsException', says)
    }
    checkAccountQuota(account, 'role')
    const role: Role = {
      ...{ kind: 'role', account: id, id: newUniqueId('role'), name, path },
      createdAt: clock.now(),
      tags: withTags([], input.Tags ?? []),
      boundary: PermissionsBoundary && boundaryOf(call, account, PermissionsBoundary),
      ...{ attached: [], inline: [] },
      description: input.Description ?? '',
      maxSessionSeconds: input.MaxSessionDuration ?? SESSION_SECONDS,
      ...trustOf(principals, name, input.AssumeRolePolicyDocument),
    }
    // AWS says how long its sessions may be when it is asked for the role.
    const { MaxSessionDuration: _, ...view } = roleView(role, region, principals)
    const output = { Role: { ...view, ...entityExtras(role, account, region) } }
    await principals.save(call, [{ put: role }], output)
    return output
  })
}

export async function getRole({ principals }: Parts, call: Call, input: InputOf<'GetRole'>) {
  const { account: id, region } = call.caller
  const account = principals.account(id)
  const role = roleIn(call, account, input.RoleName)
  const output = {
    Role: { ...roleView(role, region, principals), ...entityExtras(role, account, region) },
  }
  await call.succeed()
  return output
}

export async function listRoles({ principals }: Parts, call: Call, input: InputOf<'ListRoles'>) {
  const { account, region } = call.caller
  mayBelow(call, 'role/')
  const roles = principals.account(account).roles.below(input.PathPrefix)
  const [page, rest] = pageOf('roles', roles, ({ name }) => name, input)
  await call.succeed()
  return { Roles: page.map((role) => roleView(role, region, principals)), ...rest }
}

export async function updateRole(parts: Parts, call: Call, input: InputOf<'UpdateRole'>) {
  await changeRole(parts, call, input.RoleName, (role) => ({
    ...role,
    description: input.Description ?? role.description,
    maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
  }))
  return {}
}

export async function updateRoleDescription(
  parts: Parts,
  call: Call,
  { RoleName, Description: description }: InputOf<'UpdateRoleDescription'>,
) {
  const role = await changeRole(parts, call, RoleName, (role) => ({ ...role, description }))
  return { Role: roleView(role, call.caller.region, parts.principals) }
}

export async function updateAssumeRolePolicy(
  parts: Parts,
  call: Call,
  { RoleName, PolicyDocument }: InputOf<'UpdateAssumeRolePolicy'>,
) {
  await changeRole(parts, call, RoleName, (role) => ({
    ...role,
    ...trustOf(parts.principals, role.name, PolicyDocument),
  }))
}

export async function deleteRole({ principals }: Parts, call: Call, input: InputOf<'DeleteRole'>) {
  await principals.change(call.caller.account, async (account) => {
    const role = roleIn(call, account, input.RoleName)
    checkBare(role)
    await principals.save(call, [{ drop: role }])
  })
}

/** There are no instance profiles. */
export async function listInstanceProfilesForRole(
  { principals }: Parts,
  call: Call,
  input: InputOf<'ListInstanceProfilesForRole'>,
) {
  roleIn(call, principals.account(call.caller.account), input.RoleName)
  const [InstanceProfiles, rest] = pageOf('instance-profiles', [], String, input)
  await call.succeed()
  return { InstanceProfiles, ...rest }
}

async function changeRole(
  { principals }: Parts,
  call: Call,
  name: string,
  changed: (role: Role) => Role,
): Promise<Role> {
  return await principals.change(call.caller.account, async (account) => {
    const role = changed(roleIn(call, account, name))
    await principals.save(call, [{ put: role }])
    return role
  })
}

function trustOf(
  directory: Directory,
  role: string,
  text: string,
): Pick<Role, 'trustPolicy' | 'trusted'> {
  checkQuota('ACLSizePerRole', policyCharacters(text))
  const policy = parsePolicy(text, 'trust', role)
  return { trustPolicy: newDocument(role, text), trusted: principalIdsIn(policy, directory) }
}
