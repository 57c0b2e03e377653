/**
 * CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey.
 *
 * The secret is in the answer of CreateAccessKey, and in no other place that anybody reads; it is kept wrapped. Access
 * keys of an account's root are those of the credentials file, and not managed here.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import { newAccessKeyId, newSecretAccessKey } from '../ids.js'
import { noSuchEntity, userIn, userNameIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import type { Account } from '../principals/account.js'
import { checkQuota } from '../principals/quotas.js'
import { wrapSecret } from '../principals/secret.js'
import type { AccessKey, User } from '../principals/things.js'

/** One that a seed brings; otherwise both are drawn. */
export interface ChosenAccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export async function createAccessKey(
  { principals, root, clock }: Parts,
  call: Call,
  input: InputOf<'CreateAccessKey'>,
  { accessKeyId, secretAccessKey: secret }: ChosenAccessKey = drawnAccessKey(),
) {
  return await principals.change(call.caller.account, async (account) => {
    const user = userIn(call, account, userNameIn(call, input.UserName))
    checkQuota('AccessKeysPerUser', account.keysOf(user).length + 1)
    const place = { accessKeyId, account: user.account, userId: user.id }
    const key: AccessKey = {
      ...{ kind: 'key', ...place, status: 'Active', createdAt: clock.now() },
      wrapped: wrapSecret(root, secret, place),
    }
    const output = { AccessKey: { ...keyView(user, key), SecretAccessKey: secret } }
    await principals.save(call, [{ put: key }], output)
    return output
  })
}

export async function listAccessKeys(
  { principals }: Parts,
  call: Call,
  input: InputOf<'ListAccessKeys'>,
) {
  const account = principals.account(call.caller.account)
  const user = userIn(call, account, userNameIn(call, input.UserName))
  const keys = [...account.keysOf(user)].sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1))
  const [page, rest] = pageOf('access-keys', keys, ({ accessKeyId }) => accessKeyId, input)
  await call.succeed()
  return { AccessKeyMetadata: page.map((key) => keyView(user, key)), ...rest }
}

export async function updateAccessKey(
  { principals }: Parts,
  call: Call,
  input: InputOf<'UpdateAccessKey'>,
) {
  const { Status: status } = input
  if (status === 'Expired') {
    const says = 'The status of an access key can be set to Active or Inactive.'
    throw new SealtrailError('ValidationException', says)
  }
  await principals.change(call.caller.account, async (account) => {
    const key = keyIn(call, account, input)
    await principals.save(call, [{ put: { ...key, status } }])
  })
}

export async function deleteAccessKey(
  { principals }: Parts,
  call: Call,
  input: InputOf<'DeleteAccessKey'>,
) {
  await principals.change(call.caller.account, async (account) => {
    await principals.save(call, [{ drop: keyIn(call, account, input) }])
  })
}

function drawnAccessKey(): ChosenAccessKey {
  return { accessKeyId: newAccessKeyId(), secretAccessKey: newSecretAccessKey() }
}

function keyIn(call: Call, account: Account, input: InputOf<'DeleteAccessKey'>): AccessKey {
  const { UserName, AccessKeyId } = input
  const user = userIn(call, account, userNameIn(call, UserName))
  const key = account.keysOf(user).find(({ accessKeyId }) => accessKeyId === AccessKeyId)
  if (key !== undefined) return key
  throw noSuchEntity(`The Access Key with id ${AccessKeyId} cannot be found.`)
}

function keyView(user: User, { accessKeyId, status, createdAt }: AccessKey) {
  return {
    UserName: user.name,
    AccessKeyId: accessKeyId,
    Status: status,
    CreateDate: new Date(createdAt),
  }
}
