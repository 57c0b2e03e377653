/** Access keys of users: who signs with them, until they are taken away, and where their secrets are not. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as aws from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { RawClient, requestText } from '../support/http.js'
import { ACCOUNT, IAM_ARN, IamHouse, type Keys, POLICY, VERSION } from './iam-house.js'

let house: IamHouse
let iam: aws.IAMClient

beforeAll(async () => {
  house = await IamHouse.open()
  iam = house.iam()
})
afterAll(() => house.remove())

async function userWithKeys(UserName: string, Path = '/'): Promise<Keys> {
  await iam.send(new aws.CreateUserCommand({ UserName, Path }))
  return await newKeys(UserName)
}

async function newKeys(UserName: string): Promise<Keys> {
  const { AccessKey } = await iam.send(new aws.CreateAccessKeyCommand({ UserName }))
  expect(AccessKey).toEqual({
    ...{ UserName, Status: 'Active', CreateDate: expect.any(Date) },
    AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
  })
  return {
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  }
}

const identity = async (keys: Keys) => {
  const { UserId, Account, Arn } = await house.sts(keys).send(new GetCallerIdentityCommand({}))
  return { UserId, Account, Arn }
}
const refused = {
  ...{ name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } },
  message: 'The security token included in the request is invalid.',
}

describe('an access key', () => {
  it('signs as its user, whose record says who he is', async () => {
    const keys = await userWithKeys('signer', '/ops/')
    const arn = `${IAM_ARN}:user/ops/signer`
    const who = await identity(keys)
    expect(who).toEqual({ UserId: expect.stringMatching(/^AIDA/), Account: ACCOUNT, Arn: arn })
    expect((await house.records('GetCallerIdentity')).at(-1)!.userIdentity).toEqual({
      ...{ type: 'IAMUser', principalId: who.UserId, arn, accountId: ACCOUNT },
      ...{ accessKeyId: keys.accessKeyId, userName: 'signer' },
    })
    // Twice: the second time by the kept signing key.
    expect(await identity(keys)).toEqual(who)
  })

  it('signs as whoever its user has become', async () => {
    const keys = await userWithKeys('before')
    const { UserId } = await identity(keys)
    const change = { UserName: 'before', NewUserName: 'after', NewPath: '/new/' }
    await iam.send(new aws.UpdateUserCommand(change))
    const Arn = `${IAM_ARN}:user/new/after`
    expect(await identity(keys)).toEqual({ UserId, Account: ACCOUNT, Arn })
  })

  it('is refused at once when it is inactive, and good again when active', async () => {
    const UserName = 'switched'
    const keys = await userWithKeys(UserName)
    const AccessKeyId = keys.accessKeyId
    await identity(keys)
    await iam.send(new aws.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
    await expect(identity(keys)).rejects.toMatchObject(refused)
    const { AccessKeyMetadata } = await iam.send(new aws.ListAccessKeysCommand({ UserName }))
    expect(AccessKeyMetadata).toEqual([
      { UserName, AccessKeyId, Status: 'Inactive', CreateDate: expect.any(Date) },
    ])
    await iam.send(new aws.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }))
    await identity(keys)
  })

  it('is refused at once when it is deleted, and its fellow is not', async () => {
    const UserName = 'two'
    const [one, two] = [await userWithKeys(UserName), await newKeys(UserName)]
    await expect(iam.send(new aws.CreateAccessKeyCommand({ UserName }))).rejects.toMatchObject({
      ...{ name: 'LimitExceededException', $metadata: { httpStatusCode: 409 } },
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    })
    await identity(one)
    await iam.send(new aws.DeleteAccessKeyCommand({ UserName, AccessKeyId: one.accessKeyId }))
    await expect(identity(one)).rejects.toMatchObject(refused)
    await identity(two)
    await expect(iam.send(new aws.DeleteUserCommand({ UserName }))).rejects.toMatchObject({
      ...{ name: 'DeleteConflictException', $metadata: { httpStatusCode: 409 } },
      message: 'Cannot delete entity, must delete access keys first.',
    })
    await iam.send(new aws.DeleteAccessKeyCommand({ UserName, AccessKeyId: two.accessKeyId }))
    await iam.send(new aws.DeleteUserCommand({ UserName }))
    await expect(identity(two)).rejects.toMatchObject(refused)
  })

  it('is refused when it is taken away while the body of its request comes', async () => {
    const UserName = 'slow'
    const keys = await userWithKeys(UserName)
    const body = `Action=GetUser&Version=${VERSION}`
    const host = new URL(house.server.url).host
    const headers = signRequest(
      {
        ...{ method: 'POST', path: '/', body: Buffer.from(body) },
        headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
      },
      { ...keys, region: 'us-east-1', service: 'iam', now: Date.now() },
    )
    const raw = new RawClient(Number(new URL(house.server.url).port))
    const text = requestText({ ...headers, connection: 'close' }, body)
    raw.write(text.slice(0, -5))
    // The head is looked at before anything else that arrives later.
    await identity(keys)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await iam.send(new aws.DeleteAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId }))
    raw.write(text.slice(-5))
    expect(await raw.closed()).toContain('<Code>InvalidClientTokenId</Code>')
  })

  it('is, where signatures are not looked at, still its user', async () => {
    const { accessKeyId } = await userWithKeys('trusted')
    const trusting = await house.sealtrail.listen({ port: 0, auth: 'trust' })
    const credentials = { accessKeyId, secretAccessKey: 'whatever' }
    const options = { endpoint: trusting.url, region: 'us-east-1', credentials, maxAttempts: 1 }
    const { Arn } = await new STSClient(options).send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe(`${IAM_ARN}:user/trusted`)
    const listing = new aws.IAMClient(options).send(new aws.ListUsersCommand({}))
    await expect(listing).rejects.toMatchObject({ name: 'AccessDenied' })
    await trusting.close()
  })

  it('with a wrong secret is refused', async () => {
    const { accessKeyId } = await userWithKeys('wrong')
    const keys = { accessKeyId, secretAccessKey: 'x'.repeat(40) }
    await expect(identity(keys)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' })
  })

  it('lets its user do what his policies allow, and a refusal is recorded', async () => {
    const keys = await userWithKeys('powerless')
    const UserName = 'powerless'
    const put = { UserName, PolicyName: 'all', PolicyDocument: POLICY }
    await iam.send(new aws.PutUserPolicyCommand(put))
    const why = 'because no identity-based policy allows the iam:GetUser action'
    const says = `User: ${IAM_ARN}:user/powerless is not authorized to perform: iam:GetUser on resource: user powerless ${why}`
    await expect(house.iam(keys).send(new aws.GetUserCommand({}))).rejects.toMatchObject({
      ...{ name: 'AccessDenied', message: says, $metadata: { httpStatusCode: 403 } },
    })
    expect((await house.records('GetUser')).at(-1)).toMatchObject({
      ...{ errorCode: 'AccessDenied', errorMessage: says },
    })
    await house.kms(keys).send(new ListKeysCommand({}))
    await iam.send(new aws.DeleteUserPolicyCommand({ UserName, PolicyName: 'all' }))
    await expect(house.kms(keys).send(new ListKeysCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${IAM_ARN}:user/powerless is not authorized to perform: kms:ListKeys because no identity-based policy allows the kms:ListKeys action`,
    })
    // Who may not learns nothing of what is there.
    const other = house.iam(keys).send(new aws.GetUserCommand({ UserName: 'nobody' }))
    await expect(other).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

describe('the secret of an access key', () => {
  it('is in no record, and in no file', async () => {
    const { accessKeyId, secretAccessKey } = await userWithKeys('secretive')
    await identity({ accessKeyId, secretAccessKey })
    const [record] = (await house.records('CreateAccessKey')).slice(-1)
    expect(record).toMatchObject({
      ...{ eventSource: 'iam.amazonaws.com', awsRegion: 'us-east-1', readOnly: false },
      requestParameters: { userName: 'secretive' },
      responseElements: { accessKey: { accessKeyId, userName: 'secretive', status: 'Active' } },
    })
    expect(JSON.stringify(await house.records())).not.toContain(secretAccessKey)
    const spellings = [Buffer.from(secretAccessKey), Buffer.from(btoa(secretAccessKey))]
    let looked = 0
    for (const name of readdirSync(house.folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(house.folder, name)
      if (!statSync(path).isFile()) continue
      const bytes = readFileSync(path)
      looked += bytes.includes(accessKeyId) ? 1 : 0
      for (const spelling of spellings) expect(bytes.includes(spelling)).toBe(false)
    }
    expect(looked).toBeGreaterThan(0)
  })

  it('is in no answer but the first', async () => {
    const UserName = 'once'
    const { secretAccessKey } = await userWithKeys(UserName)
    for (const operation of ['ListAccessKeys', 'GetUser', 'GetAccountAuthorizationDetails']) {
      const parameters = operation.startsWith('GetAcc') ? {} : { UserName }
      const { status, text } = await house.query(operation, parameters)
      expect([status, text.includes(secretAccessKey)]).toEqual([200, false])
    }
  })
})
