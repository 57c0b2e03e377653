/** Users, roles and their policies by AWS's own client: made, read back, changed, read back, deleted. */
import * as aws from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, IAM_ARN, IamHouse, POLICY, TRUST } from './iam-house.js'

let house: IamHouse
let iam: aws.IAMClient

beforeAll(async () => {
  house = await IamHouse.open()
  iam = house.iam()
})
afterAll(() => house.remove())

const OTHER = POLICY.replace('kms:*', 'iam:*')
const gone = { name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } }
const ANY_DATE = expect.any(Date)

describe('a user', () => {
  it('is made, read, renamed, tagged and deleted', async () => {
    const UserName = 'Anna.B+c=d,e@f-g_1'
    const Tags = [{ Key: 'Größe', Value: '' }]
    const made = await iam.send(new aws.CreateUserCommand({ UserName, Path: '/dev/', Tags }))
    const user = {
      ...{ Path: '/dev/', UserName, Arn: `${IAM_ARN}:user/dev/${UserName}`, Tags },
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      CreateDate: ANY_DATE,
    }
    expect(made.User).toEqual(user)
    expect((await iam.send(new aws.GetUserCommand({ UserName }))).User).toEqual(made.User)

    const change = { UserName, NewUserName: 'anna', NewPath: '/' }
    await iam.send(new aws.UpdateUserCommand(change))
    await expect(iam.send(new aws.GetUserCommand({ UserName }))).rejects.toMatchObject(gone)
    const renamed = await iam.send(new aws.GetUserCommand({ UserName: 'anna' }))
    expect(renamed.User).toEqual({
      ...made.User,
      ...{ UserName: 'anna', Path: '/', Arn: `${IAM_ARN}:user/anna` },
    })

    const more = [
      { Key: 'team', Value: 'x' },
      { Key: 'GRÖSSE', Value: 'y' },
    ]
    await iam.send(new aws.TagUserCommand({ UserName: 'anna', Tags: more }))
    const next = [{ Key: 'TEAM', Value: 'z' }]
    await iam.send(new aws.TagUserCommand({ UserName: 'anna', Tags: next }))
    const untag = { UserName: 'anna', TagKeys: ['grösse', 'größe', 'nothing'] }
    await iam.send(new aws.UntagUserCommand(untag))
    const tags = await iam.send(new aws.ListUserTagsCommand({ UserName: 'anna' }))
    expect([tags.Tags, tags.IsTruncated]).toEqual([next, false])

    await iam.send(new aws.DeleteUserCommand({ UserName: 'anna' }))
    await expect(iam.send(new aws.GetUserCommand({ UserName: 'anna' }))).rejects.toMatchObject(gone)
    expect((await iam.send(new aws.ListUsersCommand({}))).Users).toEqual([])
  })

  it('is the caller where none is named, and root has no name', async () => {
    const { User } = await iam.send(new aws.GetUserCommand({}))
    expect(User).toEqual({ UserId: ACCOUNT, Arn: `${IAM_ARN}:root` })
  })
})

describe('a role', () => {
  it('is made, read, changed, tagged and deleted', async () => {
    const RoleName = 'deploy'
    const made = await iam.send(
      new aws.CreateRoleCommand({
        ...{
          RoleName,
          Path: '/ci/',
          AssumeRolePolicyDocument: TRUST,
          Description: 'a <b> & c\r\nd',
        },
        ...{ MaxSessionDuration: 7200, Tags: [{ Key: 'a', Value: 'b' }] },
      }),
    )
    const role = {
      ...{
        RoleName,
        Path: '/ci/',
        Arn: `${IAM_ARN}:role/ci/deploy`,
        Description: 'a <b> & c\r\nd',
      },
      ...{ Tags: [{ Key: 'a', Value: 'b' }], CreateDate: ANY_DATE },
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      AssumeRolePolicyDocument: encodeURIComponent(TRUST).replaceAll('*', '%2A'),
    }
    expect(made.Role).toEqual(role)
    expect((await iam.send(new aws.GetRoleCommand({ RoleName }))).Role).toEqual({
      ...made.Role,
      MaxSessionDuration: 7200,
    })

    await iam.send(new aws.UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 }))
    const described = await iam.send(
      new aws.UpdateRoleDescriptionCommand({ RoleName, Description: '' }),
    )
    expect(described.Role).toMatchObject({ RoleName, MaxSessionDuration: 3600 })
    const trust = TRUST.replace(ACCOUNT, '444455556666')
    await iam.send(new aws.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }))
    await iam.send(new aws.TagRoleCommand({ RoleName, Tags: [{ Key: 'c', Value: 'd' }] }))
    await iam.send(new aws.UntagRoleCommand({ RoleName, TagKeys: ['a'] }))
    const { Role } = await iam.send(new aws.GetRoleCommand({ RoleName }))
    expect(Role).not.toHaveProperty('Description')
    expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(trust)
    const { Tags } = await iam.send(new aws.ListRoleTagsCommand({ RoleName }))
    expect([Tags, Role!.Tags]).toEqual([[{ Key: 'c', Value: 'd' }], Tags])
    const { Roles } = await iam.send(new aws.ListRolesCommand({ PathPrefix: '/ci/' }))
    expect(Roles).toEqual([expect.not.objectContaining({ Tags: expect.anything() })])
    const profiles = await iam.send(new aws.ListInstanceProfilesForRoleCommand({ RoleName }))
    expect(profiles.InstanceProfiles).toEqual([])

    await iam.send(new aws.DeleteRoleCommand({ RoleName }))
    await expect(iam.send(new aws.GetRoleCommand({ RoleName }))).rejects.toMatchObject(gone)
  })
})

describe.each(['user', 'role'] as const)('the policies of a %s', (kind) => {
  const name = `holder-of-${kind}`
  const who = { [kind === 'user' ? 'UserName' : 'RoleName']: name } as {
    UserName: string
    RoleName: string
  }
  const pick = <A, B>(forUser: A, forRole: B) => (kind === 'user' ? forUser : forRole) as A

  beforeAll(async () => {
    if (kind === 'user') await iam.send(new aws.CreateUserCommand(who))
    else await iam.send(new aws.CreateRoleCommand({ ...who, AssumeRolePolicyDocument: TRUST }))
  })

  it('are put, read, listed, replaced and deleted inline', async () => {
    const PutPolicy = pick(aws.PutUserPolicyCommand, aws.PutRolePolicyCommand)
    const GetPolicy = pick(aws.GetUserPolicyCommand, aws.GetRolePolicyCommand)
    const ListPolicies = pick(aws.ListUserPoliciesCommand, aws.ListRolePoliciesCommand)
    const DeletePolicy = pick(aws.DeleteUserPolicyCommand, aws.DeleteRolePolicyCommand)
    const text = ` {"Id": "ä+%2B & 'x' (1)!~*", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}\n`
    await iam.send(new PutPolicy({ ...who, PolicyName: 'b', PolicyDocument: POLICY }))
    await iam.send(new PutPolicy({ ...who, PolicyName: 'a', PolicyDocument: POLICY }))
    await iam.send(new PutPolicy({ ...who, PolicyName: 'b', PolicyDocument: text }))
    const read = await iam.send(new GetPolicy({ ...who, PolicyName: 'b' }))
    expect(read).toMatchObject({ ...who, PolicyName: 'b' })
    expect(decodeURIComponent(read.PolicyDocument!)).toBe(text)
    expect(read.PolicyDocument).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+$/)
    expect((await iam.send(new ListPolicies(who))).PolicyNames).toEqual(['a', 'b'])
    await iam.send(new DeletePolicy({ ...who, PolicyName: 'b' }))
    await expect(iam.send(new GetPolicy({ ...who, PolicyName: 'b' }))).rejects.toMatchObject({
      ...gone,
      message: `The ${kind} policy with name b cannot be found.`,
    })
    await iam.send(new DeletePolicy({ ...who, PolicyName: 'a' }))
    expect((await iam.send(new ListPolicies(who))).PolicyNames).toEqual([])
  })

  it('are attached, listed, detached, and bound by a boundary', async () => {
    const Attach = pick(aws.AttachUserPolicyCommand, aws.AttachRolePolicyCommand)
    const Detach = pick(aws.DetachUserPolicyCommand, aws.DetachRolePolicyCommand)
    const List = pick(aws.ListAttachedUserPoliciesCommand, aws.ListAttachedRolePoliciesCommand)
    const PutBoundary = pick(
      aws.PutUserPermissionsBoundaryCommand,
      aws.PutRolePermissionsBoundaryCommand,
    )
    const DeleteBoundary = pick(
      aws.DeleteUserPermissionsBoundaryCommand,
      aws.DeleteRolePermissionsBoundaryCommand,
    )
    const made = await iam.send(
      new aws.CreatePolicyCommand({
        PolicyName: `for-${kind}`,
        Path: '/p/',
        PolicyDocument: POLICY,
      }),
    )
    const PolicyArn = made.Policy!.Arn!
    const boundary = { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: PolicyArn }
    const entity = async () =>
      kind === 'user'
        ? (await iam.send(new aws.GetUserCommand(who))).User
        : (await iam.send(new aws.GetRoleCommand(who))).Role

    await iam.send(new Attach({ ...who, PolicyArn }))
    await iam.send(new Attach({ ...who, PolicyArn }))
    await iam.send(new PutBoundary({ ...who, PermissionsBoundary: PolicyArn }))
    expect((await iam.send(new List(who))).AttachedPolicies).toEqual([
      { PolicyName: `for-${kind}`, PolicyArn },
    ])
    expect((await iam.send(new List({ ...who, PathPrefix: '/q/' }))).AttachedPolicies).toEqual([])
    expect(await entity()).toMatchObject({ PermissionsBoundary: boundary })
    const { Policy } = await iam.send(new aws.GetPolicyCommand({ PolicyArn }))
    expect(Policy).toMatchObject({ AttachmentCount: 1, PermissionsBoundaryUsageCount: 1 })
    const entities = await iam.send(new aws.ListEntitiesForPolicyCommand({ PolicyArn }))
    const { UserName, RoleName } = who
    expect(entities).toMatchObject({
      PolicyGroups: [],
      PolicyUsers: UserName ? [{ UserName, UserId: expect.stringMatching(/^AIDA/) }] : [],
      PolicyRoles: RoleName ? [{ RoleName, RoleId: expect.stringMatching(/^AROA/) }] : [],
    })
    await expect(iam.send(new aws.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      ...{ name: 'DeleteConflictException', $metadata: { httpStatusCode: 409 } },
      message: 'Cannot delete a policy attached to entities.',
    })

    await iam.send(new Detach({ ...who, PolicyArn }))
    await expect(iam.send(new Detach({ ...who, PolicyArn }))).rejects.toMatchObject(gone)
    await expect(iam.send(new aws.DeletePolicyCommand({ PolicyArn }))).rejects.toThrow('attached')
    await iam.send(new DeleteBoundary(who))
    await iam.send(new DeleteBoundary(who))
    expect(await entity()).not.toHaveProperty('PermissionsBoundary')
    await iam.send(new aws.DeletePolicyCommand({ PolicyArn }))
  })
})

describe('a managed policy', () => {
  it('is made, read, listed, tagged and deleted', async () => {
    const made = await iam.send(
      new aws.CreatePolicyCommand({
        ...{ PolicyName: 'logs', PolicyDocument: POLICY, Description: 'of logs' },
        Tags: [{ Key: 'a', Value: '1' }],
      }),
    )
    const PolicyArn = `${IAM_ARN}:policy/logs`
    expect(made.Policy).toEqual({
      ...{ PolicyName: 'logs', Arn: PolicyArn, Path: '/', DefaultVersionId: 'v1' },
      ...{ AttachmentCount: 0, PermissionsBoundaryUsageCount: 0, IsAttachable: true },
      ...{ CreateDate: ANY_DATE, UpdateDate: ANY_DATE, Description: 'of logs' },
      ...{ Tags: [{ Key: 'a', Value: '1' }], PolicyId: expect.stringMatching(/^ANPA/) },
    })
    expect((await iam.send(new aws.GetPolicyCommand({ PolicyArn }))).Policy).toEqual(made.Policy)
    const { Description: _, Tags: __, ...listed } = made.Policy!
    const list = (input: aws.ListPoliciesCommandInput) =>
      iam.send(new aws.ListPoliciesCommand(input)).then(({ Policies }) => Policies)
    expect(await list({ Scope: 'Local' })).toEqual([listed])
    expect(await list({ Scope: 'AWS' })).toEqual([])
    expect(await list({ OnlyAttached: true })).toEqual([])
    expect(await list({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual([])
    await iam.send(new aws.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'b', Value: '2' }] }))
    await iam.send(new aws.UntagPolicyCommand({ PolicyArn, TagKeys: ['a'] }))
    const { Tags } = await iam.send(new aws.ListPolicyTagsCommand({ PolicyArn }))
    expect(Tags).toEqual([{ Key: 'b', Value: '2' }])
    await iam.send(new aws.DeletePolicyCommand({ PolicyArn }))
    await expect(iam.send(new aws.GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      ...gone,
      message: `Policy ${PolicyArn} was not found.`,
    })
  })

  it('has up to five versions, one of them the default', async () => {
    await iam.send(new aws.CreatePolicyCommand({ PolicyName: 'many', PolicyDocument: POLICY }))
    const PolicyArn = `${IAM_ARN}:policy/many`
    const add = (SetAsDefault: boolean) =>
      iam.send(
        new aws.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: OTHER, SetAsDefault }),
      )
    expect((await add(false)).PolicyVersion).toEqual({
      ...{ VersionId: 'v2', IsDefaultVersion: false, CreateDate: ANY_DATE },
    })
    expect((await add(true)).PolicyVersion).toMatchObject({ IsDefaultVersion: true })
    await add(false)
    await add(false)
    await expect(add(false)).rejects.toMatchObject({
      ...{ name: 'LimitExceededException', $metadata: { httpStatusCode: 409 } },
    })
    const list = async () => {
      const { Versions } = await iam.send(new aws.ListPolicyVersionsCommand({ PolicyArn }))
      return Versions!.map((one) => `${one.VersionId}${one.IsDefaultVersion ? '*' : ''}`).join()
    }
    expect(await list()).toBe('v5,v4,v3*,v2,v1')
    await expect(
      iam.send(new aws.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v3' })),
    ).rejects.toMatchObject({ message: 'Cannot delete the default version of a policy.' })
    await iam.send(new aws.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    await iam.send(new aws.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' }))
    expect((await add(false)).PolicyVersion!.VersionId).toBe('v6')
    const read = await iam.send(new aws.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    expect(decodeURIComponent(read.PolicyVersion!.Document!)).toBe(POLICY)
    expect((await iam.send(new aws.GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      DefaultVersionId: 'v1',
    })
    await expect(iam.send(new aws.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    })
    for (const VersionId of ['v2', 'v3', 'v4', 'v6']) {
      await iam.send(new aws.DeletePolicyVersionCommand({ PolicyArn, VersionId }))
    }
    await iam.send(new aws.DeletePolicyCommand({ PolicyArn }))
  })
})
