/** `aws iam`, as somebody types it. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findAwsCli, runAwsCli } from '../http/aws-cli.js'
import { IAM_ARN, IamHouse, POLICY, REGION, TRUST } from './iam-house.js'

let aws: string
let house: IamHouse

beforeAll(async () => {
  aws = await findAwsCli()
  house = await IamHouse.open()
})
afterAll(() => house.remove())

function cli(args: readonly string[], environment: Record<string, string> = {}) {
  return runAwsCli(aws, args, {
    AWS_ENDPOINT_URL: house.server.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: join(house.folder, 'data/credentials'),
    ...environment,
  })
}

/** `more` are arguments with spaces in them. */
async function iam(line: string, ...more: string[]) {
  const { exitCode, stdout, stderr } = await cli(['iam', ...line.split(' '), ...more])
  expect([exitCode, stderr]).toEqual([0, ''])
  return stdout === '' ? undefined : JSON.parse(stdout)
}

describe('aws iam', () => {
  it('makes a user with a key and policies, reads them back, and takes all of it away', async () => {
    const { User } = await iam('create-user --user-name ann --path /dev/ --tags Key=a,Value=b')
    expect(User).toMatchObject({ UserName: 'ann', Arn: `${IAM_ARN}:user/dev/ann` })
    expect((await iam('get-user --user-name ann')).User).toEqual(User)
    const { AccessKey } = await iam('create-access-key --user-name ann')
    await iam('put-user-policy --user-name ann --policy-name in --policy-document', POLICY)
    const inline = await iam('get-user-policy --user-name ann --policy-name in')
    expect(inline.PolicyDocument).toEqual(JSON.parse(POLICY))
    const { Policy } = await iam('create-policy --policy-name p --policy-document', POLICY)
    await iam(`attach-user-policy --user-name ann --policy-arn ${Policy.Arn}`)
    const attached = await iam('list-attached-user-policies --user-name ann')
    expect(attached.AttachedPolicies).toEqual([{ PolicyName: 'p', PolicyArn: Policy.Arn }])

    const own = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId }
    const secret = { AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
    const who = await cli(['sts', 'get-caller-identity'], { ...own, ...secret })
    expect(JSON.parse(who.stdout)).toMatchObject({ UserId: User.UserId, Arn: User.Arn })
    const refused = await cli(['iam', 'list-users'], { ...own, ...secret })
    expect(refused.stderr).toContain('An error occurred (AccessDenied) when calling the ListUsers')

    await iam(`delete-access-key --user-name ann --access-key-id ${AccessKey.AccessKeyId}`)
    await iam(`detach-user-policy --user-name ann --policy-arn ${Policy.Arn}`)
    await iam(`delete-policy --policy-arn ${Policy.Arn}`)
    await iam('delete-user-policy --user-name ann --policy-name in')
    await iam('delete-user --user-name ann')
    const gone = await cli(['iam', 'get-user', '--user-name', 'ann'])
    expect(gone.stderr).toContain(
      'An error occurred (NoSuchEntity) when calling the GetUser operation: The user with name ann cannot be found.',
    )
  })

  it('makes a role, changes whom it trusts, and lists page by page', async () => {
    const role = await iam('create-role --role-name r --assume-role-policy-document', TRUST)
    expect(role.Role.AssumeRolePolicyDocument).toEqual(JSON.parse(TRUST))
    const trust = TRUST.replace('111122223333', '444455556666')
    await iam('update-assume-role-policy --role-name r --policy-document', trust)
    const { Role } = await iam('get-role --role-name r')
    expect(Role.AssumeRolePolicyDocument).toEqual(JSON.parse(trust))
    await iam('create-role --role-name s --assume-role-policy-document', TRUST)
    const { Roles } = await iam('list-roles --page-size 1')
    expect(Roles.map((one: { RoleName: string }) => one.RoleName)).toEqual(['r', 's'])
    const details = await iam('get-account-authorization-details --filter Role')
    expect(details.RoleDetailList).toHaveLength(2)
  })
})
