/** GetFederationToken: whom a user vouches for, and what that one may. */
import { GetUserCommand } from '@aws-sdk/client-iam'
import {
  CreateKeyCommand,
  EncryptCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import {
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  type GetFederationTokenCommandInput,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A,
  allow,
  HOUR,
  type Keys,
  keysOf,
  openStsHouse,
  rootKeys,
  type StsHouse,
  trusting,
} from './sts-house.js'

let house: StsHouse
let anna: Keys
let bob: Keys

const ARN = `arn:aws:sts::${A}:federated-user/eve`

beforeAll(async () => {
  house = await openStsHouse()
  anna = await house.user('anna', allow(['sts:*', 'kms:*', 'iam:*']))
  bob = await house.user('bob', allow('sts:GetFederationToken'))
})
afterAll(() => house.close())

function federate(keys: Keys, more: Partial<GetFederationTokenCommandInput> = {}) {
  return house.sts(keys).send(new GetFederationTokenCommand({ Name: 'eve', ...more }))
}

function listKeys(keys: Keys) {
  return house.kms(keys).send(new ListKeysCommand({}))
}

const Policy = JSON.stringify(allow('kms:*'))

describe('a federated user', () => {
  it('is who he is said to be, by the user who says so', async () => {
    const output = await federate(anna, { Policy, Tags: [{ Key: 'team', Value: 'x' }] })
    expect(output.FederatedUser).toEqual({ FederatedUserId: `${A}:eve`, Arn: ARN })
    expect(output.PackedPolicySize).toBeGreaterThan(0)
    const me = await house.sts(keysOf(output)).send(new GetCallerIdentityCommand({}))
    expect([me.UserId, me.Account, me.Arn]).toEqual([`${A}:eve`, A, ARN])
    await listKeys(keysOf(output))
    const record = (await house.records('ListKeys')).at(-1)!
    expect(record.userIdentity).toMatchObject({
      ...{ type: 'FederatedUser', principalId: `${A}:eve`, arn: ARN, accountId: A },
      sessionContext: {
        sessionIssuer: { type: 'IAMUser', arn: `arn:aws:iam::${A}:user/anna`, userName: 'anna' },
        attributes: { mfaAuthenticated: 'false' },
      },
    })
    const [made] = (await house.records('GetFederationToken')).slice(-1)
    expect(made!.responseElements).toMatchObject({ federatedUser: { arn: ARN } })
    expect(JSON.stringify(made)).not.toContain(output.Credentials!.SecretAccessKey)
  })

  it('may what both the user and the session policy allow, and nothing without one', async () => {
    await listKeys(keysOf(await federate(anna, { Policy })))
    const denied = { name: 'AccessDeniedException' }
    await expect(listKeys(keysOf(await federate(anna)))).rejects.toMatchObject(denied)
    const less = JSON.stringify(allow('kms:Decrypt'))
    const limited = keysOf(await federate(anna, { Policy: less }))
    await expect(listKeys(limited)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('because no session policy allows the kms:ListKeys action'),
    })
    await expect(listKeys(keysOf(await federate(bob, { Policy })))).rejects.toMatchObject(denied)
  })

  it('is limited by managed policies that are passed', async () => {
    const input = { PolicyName: 'passed', PolicyDocument: Policy }
    await house.iam('CreatePolicy', input)
    const PolicyArns = [{ arn: `arn:aws:iam::${A}:policy/passed` }]
    await listKeys(keysOf(await federate(anna, { PolicyArns })))
    const none = federate(anna, { PolicyArns: [{ arn: `arn:aws:iam::${A}:policy/none` }] })
    await expect(none).rejects.toMatchObject({ name: 'ValidationError' })
  })

  it('has his own tags before those of the user', async () => {
    const StringEquals = { 'aws:PrincipalTag/team': 'x' }
    const tagged = JSON.stringify(allow('kms:*', { Condition: { StringEquals } }))
    const Tags = [{ Key: 'Team', Value: 'x' }]
    await house.iam('TagUser', { UserName: 'anna', Tags: [{ Key: 'team', Value: 'y' }] })
    await listKeys(keysOf(await federate(anna, { Policy: tagged, Tags })))
    const plain = keysOf(await federate(anna, { Policy: tagged }))
    await expect(listKeys(plain)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await expect(federate(bob, { Policy, Tags })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('sts:TagSession'),
    })
  })

  it('may what a key policy gives to him by his name, without a session policy', async () => {
    const { KeyMetadata } = await house.kms(anna).send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata!.Arn!
    const statement = (AWS: string, Action: string) => ({
      ...{ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' },
    })
    const keyPolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement(A, 'kms:*'), statement(ARN, 'kms:Encrypt')],
    })
    await house.kms(anna).send(new PutKeyPolicyCommand({ KeyId, Policy: keyPolicy }))
    const encrypt = (keys: Keys) =>
      house.kms(keys).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    await encrypt(keysOf(await federate(anna)))
    const other = keysOf(await federate(anna, { Name: 'mallory' }))
    await expect(encrypt(other)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('of root may what the session policy allows, for an hour', async () => {
    const output = await federate(rootKeys(A), { Policy, DurationSeconds: 129_600 })
    await listKeys(keysOf(output))
    const lasts = output.Credentials!.Expiration!.getTime() - house.clock.now()
    expect(lasts).toBeLessThanOrEqual(HOUR)
    const plain = keysOf(await federate(rootKeys(A)))
    await expect(listKeys(plain)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('may call neither IAM nor STS, but to ask who he is', async () => {
    const all = JSON.stringify(allow('*'))
    const eve = keysOf(await federate(anna, { Policy: all }))
    const user = new GetUserCommand({ UserName: 'anna' })
    await expect(house.iamClient(eve).send(user)).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    const refused = { name: 'AccessDenied' }
    await expect(federate(eve)).rejects.toMatchObject({
      ...refused,
      message: 'Cannot call GetFederationToken with session credentials',
    })
    const session = house.sts(eve).send(new GetSessionTokenCommand({}))
    await expect(session).rejects.toMatchObject(refused)
    const role = await house.role('open', trusting(A))
    await expect(house.assume(eve, role)).rejects.toMatchObject(refused)
  })

  it('is nobody without the user, and again after a start', async () => {
    const tom = await house.user('tom', allow(['sts:GetFederationToken', 'kms:*']))
    const eve = keysOf(await federate(tom, { Policy }))
    house = await house.reopen()
    await listKeys(eve)
    const { AccessKeyMetadata } = await house.iam('ListAccessKeys', { UserName: 'tom' })
    const [{ AccessKeyId }] = AccessKeyMetadata as [{ AccessKeyId: string }]
    await house.iam('DeleteAccessKey', { UserName: 'tom', AccessKeyId })
    await house.iam('DeleteUserPolicy', { UserName: 'tom', PolicyName: 'own' })
    await house.iam('DeleteUser', { UserName: 'tom' })
    await expect(listKeys(eve)).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
  })
})

describe('GetFederationToken', () => {
  it('needs a permission of the user', async () => {
    const carl = await house.user('carl', allow('kms:*'))
    await expect(federate(carl, { Policy })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`sts:GetFederationToken on resource: ${ARN}`),
    })
  })

  it.each([
    ['899 seconds', { DurationSeconds: 899 }, 'ValidationError'],
    ['129,601 seconds', { DurationSeconds: 129_601 }, 'ValidationError'],
    ['a name of one letter', { Name: 'e' }, 'ValidationError'],
    ['a policy that is none', { Policy: '{}' }, 'MalformedPolicyDocument'],
    [
      'tags twice',
      {
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'A', Value: '' },
        ],
      },
      'ValidationError',
    ],
  ])('refuses %s', async (_what, more, name) => {
    const refused = await federate(anna, more).catch((error: Error) => error)
    expect((refused as Error).name.replace('Exception', '')).toBe(name)
  })
})
