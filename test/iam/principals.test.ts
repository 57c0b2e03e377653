/** Who is who: what an evaluator is told, and what a start refuses. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { openEngine } from '../../src/engine/choose.js'
import { createIam } from '../../src/iam/iam.js'
import type { Account } from '../../src/iam/principals/account.js'
import { Names } from '../../src/iam/principals/names.js'
import { Principals } from '../../src/iam/principals/principals.js'
import { checkAccountQuota, checkWeight } from '../../src/iam/principals/quotas.js'
import { putThing, thingOf } from '../../src/iam/principals/rows.js'
import { bindRoot, openRoot, type Root } from '../../src/root/root.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { principalOf } from '../../src/service/deciding/principal.js'
import { valuesOf } from '../../src/service/service.js'
import type { Change } from '../../src/store/change.js'
import { openStore, type Store } from '../../src/store/store.js'
import { storeLike } from '../support/kms.js'
import { temporaryFolder } from '../support/serve.js'
import { ACCOUNT, IAM_ARN, POLICY, TRUST } from './iam-house.js'

const REGION = 'us-west-2'
const temporary = temporaryFolder('principals')
const rootCaller = accountRoot(ACCOUNT, REGION)

let store: Store
let root: Root
let principals: Principals

beforeAll(async () => {
  const engine = openEngine('node')
  store = await openStore({ dataDir: join(temporary.path, 'data'), scribe: false })
  root = await openRoot({ kind: 'file', path: join(temporary.path, 'root-key') }, engine)
  await bindRoot(store, root)
  principals = await Principals.open(store, root)
})

afterAll(async () => {
  root.release()
  await store.close()
  temporary.remove()
})

/** A call of an embedding program's, which is believed. */
function call(operation: string, input: object, caller: Caller = rootCaller, kept = store) {
  const iam = createIam({ store: kept, clock: systemClock, root, principals })
  const context = { caller, requestId: 'r', sourceIpAddress: '127.0.0.1', userAgent: 'test' }
  return iam.call(operation, valuesOf(input), context) as Promise<Record<string, never>>
}

async function userCaller(name: string, region = REGION): Promise<Caller> {
  const { AccessKey } = (await call('CreateAccessKey', { UserName: name })) as unknown as {
    AccessKey: { AccessKeyId: string }
  }
  return principals.find(AccessKey.AccessKeyId)!.caller(region)
}

describe('a principal', () => {
  it('is, of root, bound by no policies', () => {
    expect(principalOf(rootCaller)).toMatchObject({
      principal: { arn: `${IAM_ARN}:root`, account: ACCOUNT, type: 'Root' },
      ...{ policies: undefined, identityPolicies: [], tags: [] },
    })
  })

  it('is, of a user, what binds him at this moment', async () => {
    await call('CreateUser', { UserName: 'ann', Path: '/x/', Tags: [{ Key: 'team', Value: 'a' }] })
    const caller = await userCaller('ann')
    const policyArn = `${IAM_ARN}:policy/one`
    const at = () => principalOf(caller)!
    expect(at()).toMatchObject({
      principal: { arn: `${IAM_ARN}:user/x/ann`, account: ACCOUNT, type: 'User' },
      ...{ tags: [{ Key: 'team', Value: 'a' }], identityPolicies: [] },
      policies: { tags: [{ Key: 'team', Value: 'a' }], identityPolicies: [], boundary: undefined },
    })
    expect(at()).toBe(at())

    await call('PutUserPolicy', { UserName: 'ann', PolicyName: 'in', PolicyDocument: POLICY })
    await call('CreatePolicy', { PolicyName: 'one', PolicyDocument: POLICY })
    await call('AttachUserPolicy', { UserName: 'ann', PolicyArn: policyArn })
    await call('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary: policyArn })
    const [inline, attached] = at().policies!.identityPolicies
    expect([inline?.name, inline?.text, attached?.name]).toEqual(['in', POLICY, 'policy/one'])
    expect(at().policies!.boundary).toBe(attached)
    expect(at().identityPolicies.map(({ name }) => name)).toEqual(['in', 'policy/one'])
    expect(at().principal.boundary).toMatchObject({ kind: 'boundary', name: 'policy/one' })

    const other = POLICY.replace('kms:*', 'kms:Decrypt')
    await call('CreatePolicyVersion', { PolicyArn: policyArn, PolicyDocument: other })
    expect(at().policies!.identityPolicies[1]).toBe(attached)
    await call('SetDefaultPolicyVersion', { PolicyArn: policyArn, VersionId: 'v2' })
    const changed = at().policies!.identityPolicies[1]!
    expect(changed.text).toBe(other)
    expect(changed.version).not.toBe(attached!.version)
    expect(at().policies!.identityPolicies[0]).toBe(inline)
    expect(at().policies!.boundary).toBe(changed)
  })

  it('is nobody once the user is deleted', async () => {
    await call('CreateUser', { UserName: 'gone' })
    const caller = await userCaller('gone')
    const UserName = 'gone'
    await call('DeleteAccessKey', { UserName, AccessKeyId: caller.accessKeyId })
    await call('DeleteUser', { UserName })
    expect(principalOf(caller)).toBeUndefined()
    await expect(call('GetUser', {}, caller)).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  it('may what his policies allow; all, when he is vouched for', async () => {
    const UserName = 'mighty'
    await call('CreateUser', { UserName })
    const caller = await userCaller(UserName)
    const { policies: _, ...believed } = caller
    await expect(call('ListUsers', {}, caller)).rejects.toThrow(
      `User: ${IAM_ARN}:user/mighty is not authorized to perform: iam:ListUsers on resource: ${IAM_ARN}:user/ because no identity-based policy allows the iam:ListUsers action`,
    )
    await call('ListUsers', {}, believed)
    const PolicyDocument = POLICY.replace('kms:*', 'iam:List*')
    await call('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument })
    await call('ListUsers', {}, caller)
    await expect(call('GetUser', {}, caller)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('on resource: user mighty because'),
    })
  })

  it('has names of its partition', async () => {
    await call('CreateUser', { UserName: 'li' })
    const caller = await userCaller('li', 'cn-north-1')
    expect(principalOf(caller)!.principal.arn).toBe(`arn:aws-cn:iam::${ACCOUNT}:user/li`)
  })

  it('is, of a program that calls as a user, that user', async () => {
    await call('CreateUser', { UserName: 'self' })
    const identity = { type: 'IAMUser', userName: 'self', accountId: ACCOUNT } as const
    const answer = await call('GetUser', {}, { account: ACCOUNT, region: REGION, identity })
    expect(answer).toMatchObject({ User: { UserName: 'self' } })
  })
})

describe('what is kept', () => {
  it('is as it was when a change could not be committed', async () => {
    await call('CreateUser', { UserName: 'safe' })
    const failing = storeLike(store)
    failing.commit = () => Promise.reject(new Error('no room'))
    const put = { UserName: 'safe', PolicyName: 'p', PolicyDocument: POLICY }
    await expect(call('PutUserPolicy', put, rootCaller, failing)).rejects.toThrow('no room')
    await expect(call('DeleteUser', { UserName: 'safe' }, rootCaller, failing)).rejects.toThrow()
    expect(principals.account(ACCOUNT).users.find('safe')).toMatchObject({ inline: [] })
  })

  it('is of its account alone', async () => {
    const other = accountRoot('444455556666', REGION)
    await call('CreatePolicy', { PolicyName: 'mine', PolicyDocument: POLICY })
    await expect(
      call('GetPolicy', { PolicyArn: `${IAM_ARN}:policy/mine` }, other),
    ).rejects.toMatchObject({ code: 'AccessDeniedException' })
    await expect(call('GetUser', { UserName: 'ann' }, other)).rejects.toMatchObject({
      code: 'NoSuchEntityException',
    })
    await call('CreateUser', { UserName: 'ann' }, other)
    const UserName = 'ann'
    const PolicyArn = `${IAM_ARN}:policy/mine`
    await expect(call('AttachUserPolicy', { UserName, PolicyArn }, other)).rejects.toMatchObject({
      code: 'NoSuchEntityException',
    })
  })

  it('is the same after a start', async () => {
    await call('CreateRole', {
      ...{ RoleName: 'kept', AssumeRolePolicyDocument: TRUST, Description: 'd' },
      ...{ PermissionsBoundary: `${IAM_ARN}:policy/one`, Tags: [{ Key: 'a', Value: '' }] },
    })
    const again = await Principals.open(store, root)
    const plain = (of: Principals) => {
      const { users, roles, policies } = of.account(ACCOUNT)
      const things = [...users.below(), ...roles.below(), ...policies.below()]
      const keys = users.below().map((user) => of.account(ACCOUNT).keysOf(user))
      const withoutVersions = (name: string, value: unknown) =>
        name === 'version' ? undefined : value
      return JSON.parse(JSON.stringify([things, keys], withoutVersions))
    }
    expect(plain(again)).toEqual(plain(principals))
  })
})

describe('changes at the same time', () => {
  const settled = async (calls: Array<Promise<unknown>>) => {
    const outcomes = await Promise.allSettled(calls)
    return outcomes.filter(({ status }) => status === 'fulfilled').length
  }
  const times = (count: number, make: (i: number) => Promise<unknown>) =>
    settled(Array.from({ length: count }, (_, i) => make(i)))

  it('make a name once, and keep to quotas', async () => {
    expect(await times(20, (i) => call('CreateUser', { UserName: i % 2 ? 'Both' : 'both' }))).toBe(
      1,
    )
    const [{ name }] = [principals.account(ACCOUNT).users.holder('both')!]
    expect(await times(20, () => call('CreateAccessKey', { UserName: name }))).toBe(2)
  })

  it('do not delete a policy while it is being attached', async () => {
    const UserName = 'attaching'
    await call('CreateUser', { UserName })
    for (let i = 0; i < 5; i++) {
      const PolicyArn = `${IAM_ARN}:policy/racing`
      await call('CreatePolicy', { PolicyName: 'racing', PolicyDocument: POLICY })
      const [attach, remove] = ['AttachUserPolicy', 'DeletePolicy']
      const order = i % 2 === 0 ? [attach, remove] : [remove, attach]
      expect(await settled(order.map((name) => call(name!, { UserName, PolicyArn })))).toBe(1)
      const { attached } = principals.account(ACCOUNT).users.find(UserName)!
      if (attached.length === 0) continue
      await call('DetachUserPolicy', { UserName, PolicyArn })
      await call('DeletePolicy', { PolicyArn })
    }
    await Principals.open(store, root)
  })
})

describe('a row', () => {
  const tampered: Array<[string, (rows: Rows) => Change]> = [
    ['a user with another policy', ({ user }) => put({ ...user, inline: '[["p","{}"]]' })],
    ['a user without his boundary', ({ user }) => put({ ...user, boundary: null })],
    ['a user of another account', ({ user }) => put({ ...user, account: '444455556666' })],
    [
      'a role that trusts another',
      ({ role }) => ({ put: 'iam_role', row: { ...role, trust_policy: '{}' } }),
    ],
    [
      'a policy with another text',
      ({ policy }) => ({ put: 'iam_policy', row: { ...policy, versions: '[[1,0,"{}"]]' } }),
    ],
    [
      'a policy with another default',
      ({ policy }) => ({ put: 'iam_policy', row: { ...policy, default_version: 2 } }),
    ],
    ['a policy that is gone', ({ policy }) => ({ drop: 'iam_policy', key: policy })],
    ['a user without his groups', ({ user }) => put({ ...user, groups: null })],
    [
      'a group with another policy',
      ({ group }) => {
        return { put: 'iam_group', row: { ...group, inline: '[["p","{}"]]' } }
      },
    ],
    ['a group that is gone', ({ group }) => ({ drop: 'iam_group', key: group })],
    ['a user who is gone', ({ user }) => ({ drop: 'iam_user', key: user })],
    [
      'a key that is active again',
      ({ key }) => ({ put: 'iam_access_key', row: { ...key, status: 'Active' } }),
    ],
    [
      'a key of another user',
      ({ key }) => ({ put: 'iam_access_key', row: { ...key, user_id: 'AIDA' } }),
    ],
    [
      'a key with another secret',
      ({ key }) => ({ put: 'iam_access_key', row: { ...key, wrapped: key.mac } }),
    ],
  ]

  it.each(tampered)('is refused at a start: %s', async (_what, tamper) => {
    const rows = await written()
    await store.commit({ changes: [tamper(rows)] })
    await expect(Principals.open(store, root)).rejects.toMatchObject({ code: 'StoreDamaged' })
    await store.commit({ changes: rows.all })
    await Principals.open(store, root)
  })

  it('of a user from before there were groups is believed', async () => {
    const { user, all } = await written()
    const { mac: _, groups: __, ...before } = { ...user, attached: '[]', boundary: null }
    const columns = Object.entries(before).sort(([a], [b]) => (a < b ? -1 : 1))
    const mac = root.authenticate(JSON.stringify(['iam_user', ...columns]))
    await store.commit({ changes: [put({ ...before, mac } as Rows['user'])] })
    const opened = await Principals.open(store, root)
    expect(opened.account(ACCOUNT).users.find('rows')!.groups).toEqual([])
    await store.commit({ changes: all })
  })

  it('comes back as what it was made of', async () => {
    const { all } = await written()
    for (const change of all) {
      if (!('put' in change)) continue
      const thing = thingOf(root, change.put as 'iam_user', change.row as never)
      expect(putThing(root, thing)).toEqual(change)
    }
  })

  interface Rows {
    readonly user: Extract<Change, { put: 'iam_user' }>['row']
    readonly role: Extract<Change, { put: 'iam_role' }>['row']
    readonly group: Extract<Change, { put: 'iam_group' }>['row']
    readonly policy: Extract<Change, { put: 'iam_policy' }>['row']
    readonly key: Extract<Change, { put: 'iam_access_key' }>['row']
    /** As they should be. */
    readonly all: readonly Change[]
  }

  function put(row: Rows['user']): Change {
    return { put: 'iam_user', row }
  }

  let made: Promise<Rows> | undefined
  function written(): Promise<Rows> {
    made ??= make()
    return made
  }

  async function make(): Promise<Rows> {
    const PolicyArn = `${IAM_ARN}:policy/rows`
    await call('CreatePolicy', { PolicyName: 'rows', PolicyDocument: POLICY })
    await call('CreateUser', { UserName: 'rows', PermissionsBoundary: PolicyArn })
    await call('AttachUserPolicy', { UserName: 'rows', PolicyArn })
    await call('CreateGroup', { GroupName: 'rows' })
    await call('AddUserToGroup', { GroupName: 'rows', UserName: 'rows' })
    await call('CreateRole', { RoleName: 'rows', AssumeRolePolicyDocument: TRUST })
    const { accessKeyId } = await userCaller('rows')
    const AccessKeyId = accessKeyId
    await call('UpdateAccessKey', { UserName: 'rows', AccessKeyId, Status: 'Inactive' })
    const { users, roles, groups, policies } = principals.account(ACCOUNT)
    const user = users.find('rows')!
    const things = [user, roles.find('rows')!, groups.find('rows')!, policies.find('rows')!]
    const keys = principals.account(ACCOUNT).keysOf(user)
    const all = [...things, ...keys].map((thing) => putThing(root, thing))
    const [userRow, role, group, policy, key] = all.map((change) =>
      'row' in change ? change.row : {},
    )
    return { user: userRow, role, group, policy, key, all } as unknown as Rows
  }
})

describe('quotas', () => {
  it.each([
    ['user', 'users', 'UsersPerAccount: 5000', 5000],
    ['role', 'roles', 'RolesPerAccount: 1000', 1000],
    ['group', 'groups', 'GroupsPerAccount: 300', 300],
    ['policy', 'policies', 'PoliciesPerAccount: 1500', 1500],
  ] as const)('bound the number of %ss in an account', (kind, names, quota, size) => {
    const account = (count: number) => ({ [names]: { size: count } }) as unknown as Account
    expect(() => checkAccountQuota(account(size - 1), kind)).not.toThrow()
    expect(() => checkAccountQuota(account(size), kind)).toThrow(`Cannot exceed quota for ${quota}`)
  })

  it('bound what all accounts have together', () => {
    expect(() => checkWeight(256 << 20)).not.toThrow()
    expect(() => checkWeight((256 << 20) + 1)).toThrow(
      expect.objectContaining({ code: 'LimitExceededException' }),
    )
  })
})

describe('names', () => {
  it('are taken in any case, found as they were given, and free again', () => {
    const names = new Names<{ id: string; name: string; path: string } & never>()
    const thing = (id: string, name: string) => ({ id, name, path: '/' }) as never
    names.put(thing('1', 'Ann'))
    expect([names.holder('aNN') !== undefined, names.find('ann')]).toEqual([true, undefined])
    names.put(thing('1', 'Bea'))
    expect([names.holder('ann'), names.size]).toEqual([undefined, 1])
    names.drop('1')
    expect([names.holder('bea'), names.size]).toEqual([undefined, 0])
  })
})
