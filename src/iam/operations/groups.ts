/**
 * CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, and who is in it: AddUserToGroup, RemoveUserFromGroup,
 * ListGroupsForUser.
 *
 * Who is in which group is kept with the user. The policies of groups are in the files of policies.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import { newUniqueId } from '../ids.js'
import { groupIn, mayBelow, noSuchEntity, userIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import type { Account } from '../principals/account.js'
import { checkAccountQuota, checkQuota } from '../principals/quotas.js'
import type { Group, User } from '../principals/things.js'
import { groupView, userView } from '../views.js'
import { checkBare, conflict, MEMBER } from './users.js'

export async function createGroup(
  { principals, clock }: Parts,
  call: Call,
  { GroupName: name, Path: path = '/' }: InputOf<'CreateGroup'>,
) {
  const { account: id, region } = call.caller
  return await principals.change(id, async (account) => {
    mayBelow(call, `group${path}${name}`)
    checkFree(account, name)
    checkAccountQuota(account, 'group')
    const group: Group = {
      ...{ kind: 'group', account: id, id: newUniqueId('group'), name, path },
      ...{ createdAt: clock.now(), tags: [], boundary: undefined, attached: [], inline: [] },
    }
    const output = { Group: groupView(group, region) }
    await principals.save(call, [{ put: group }], output)
    return output
  })
}

/** With who is in it. */
export async function getGroup({ principals }: Parts, call: Call, input: InputOf<'GetGroup'>) {
  const { account: id, region } = call.caller
  const account = principals.account(id)
  const group = groupIn(call, account, input.GroupName)
  const [page, rest] = pageOf('members', account.membersOf(group), ({ name }) => name, input)
  await call.succeed()
  const Users = page.map((user) => userView(user, region))
  return { Group: groupView(group, region), Users, ...rest }
}

export async function listGroups({ principals }: Parts, call: Call, input: InputOf<'ListGroups'>) {
  const { account, region } = call.caller
  mayBelow(call, 'group/')
  const groups = principals.account(account).groups.below(input.PathPrefix)
  const [page, rest] = pageOf('groups', groups, ({ name }) => name, input)
  await call.succeed()
  return { Groups: page.map((group) => groupView(group, region)), ...rest }
}

export async function updateGroup(
  { principals }: Parts,
  call: Call,
  input: InputOf<'UpdateGroup'>,
) {
  await principals.change(call.caller.account, async (account) => {
    const group = groupIn(call, account, input.GroupName)
    const { NewGroupName: name = group.name, NewPath: path = group.path } = input
    checkFree(account, name, group)
    await principals.save(call, [{ put: { ...group, name, path } }])
  })
}

export async function deleteGroup(
  { principals }: Parts,
  call: Call,
  input: InputOf<'DeleteGroup'>,
) {
  await principals.change(call.caller.account, async (account) => {
    const group = groupIn(call, account, input.GroupName)
    if (account.membersOf(group).length > 0) throw conflict(MEMBER)
    checkBare(group)
    await principals.save(call, [{ drop: group }])
  })
}

/** Adding twice is adding once. */
export async function addUserToGroup(parts: Parts, call: Call, input: InputOf<'AddUserToGroup'>) {
  await changeMember(parts, call, input, (user, { id }) => {
    if (user.groups.includes(id)) return user
    const groups = [...user.groups, id]
    checkQuota('GroupsPerUser', groups.length)
    return { ...user, groups }
  })
}

export async function removeUserFromGroup(
  parts: Parts,
  call: Call,
  input: InputOf<'RemoveUserFromGroup'>,
) {
  await changeMember(parts, call, input, (user, { id, name }) => {
    if (user.groups.includes(id)) {
      return { ...user, groups: user.groups.filter((one) => one !== id) }
    }
    throw noSuchEntity(`The user with name ${user.name} is not in the group ${name}.`)
  })
}

export async function listGroupsForUser(
  { principals }: Parts,
  call: Call,
  input: InputOf<'ListGroupsForUser'>,
) {
  const { account: id, region } = call.caller
  const account = principals.account(id)
  const user = userIn(call, account, input.UserName)
  const groups = account.groupsOf(user).sort((a, b) => (a.name < b.name ? -1 : 1))
  const [page, rest] = pageOf('groups-of-user', groups, ({ name }) => name, input)
  await call.succeed()
  return { Groups: page.map((group) => groupView(group, region)), ...rest }
}

/** The group is what a policy must name, as in AWS. */
async function changeMember(
  { principals }: Parts,
  call: Call,
  { GroupName, UserName }: InputOf<'AddUserToGroup'>,
  changed: (user: User, group: Group) => User,
): Promise<void> {
  await principals.change(call.caller.account, async (account) => {
    const group = groupIn(call, account, GroupName)
    const user = account.users.find(UserName)
    if (user === undefined) {
      throw noSuchEntity(`The user with name ${UserName} cannot be found.`)
    }
    await principals.save(call, [{ put: changed(user, group) }])
  })
}

function checkFree({ groups }: Account, name: string, own?: Group): void {
  const holder = groups.holder(name)
  if (holder === undefined || holder.id === own?.id) return
  const says = `Group with name ${name} already exists.`
  throw new SealtrailError('EntityAlreadyExistsException', says)
}
