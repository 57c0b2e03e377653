/**
 * CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { arnOfCaller } from '../../service/caller.js'
import type { Call } from '../../service/calls/call.js'
import { newUniqueId } from '../ids.js'
import { boundaryOf, mayBelow, userIn, userNameIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import type { Account } from '../principals/account.js'
import { checkAccountQuota } from '../principals/quotas.js'
import type { User } from '../principals/things.js'
import { withTags } from '../tags.js'
import { entityExtras, userView } from '../views.js'

/** Of a user and of a group. */
export const MEMBER = 'must remove users from group first'

export async function createUser(
  { principals, clock }: Parts,
  call: Call,
  { UserName: name, Path: path = '/', Tags = [], PermissionsBoundary }: InputOf<'CreateUser'>,
) {
  const { account: id, region } = call.caller
  return await principals.change(id, async (account) => {
    mayBelow(call, `user${path}${name}`)
    checkFree(account, name)
    checkAccountQuota(account, 'user')
    const user: User = {
      ...{ kind: 'user', account: id, id: newUniqueId('user'), name, path },
      createdAt: clock.now(),
      tags: withTags([], Tags),
      boundary: PermissionsBoundary && boundaryOf(call, account, PermissionsBoundary),
      ...{ attached: [], inline: [], groups: [] },
    }
    const output = { User: { ...userView(user, region), ...entityExtras(user, account, region) } }
    await principals.save(call, [{ put: user }], output)
    return output
  })
}

/** Of the caller, when none is named. An account's root has neither name nor path. */
export async function getUser({ principals }: Parts, call: Call, input: InputOf<'GetUser'>) {
  const { account: id, region, identity } = call.caller
  if (input.UserName === undefined && identity.type === 'Root') {
    mayBelow(call, 'root')
    await call.succeed()
    return { User: { UserId: id, Arn: arnOfCaller(call.caller) } }
  }
  const account = principals.account(id)
  const user = userIn(call, account, userNameIn(call, input.UserName))
  const output = { User: { ...userView(user, region), ...entityExtras(user, account, region) } }
  await call.succeed()
  return output
}

export async function listUsers({ principals }: Parts, call: Call, input: InputOf<'ListUsers'>) {
  const { account, region } = call.caller
  mayBelow(call, 'user/')
  const users = principals.account(account).users.below(input.PathPrefix)
  const [page, rest] = pageOf('users', users, ({ name }) => name, input)
  await call.succeed()
  return { Users: page.map((user) => userView(user, region)), ...rest }
}

export async function updateUser({ principals }: Parts, call: Call, input: InputOf<'UpdateUser'>) {
  await principals.change(call.caller.account, async (account) => {
    const user = userIn(call, account, input.UserName)
    const { NewUserName: name = user.name, NewPath: path = user.path } = input
    checkFree(account, name, user)
    await principals.save(call, [{ put: { ...user, name, path } }])
  })
}

export async function deleteUser({ principals }: Parts, call: Call, input: InputOf<'DeleteUser'>) {
  await principals.change(call.caller.account, async (account) => {
    const user = userIn(call, account, input.UserName)
    checkBare(user)
    if (account.keysOf(user).length > 0) throw conflict('must delete access keys first')
    if (user.groups.length > 0) throw conflict(MEMBER)
    await principals.save(call, [{ drop: user }])
  })
}

function checkFree({ users }: Account, name: string, own?: User): void {
  const holder = users.holder(name)
  if (holder === undefined || holder.id === own?.id) return
  const says = `User with name ${name} already exists.`
  throw new SealtrailError('EntityAlreadyExistsException', says)
}

/** Of a user, role or group that is to go. @throws SealtrailError `DeleteConflictException` */
export function checkBare({ attached, inline }: Pick<User, 'attached' | 'inline'>): void {
  if (attached.length > 0) throw conflict('must detach all policies first')
  if (inline.length > 0) throw conflict('must delete policies first')
}

export function conflict(what: string): SealtrailError {
  return new SealtrailError('DeleteConflictException', `Cannot delete entity, ${what}.`)
}
