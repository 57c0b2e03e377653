/** Groups by AWS's own client: made, read back, changed, deleted; and what they give to whoever is in them. */
import * as aws from '@aws-sdk/client-iam'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IAM_ARN, IamHouse, type Keys, POLICY } from './iam-house.js'

let house: IamHouse
let iam: aws.IAMClient

beforeAll(async () => {
  house = await IamHouse.open()
  iam = house.iam()
})
afterAll(() => house.remove())

const MEMBER = 'Cannot delete entity, must remove users from group first.'

async function newUser(UserName: string): Promise<Keys> {
  await iam.send(new aws.CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new aws.CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId, SecretAccessKey } = AccessKey!
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
}

describe('a group', () => {
  it('is made, read, renamed and deleted', async () => {
    const made = await iam.send(new aws.CreateGroupCommand({ GroupName: 'Ops', Path: '/x/' }))
    expect(made.Group).toEqual({
      ...{ GroupName: 'Ops', Path: '/x/', Arn: `${IAM_ARN}:group/x/Ops` },
      GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{17}$/),
      CreateDate: expect.any(Date),
    })
    const read = await iam.send(new aws.GetGroupCommand({ GroupName: 'Ops' }))
    expect([read.Group, read.Users, read.IsTruncated]).toEqual([made.Group, [], false])
    await expect(iam.send(new aws.CreateGroupCommand({ GroupName: 'oPS' }))).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'Group with name oPS already exists.',
    })
    const change = { GroupName: 'Ops', NewGroupName: 'ops', NewPath: '/' }
    await iam.send(new aws.UpdateGroupCommand(change))
    const { Groups } = await iam.send(new aws.ListGroupsCommand({}))
    const renamed = { GroupName: 'ops', Path: '/', Arn: `${IAM_ARN}:group/ops` }
    expect(Groups).toEqual([{ ...made.Group, ...renamed }])
    await iam.send(new aws.DeleteGroupCommand({ GroupName: 'ops' }))
    await expect(iam.send(new aws.GetGroupCommand({ GroupName: 'ops' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The group with name ops cannot be found.',
    })
  })

  it('has users, who are told of it, and none of them goes before he has left it', async () => {
    const member = { GroupName: 'team', UserName: 'tom' }
    await iam.send(new aws.CreateUserCommand({ UserName: 'tom' }))
    await iam.send(new aws.CreateGroupCommand({ GroupName: 'team' }))
    await iam.send(new aws.AddUserToGroupCommand(member))
    await iam.send(new aws.AddUserToGroupCommand(member))
    const { Users } = await iam.send(new aws.GetGroupCommand({ GroupName: 'team' }))
    expect(Users!.map(({ UserName }) => UserName)).toEqual(['tom'])
    const { Groups } = await iam.send(new aws.ListGroupsForUserCommand({ UserName: 'tom' }))
    expect(Groups!.map(({ GroupName }) => GroupName)).toEqual(['team'])
    const conflict = { name: 'DeleteConflictException', message: MEMBER }
    const deletions = [
      () => iam.send(new aws.DeleteUserCommand({ UserName: 'tom' })),
      () => iam.send(new aws.DeleteGroupCommand({ GroupName: 'team' })),
    ]
    for (const run of deletions) await expect(run()).rejects.toMatchObject(conflict)
    await iam.send(new aws.RemoveUserFromGroupCommand(member))
    await expect(iam.send(new aws.RemoveUserFromGroupCommand(member))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    })
    for (const run of deletions) await run()
  })

  it.each([
    [
      'of nobody',
      { GroupName: 'none', UserName: 'u' },
      'The group with name none cannot be found.',
    ],
    [
      'with nobody',
      { GroupName: 'g', UserName: 'none' },
      'The user with name none cannot be found.',
    ],
  ])('%s takes nobody in', async (_what, member, message) => {
    await iam.send(new aws.CreateGroupCommand({ GroupName: 'g' })).catch(() => undefined)
    await expect(iam.send(new aws.AddUserToGroupCommand(member))).rejects.toMatchObject({
      ...{ name: 'NoSuchEntityException', message },
    })
  })

  it('has policies, which keep it from being deleted, and which know it', async () => {
    const GroupName = 'bound'
    await iam.send(new aws.CreateGroupCommand({ GroupName }))
    const { Policy } = await iam.send(
      new aws.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: POLICY }),
    )
    const PolicyArn = Policy!.Arn!
    const inline = { GroupName, PolicyName: 'in' }
    await iam.send(new aws.PutGroupPolicyCommand({ ...inline, PolicyDocument: POLICY }))
    await iam.send(new aws.AttachGroupPolicyCommand({ GroupName, PolicyArn }))
    const read = await iam.send(new aws.GetGroupPolicyCommand(inline))
    expect([read.GroupName, decodeURIComponent(read.PolicyDocument!)]).toEqual([GroupName, POLICY])
    const { PolicyGroups, PolicyUsers } = await iam.send(
      new aws.ListEntitiesForPolicyCommand({ PolicyArn }),
    )
    expect(PolicyGroups).toEqual([{ GroupName, GroupId: expect.stringMatching(/^AGPA/) }])
    expect(PolicyUsers).toEqual([])
    const { GroupDetailList } = await iam.send(
      new aws.GetAccountAuthorizationDetailsCommand({ Filter: ['Group'] }),
    )
    expect(GroupDetailList!.find((one) => one.GroupName === GroupName)).toMatchObject({
      GroupPolicyList: [{ PolicyName: 'in' }],
      AttachedManagedPolicies: [{ PolicyName: 'p', PolicyArn }],
    })
    const remove = () => iam.send(new aws.DeleteGroupCommand({ GroupName }))
    const conflict = (message: string) => ({ name: 'DeleteConflictException', message })
    await expect(remove()).rejects.toMatchObject(
      conflict('Cannot delete entity, must detach all policies first.'),
    )
    await expect(iam.send(new aws.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(
      conflict('Cannot delete a policy attached to entities.'),
    )
    await iam.send(new aws.DetachGroupPolicyCommand({ GroupName, PolicyArn }))
    await expect(remove()).rejects.toMatchObject(
      conflict('Cannot delete entity, must delete policies first.'),
    )
    await iam.send(new aws.DeleteGroupPolicyCommand(inline))
    await remove()
  })

  it('has at most ten policies attached, and a user is in at most ten groups', async () => {
    const attempts: Array<Promise<unknown>> = []
    await iam.send(new aws.CreateUserCommand({ UserName: 'busy' }))
    await iam.send(new aws.CreateGroupCommand({ GroupName: 'full' }))
    for (let i = 0; i < 11; i++) {
      const [PolicyName, GroupName] = [`full-${i}`, `full-${i}`]
      const PolicyArn = `${IAM_ARN}:policy/${PolicyName}`
      await iam.send(new aws.CreatePolicyCommand({ PolicyName, PolicyDocument: POLICY }))
      await iam.send(new aws.CreateGroupCommand({ GroupName }))
      const attach = new aws.AttachGroupPolicyCommand({ GroupName: 'full', PolicyArn })
      const add = new aws.AddUserToGroupCommand({ GroupName, UserName: 'busy' })
      attempts.push(iam.send(attach), iam.send(add))
      if (i < 10) await Promise.all(attempts)
    }
    const [attach, add] = attempts.slice(-2)
    await expect(attach).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for PoliciesPerGroup: 10',
    })
    await expect(add).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for GroupsPerUser: 10',
    })
  })
})

describe('a user in a group', () => {
  const may = (Action: string, Effect = 'Allow') =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] })

  it('may what its policies allow, from the next call on, for as long as he is in it', async () => {
    const eva = await newUser('eva')
    const GroupName = 'makers'
    const create = () => house.kms(eva).send(new CreateKeyCommand({}))
    const denied = { name: 'AccessDeniedException' }
    await iam.send(new aws.CreateGroupCommand({ GroupName }))
    const inline = { GroupName, PolicyName: 'make' }
    const put = (PolicyDocument: string) =>
      iam.send(new aws.PutGroupPolicyCommand({ ...inline, PolicyDocument }))
    await put(may('kms:CreateKey'))
    await expect(create()).rejects.toMatchObject(denied)
    const member = { GroupName, UserName: 'eva' }
    await iam.send(new aws.AddUserToGroupCommand(member))
    await create()
    await put(may('kms:Decrypt'))
    await expect(create()).rejects.toMatchObject(denied)
    await put(may('kms:CreateKey'))
    await create()
    await iam.send(new aws.UpdateGroupCommand({ GroupName, NewGroupName: 'others' }))
    await create()
    await iam.send(new aws.RemoveUserFromGroupCommand({ ...member, GroupName: 'others' }))
    await expect(create()).rejects.toMatchObject(denied)
  })

  it('may not what it denies, whatever his own policies allow', async () => {
    const max = await newUser('max')
    const own = { UserName: 'max', PolicyName: 'own', PolicyDocument: may('kms:*') }
    await iam.send(new aws.PutUserPolicyCommand(own))
    await house.kms(max).send(new CreateKeyCommand({}))
    const GroupName = 'barred'
    await iam.send(new aws.CreateGroupCommand({ GroupName }))
    const PolicyDocument = may('kms:CreateKey', 'Deny')
    await iam.send(new aws.PutGroupPolicyCommand({ GroupName, PolicyName: 'no', PolicyDocument }))
    await iam.send(new aws.AddUserToGroupCommand({ GroupName, UserName: 'max' }))
    await expect(house.kms(max).send(new CreateKeyCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in an identity-based policy'),
    })
  })

  it('needs a policy that names the group to change who is in it', async () => {
    const ida = await newUser('ida')
    const GroupName = 'ida'
    await iam.send(new aws.CreateGroupCommand({ GroupName }))
    const statement = { Effect: 'Allow', Action: 'iam:*', Resource: `${IAM_ARN}:user/ida` }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
    const own = { UserName: 'ida', PolicyName: 'own', PolicyDocument }
    await iam.send(new aws.PutUserPolicyCommand(own))
    const add = new aws.AddUserToGroupCommand({ GroupName, UserName: 'ida' })
    await expect(house.iam(ida).send(add)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('iam:AddUserToGroup on resource: group ida'),
    })
  })
})
