/** Lists of IAM in pages, by AWS's own paginators. */
import * as aws from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IAM_ARN, IamHouse, POLICY, TRUST } from './iam-house.js'

let house: IamHouse
let iam: aws.IAMClient
const NAMES = Array.from({ length: 7 }, (_, i) => `n${i}`)
const PolicyArn = `${IAM_ARN}:policy/n0`

beforeAll(async () => {
  house = await IamHouse.open()
  iam = house.iam()
  for (const name of NAMES.toReversed()) {
    const Path = `/${Number(name[1]) % 2 === 0 ? 'even' : 'odd'}/`
    await iam.send(new aws.CreateUserCommand({ UserName: name, Path }))
    const role = { RoleName: name, AssumeRolePolicyDocument: TRUST }
    await iam.send(new aws.CreateRoleCommand(role))
    await iam.send(new aws.CreatePolicyCommand({ PolicyName: name, PolicyDocument: POLICY }))
    const inline = { UserName: 'n6', PolicyName: name, PolicyDocument: POLICY }
    await iam.send(new aws.PutUserPolicyCommand(inline))
    const attach = { RoleName: 'n6', PolicyArn: `${IAM_ARN}:policy/${name}` }
    await iam.send(new aws.AttachRolePolicyCommand(attach))
  }
  for (const UserName of NAMES) {
    await iam.send(new aws.AttachUserPolicyCommand({ UserName, PolicyArn }))
  }
  const Tags = NAMES.map((Key) => ({ Key: Key.padEnd(128, 'ß'), Value: 'x' }))
  await iam.send(new aws.TagUserCommand({ UserName: 'n0', Tags }))
})
afterAll(() => house.remove())

async function pages<Page>(paginator: AsyncIterable<Page>): Promise<Page[]> {
  const all: Page[] = []
  for await (const page of paginator) all.push(page)
  return all
}

describe('a list', () => {
  it.each([2, 3, 7, 1000])('of users comes by name, %i at a time', async (MaxItems) => {
    const all = await pages(aws.paginateListUsers({ client: iam }, { MaxItems }))
    expect(all.flatMap((page) => page.Users!.map((user) => user.UserName))).toEqual(NAMES)
    expect(all).toHaveLength(Math.ceil(NAMES.length / MaxItems))
    expect(all.map((page) => page.IsTruncated)).toEqual(all.map((_, i) => i < all.length - 1))
    expect(all.at(-1)!.Marker).toBeUndefined()
  })

  it('of users is of a path', async () => {
    const all = await pages(
      aws.paginateListUsers({ client: iam, pageSize: 2 }, { PathPrefix: '/even/' }),
    )
    const names = all.flatMap((page) => page.Users!.map((user) => user.UserName))
    expect(names).toEqual(['n0', 'n2', 'n4', 'n6'])
  })

  it('of anything else comes in pages too', async () => {
    const config = { client: iam, pageSize: 3 }
    const UserName = 'n6'
    const lists = [
      (await pages(aws.paginateListRoles(config, {}))).map((page) => page.Roles!.length),
      (await pages(aws.paginateListPolicies(config, {}))).map((page) => page.Policies!.length),
      (await pages(aws.paginateListUserPolicies(config, { UserName }))).map(
        (page) => page.PolicyNames!.length,
      ),
      (await pages(aws.paginateListAttachedRolePolicies(config, { RoleName: 'n6' }))).map(
        (page) => page.AttachedPolicies!.length,
      ),
      (await pages(aws.paginateListUserTags(config, { UserName: 'n0' }))).map(
        (page) => page.Tags!.length,
      ),
    ]
    expect(lists).toEqual(lists.map(() => [3, 3, 1]))
  })

  it('of entities and of details goes on from one kind to the next', async () => {
    const config = { client: iam, pageSize: 5 }
    const entities = await pages(aws.paginateListEntitiesForPolicy(config, { PolicyArn }))
    expect(entities.map((page) => [page.PolicyRoles!.length, page.PolicyUsers!.length])).toEqual([
      [1, 4],
      [0, 3],
    ])
    const details = await pages(aws.paginateGetAccountAuthorizationDetails(config, {}))
    const counts = details.map((page) =>
      [page.Policies, page.RoleDetailList, page.UserDetailList].map((list) => list!.length),
    )
    expect(counts).toEqual([
      [5, 0, 0],
      [2, 3, 0],
      [0, 4, 1],
      [0, 0, 5],
      [0, 0, 1],
    ])
  })

  it('refuses the marker of another list', async () => {
    const { Marker } = await iam.send(new aws.ListUsersCommand({ MaxItems: 1 }))
    await expect(iam.send(new aws.ListRolesCommand({ Marker }))).rejects.toMatchObject({
      ...{ name: 'ValidationError', $metadata: { httpStatusCode: 400 } },
    })
  })
})

describe('the details of an account', () => {
  it('show everybody with what binds them', async () => {
    const { UserDetailList, RoleDetailList, Policies, GroupDetailList } = await iam.send(
      new aws.GetAccountAuthorizationDetailsCommand({}),
    )
    expect([UserDetailList!.length, RoleDetailList!.length, Policies!.length]).toEqual([7, 7, 7])
    expect(GroupDetailList).toEqual([])
    const user = UserDetailList!.at(-1)!
    expect(user.UserPolicyList!.map((policy) => policy.PolicyName).sort()).toEqual(NAMES)
    expect(decodeURIComponent(user.UserPolicyList![0]!.PolicyDocument!)).toBe(POLICY)
    expect(user.AttachedManagedPolicies).toEqual([{ PolicyName: 'n0', PolicyArn }])
    const role = RoleDetailList!.at(-1)!
    expect(decodeURIComponent(role.AssumeRolePolicyDocument!)).toBe(TRUST)
    expect(role.AttachedManagedPolicies).toHaveLength(7)
    expect(Policies![0]).toMatchObject({
      ...{ PolicyName: 'n0', AttachmentCount: 8, DefaultVersionId: 'v1' },
      PolicyVersionList: [{ VersionId: 'v1', IsDefaultVersion: true }],
    })
  })

  it('are of the kinds that are asked for', async () => {
    const details = await iam.send(
      new aws.GetAccountAuthorizationDetailsCommand({ Filter: ['Role', 'Group'] }),
    )
    expect([details.UserDetailList, details.RoleDetailList!.length]).toEqual([[], 7])
  })
})
