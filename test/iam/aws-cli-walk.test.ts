/**
 * Every operation of IAM and STS that is served, called by `aws` as it comes: made, read back, changed, read back,
 * taken away, read back.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STS } from '../../src/aws/models/sts.gen.js'
import { OPERATIONS } from '../../src/iam/operations.js'
import { findAwsCli, runAwsCli } from '../http/aws-cli.js'
import { ACCOUNT, IAM_ARN, IamHouse, POLICY, REGION, TRUST } from './iam-house.js'

const WALK_MS = 240_000
const DOCUMENT = JSON.parse(POLICY)
const OTHER = POLICY.replace('kms:*', 'kms:Decrypt')
const TAGS = [{ Key: 'team', Value: 'blue' }]
const GONE = 'An error occurred (NoSuchEntity)'
const called = new Set<string>()

let aws: string
let house: IamHouse

beforeAll(async () => {
  aws = await findAwsCli()
  house = await IamHouse.open()
})
afterAll(() => house.remove())

type Environment = Readonly<Record<string, string>>

function cli(service: string, operation: string, input: object, environment: Environment = {}) {
  called.add(`${service}:${operation}`)
  const command = operation.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
  return runAwsCli(aws, [service, command, '--cli-input-json', JSON.stringify(input)], {
    AWS_ENDPOINT_URL: house.server.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: join(house.folder, 'data/credentials'),
    ...environment,
  })
}

/** Answers what the operation answered, which has `expected` in it. */
async function answer(
  service: string,
  operation: string,
  input: object,
  expected: object = {},
  environment: Environment = {},
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const { exitCode, stdout, stderr } = await cli(service, operation, input, environment)
  expect([operation, exitCode, stderr]).toEqual([operation, 0, ''])
  const output = stdout === '' ? {} : JSON.parse(stdout)
  expect(output).toMatchObject(expected)
  return output
}

function iam(operation: keyof typeof OPERATIONS, input: object, expected: object = {}) {
  return answer('iam', operation, input, expected)
}

async function refused(operation: keyof typeof OPERATIONS, input: object, says: string) {
  expect((await cli('iam', operation, input)).stderr).toContain(says)
}

function environmentOf(keys: Readonly<Record<string, string>>): Environment {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = keys
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { AWS_SESSION_TOKEN: SessionToken }),
  }
}

function policyArn(name: string): string {
  return `${IAM_ARN}:policy/${name}`
}

async function newPolicy(PolicyName: string): Promise<string> {
  await iam('CreatePolicy', { PolicyName, PolicyDocument: POLICY })
  return policyArn(PolicyName)
}

const WALKS: Readonly<Record<string, () => Promise<void>>> = {
  async users() {
    const UserName = 'walk-user'
    const user = { UserName, Path: '/dev/', Arn: `${IAM_ARN}:user/dev/walk-user` }
    await iam('CreateUser', { UserName, Path: '/dev/', Tags: TAGS }, { User: user })
    await iam('GetUser', { UserName }, { User: { ...user, Tags: TAGS } })
    await iam('TagUser', { UserName, Tags: [{ Key: 'b', Value: 'c' }] })
    await iam('UntagUser', { UserName, TagKeys: ['team'] })
    await iam('ListUserTags', { UserName }, { Tags: [{ Key: 'b', Value: 'c' }] })
    const inline = { UserName, PolicyName: 'in' }
    await iam('PutUserPolicy', { ...inline, PolicyDocument: POLICY })
    await iam('GetUserPolicy', inline, { ...inline, PolicyDocument: DOCUMENT })
    await iam('PutUserPolicy', { ...inline, PolicyDocument: OTHER })
    await iam('GetUserPolicy', inline, { PolicyDocument: JSON.parse(OTHER) })
    await iam('ListUserPolicies', { UserName }, { PolicyNames: ['in'] })
    await iam('DeleteUserPolicy', inline)
    await refused('GetUserPolicy', inline, GONE)
    await iam('UpdateUser', { UserName, NewUserName: 'walk-user-2', NewPath: '/' })
    const renamed = { UserName: 'walk-user-2', Path: '/', Arn: `${IAM_ARN}:user/walk-user-2` }
    const listed = { Users: expect.arrayContaining([expect.objectContaining(renamed)]) }
    await iam('ListUsers', { PathPrefix: '/' }, listed)
    await iam('DeleteUser', { UserName: 'walk-user-2' })
    await refused('GetUser', { UserName: 'walk-user-2' }, GONE)
  },

  async 'access keys'() {
    const UserName = 'walk-keys'
    await iam('CreateUser', { UserName })
    const { AccessKey } = await iam('CreateAccessKey', { UserName }, { AccessKey: { UserName } })
    const { AccessKeyId } = AccessKey!
    const key = (Status: string) => ({ AccessKeyMetadata: [{ UserName, AccessKeyId, Status }] })
    await iam('ListAccessKeys', { UserName }, key('Active'))
    const me = (environment: Environment) => cli('sts', 'GetCallerIdentity', {}, environment)
    expect((await me(environmentOf(AccessKey!))).stdout).toContain(`${IAM_ARN}:user/walk-keys`)
    await iam('UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' })
    await iam('ListAccessKeys', { UserName }, key('Inactive'))
    expect((await me(environmentOf(AccessKey!))).stderr).toContain('(InvalidClientTokenId)')
    await iam('DeleteAccessKey', { UserName, AccessKeyId })
    const { AccessKeyMetadata } = await iam('ListAccessKeys', { UserName })
    expect(AccessKeyMetadata).toEqual([])
    await iam('DeleteUser', { UserName })
  },

  async roles() {
    const RoleName = 'walk-role'
    const made = { RoleName, AssumeRolePolicyDocument: TRUST, Description: 'one', Tags: TAGS }
    const role = { RoleName, Description: 'one', AssumeRolePolicyDocument: JSON.parse(TRUST) }
    await iam('CreateRole', made, { Role: role })
    await iam('GetRole', { RoleName }, { Role: { ...role, MaxSessionDuration: 3600, Tags: TAGS } })
    await iam('UpdateRole', { RoleName, Description: 'two', MaxSessionDuration: 7200 })
    await iam('GetRole', { RoleName }, { Role: { Description: 'two', MaxSessionDuration: 7200 } })
    const three = { Role: { Description: 'three' } }
    await iam('UpdateRoleDescription', { RoleName, Description: 'three' }, three)
    const trust = TRUST.replace(ACCOUNT, '444455556666')
    await iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust })
    const AssumeRolePolicyDocument = JSON.parse(trust)
    await iam('GetRole', { RoleName }, { Role: { AssumeRolePolicyDocument, ...three.Role } })
    await iam('TagRole', { RoleName, Tags: [{ Key: 'b', Value: 'c' }] })
    await iam('UntagRole', { RoleName, TagKeys: ['team'] })
    await iam('ListRoleTags', { RoleName }, { Tags: [{ Key: 'b', Value: 'c' }] })
    const inline = { RoleName, PolicyName: 'in' }
    await iam('PutRolePolicy', { ...inline, PolicyDocument: POLICY })
    await iam('GetRolePolicy', inline, { ...inline, PolicyDocument: DOCUMENT })
    await iam('ListRolePolicies', { RoleName }, { PolicyNames: ['in'] })
    await iam('DeleteRolePolicy', inline)
    await refused('GetRolePolicy', inline, GONE)
    await iam('ListInstanceProfilesForRole', { RoleName }, { InstanceProfiles: [] })
    const listed = { Roles: expect.arrayContaining([expect.objectContaining({ RoleName })]) }
    await iam('ListRoles', {}, listed)
    await iam('DeleteRole', { RoleName })
    await refused('GetRole', { RoleName }, GONE)
  },

  async 'managed policies'() {
    const PolicyName = 'walk-policy'
    const PolicyArn = policyArn(PolicyName)
    const Policy = { PolicyName, Arn: PolicyArn, DefaultVersionId: 'v1' }
    const made = { PolicyName, PolicyDocument: POLICY, Description: 'd', Tags: TAGS }
    await iam('CreatePolicy', made, { Policy })
    await iam('GetPolicy', { PolicyArn }, { Policy: { ...Policy, Description: 'd', Tags: TAGS } })
    await iam('TagPolicy', { PolicyArn, Tags: [{ Key: 'b', Value: 'c' }] })
    await iam('UntagPolicy', { PolicyArn, TagKeys: ['team'] })
    await iam('ListPolicyTags', { PolicyArn }, { Tags: [{ Key: 'b', Value: 'c' }] })
    const second = { VersionId: 'v2', IsDefaultVersion: false }
    const version = { PolicyArn, PolicyDocument: OTHER }
    await iam('CreatePolicyVersion', version, { PolicyVersion: second })
    const read = { PolicyVersion: { ...second, Document: JSON.parse(OTHER) } }
    await iam('GetPolicyVersion', { PolicyArn, VersionId: 'v2' }, read)
    await iam('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' })
    const versions = [{ VersionId: 'v2', IsDefaultVersion: true }, { VersionId: 'v1' }]
    await iam('ListPolicyVersions', { PolicyArn }, { Versions: versions })
    await iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' })
    await refused('GetPolicyVersion', { PolicyArn, VersionId: 'v1' }, GONE)
    const changed = expect.objectContaining({ PolicyName, DefaultVersionId: 'v2' })
    await iam('ListPolicies', { Scope: 'Local' }, { Policies: expect.arrayContaining([changed]) })
    await iam('DeletePolicy', { PolicyArn })
    await refused('GetPolicy', { PolicyArn }, GONE)
  },

  async attachments() {
    const [UserName, RoleName] = ['walk-attached', 'walk-attached']
    const PolicyArn = await newPolicy('walk-attached')
    const AttachedPolicies = [{ PolicyName: 'walk-attached', PolicyArn }]
    await iam('CreateUser', { UserName })
    await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
    await iam('AttachUserPolicy', { UserName, PolicyArn })
    await iam('AttachRolePolicy', { RoleName, PolicyArn })
    await iam('ListAttachedUserPolicies', { UserName }, { AttachedPolicies })
    await iam('ListAttachedRolePolicies', { RoleName }, { AttachedPolicies })
    const users = { PolicyUsers: [{ UserName }], PolicyRoles: [{ RoleName }] }
    await iam('ListEntitiesForPolicy', { PolicyArn }, users)
    await iam('DetachUserPolicy', { UserName, PolicyArn })
    await iam('DetachRolePolicy', { RoleName, PolicyArn })
    await refused('DetachRolePolicy', { RoleName, PolicyArn }, GONE)
    const none = { PolicyGroups: [], PolicyUsers: [], PolicyRoles: [] }
    expect(await iam('ListEntitiesForPolicy', { PolicyArn })).toMatchObject(none)
    await iam('DeletePolicy', { PolicyArn })
  },

  async boundaries() {
    const [UserName, RoleName] = ['walk-bound', 'walk-bound']
    const PermissionsBoundary = await newPolicy('walk-bound')
    const bound = { PermissionsBoundary: { PermissionsBoundaryArn: PermissionsBoundary } }
    await iam('CreateUser', { UserName })
    await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
    await iam('PutUserPermissionsBoundary', { UserName, PermissionsBoundary })
    await iam('PutRolePermissionsBoundary', { RoleName, PermissionsBoundary })
    await iam('GetUser', { UserName }, { User: bound })
    await iam('GetRole', { RoleName }, { Role: bound })
    await iam('DeleteUserPermissionsBoundary', { UserName })
    await iam('DeleteRolePermissionsBoundary', { RoleName })
    const { User } = await iam('GetUser', { UserName })
    const { Role } = await iam('GetRole', { RoleName })
    for (const one of [User, Role]) expect(one).not.toHaveProperty('PermissionsBoundary')
    await iam('DeletePolicy', { PolicyArn: PermissionsBoundary })
  },

  async groups() {
    const [GroupName, UserName] = ['walk-group', 'walk-member']
    const PolicyArn = await newPolicy('walk-group')
    const Group = { GroupName, Arn: `${IAM_ARN}:group/walk-group` }
    await iam('CreateGroup', { GroupName }, { Group })
    await iam('CreateUser', { UserName })
    await iam('AddUserToGroup', { GroupName, UserName })
    await iam('GetGroup', { GroupName }, { Group, Users: [{ UserName }] })
    await iam('ListGroupsForUser', { UserName }, { Groups: [Group] })
    const inline = { GroupName, PolicyName: 'in' }
    await iam('PutGroupPolicy', { ...inline, PolicyDocument: POLICY })
    await iam('GetGroupPolicy', inline, { ...inline, PolicyDocument: DOCUMENT })
    await iam('ListGroupPolicies', { GroupName }, { PolicyNames: ['in'] })
    await iam('DeleteGroupPolicy', inline)
    await refused('GetGroupPolicy', inline, GONE)
    await iam('AttachGroupPolicy', { GroupName, PolicyArn })
    const attached = { AttachedPolicies: [{ PolicyArn }] }
    await iam('ListAttachedGroupPolicies', { GroupName }, attached)
    await iam('DetachGroupPolicy', { GroupName, PolicyArn })
    await iam('RemoveUserFromGroup', { GroupName, UserName })
    expect((await iam('GetGroup', { GroupName })).Users).toEqual([])
    await iam('UpdateGroup', { GroupName, NewGroupName: 'walk-group-2', NewPath: '/x/' })
    const renamed = { GroupName: 'walk-group-2', Path: '/x/' }
    await iam('ListGroups', {}, { Groups: [renamed] })
    await iam('DeleteGroup', { GroupName: 'walk-group-2' })
    await refused('GetGroup', { GroupName: 'walk-group-2' }, GONE)
  },

  async simulations() {
    const PolicyInputList = [POLICY]
    const ActionNames = ['kms:Decrypt', 's3:GetObject']
    const EvaluationResults = [
      { EvalActionName: 'kms:Decrypt', EvalDecision: 'allowed' },
      { EvalActionName: 's3:GetObject', EvalDecision: 'implicitDeny' },
    ]
    await iam('SimulateCustomPolicy', { PolicyInputList, ActionNames }, { EvaluationResults })
    await iam('CreateUser', { UserName: 'walk-simulated' })
    const PolicySourceArn = `${IAM_ARN}:user/walk-simulated`
    const principal = { PolicySourceArn, PolicyInputList, ActionNames }
    await iam('SimulatePrincipalPolicy', principal, { EvaluationResults })
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } }
    const statement = { ...DOCUMENT.Statement[0], Condition }
    const conditional = [JSON.stringify({ ...DOCUMENT, Statement: statement })]
    const keys = { ContextKeyNames: ['aws:SecureTransport'] }
    await iam('GetContextKeysForCustomPolicy', { PolicyInputList: conditional }, keys)
    const ofPrincipal = { PolicySourceArn, PolicyInputList: conditional }
    await iam('GetContextKeysForPrincipalPolicy', ofPrincipal, keys)
    const UserDetailList = expect.arrayContaining([
      expect.objectContaining({ UserName: 'walk-simulated' }),
    ])
    await iam('GetAccountAuthorizationDetails', { Filter: ['User'] }, { UserDetailList })
  },

  async 'sessions of STS'() {
    const [UserName, RoleName] = ['walk-sts', 'walk-sts']
    await iam('CreateUser', { UserName })
    const PolicyDocument = POLICY.replace('kms:*', 'sts:*')
    await iam('PutUserPolicy', { UserName, PolicyName: 'in', PolicyDocument })
    await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
    const { AccessKey } = await iam('CreateAccessKey', { UserName })
    const own = environmentOf(AccessKey!)
    const start = `arn:aws:sts::${ACCOUNT}`
    const role = { RoleArn: `${IAM_ARN}:role/walk-sts`, RoleSessionName: 'one' }
    const [assumed, federated, plain] = await Promise.all([
      answer('sts', 'AssumeRole', role, {}, own),
      answer('sts', 'GetFederationToken', { Name: 'guest', Policy: POLICY }, {}, own),
      answer('sts', 'GetSessionToken', { DurationSeconds: 900 }, {}, own),
    ])
    const sessions = [
      [assumed, `${start}:assumed-role/walk-sts/one`],
      [federated, `${start}:federated-user/guest`],
      [plain, `${IAM_ARN}:user/walk-sts`],
    ] as const
    for (const [{ Credentials }, Arn] of sessions) {
      const environment = environmentOf(Credentials!)
      await answer('sts', 'GetCallerIdentity', {}, { Account: ACCOUNT, Arn }, environment)
    }
  },
}

describe.concurrent('aws iam and aws sts walk through', () => {
  it.each(Object.keys(WALKS))('%s', (name) => WALKS[name]!(), WALK_MS)
})

describe('the walk', () => {
  it('has called every operation that is served', () => {
    const served = [
      ...Object.keys(OPERATIONS).map((name) => `iam:${name}`),
      ...Object.keys(STS.operations).map((name) => `sts:${name}`),
    ]
    expect([...called].sort()).toEqual(served.sort())
  })
})

describe('aws sts', () => {
  it('is refused what is not served', async () => {
    const web = { RoleArn: `${IAM_ARN}:role/r`, RoleSessionName: 's1', WebIdentityToken: 'a.b.c' }
    const refusals = await Promise.all([
      cli('sts', 'DecodeAuthorizationMessage', { EncodedMessage: 'x' }),
      cli('sts', 'AssumeRoleWithWebIdentity', web),
    ])
    expect(refusals.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('The operation DecodeAuthorizationMessage is not supported.'),
      // It is not signed, and nobody is listened to who does not say who he is.
      expect.stringContaining('(MissingAuthenticationToken)'),
    ])
  })
})
