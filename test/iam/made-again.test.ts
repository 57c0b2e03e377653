/** Whoever is made again under a name is not whom policies meant; whoever is renamed still is. */
import * as aws from '@aws-sdk/client-iam'
import {
  CreateKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, IAM_ARN, IamHouse, type Keys } from './iam-house.js'

let house: IamHouse
let iam: aws.IAMClient

beforeAll(async () => {
  house = await IamHouse.open()
  iam = house.iam()
})
afterAll(() => house.remove())

const DENIED = { name: 'AccessDeniedException' }

async function newUser(UserName: string): Promise<Keys & { readonly id: string }> {
  const { User } = await iam.send(new aws.CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new aws.CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId, SecretAccessKey } = AccessKey!
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, id: User!.UserId! }
}

async function deleteUser(UserName: string, { accessKeyId }: Keys): Promise<void> {
  const key = { UserName, AccessKeyId: accessKeyId }
  await iam.send(new aws.DeleteAccessKeyCommand(key))
  await iam.send(new aws.DeleteUserCommand({ UserName }))
}

function policyNaming(AWS: string | string[], more: object = {}): string {
  const root = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const own = { ...root, Principal: { AWS }, Action: 'kms:Encrypt', ...more }
  return JSON.stringify({ Version: '2012-10-17', Statement: [root, own] }, null, 2)
}

async function newKey(Policy: string): Promise<string> {
  const { KeyMetadata } = await house.kms().send(new CreateKeyCommand({ Policy }))
  return KeyMetadata!.Arn!
}

function encrypt(keys: Keys, KeyId: string) {
  return house.kms(keys).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
}

async function shown(KeyId: string): Promise<string> {
  return (await house.kms().send(new GetKeyPolicyCommand({ KeyId }))).Policy!
}

describe('a key policy', () => {
  it('means who was there when it was saved, and shows his id when he is gone', async () => {
    const [one, arn] = [await newUser('ann'), `${IAM_ARN}:user/ann`]
    const policy = policyNaming(arn)
    const KeyId = await newKey(policy)
    await encrypt(one, KeyId)
    expect(await shown(KeyId)).toBe(policy)
    await deleteUser('ann', one)
    expect(JSON.parse(await shown(KeyId))).toEqual(JSON.parse(policy.replace(arn, one.id)))

    const other = await newUser('ann')
    await expect(encrypt(other, KeyId)).rejects.toMatchObject(DENIED)
    house = await house.reopen()
    iam = house.iam()
    await expect(encrypt(other, KeyId)).rejects.toMatchObject(DENIED)
    expect(JSON.parse(await shown(KeyId)).Statement[1].Principal).toEqual({ AWS: one.id })
    await house.kms().send(new PutKeyPolicyCommand({ KeyId, Policy: policy }))
    await encrypt(other, KeyId)
    expect(await shown(KeyId)).toBe(policy)
  })

  it('goes with a user who has another name, and does not stay with the name', async () => {
    const bea = await newUser('bea')
    const KeyId = await newKey(policyNaming([`${IAM_ARN}:user/bea`, ACCOUNT]))
    await encrypt(bea, KeyId)
    const rename = { UserName: 'bea', NewUserName: 'beatrix', NewPath: '/x/' }
    await iam.send(new aws.UpdateUserCommand(rename))
    await encrypt(bea, KeyId)
    const AWS = [`${IAM_ARN}:user/x/beatrix`, ACCOUNT]
    expect(JSON.parse(await shown(KeyId)).Statement[1].Principal).toEqual({ AWS })
    const other = await newUser('bea')
    await expect(encrypt(other, KeyId)).rejects.toMatchObject(DENIED)
  })

  it('spares nobody by NotPrincipal who is made again', async () => {
    const eve = await newUser('eve')
    const not = [`${IAM_ARN}:user/eve`, `${IAM_ARN}:root`]
    const own = { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: not } }
    const KeyId = await newKey(policyNaming(ACCOUNT, own))
    const all = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: all })
    const may = { UserName: 'eve', PolicyName: 'all', PolicyDocument }
    await iam.send(new aws.PutUserPolicyCommand(may))
    await encrypt(eve, KeyId)
    await iam.send(new aws.DeleteUserPolicyCommand({ UserName: 'eve', PolicyName: 'all' }))
    await deleteUser('eve', eve)
    const other = await newUser('eve')
    await iam.send(new aws.PutUserPolicyCommand(may))
    await expect(encrypt(other, KeyId)).rejects.toMatchObject(DENIED)
  })

  it('means a role in its sessions, and no other role of its name', async () => {
    const max = await newUser('max')
    const RoleName = 'writer'
    const trust = (AWS: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
      })
    const AssumeRolePolicyDocument = trust(`${IAM_ARN}:user/max`)
    const made = { RoleName, AssumeRolePolicyDocument }
    const RoleArn = `${IAM_ARN}:role/writer`
    const session = async (keys: Keys) => {
      const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' })
      const { Credentials } = await house.sts(keys).send(command)
      const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!
      return {
        accessKeyId: AccessKeyId!,
        secretAccessKey: SecretAccessKey!,
        sessionToken: SessionToken!,
      }
    }
    await iam.send(new aws.CreateRoleCommand(made))
    const KeyId = await newKey(policyNaming(RoleArn))
    await encrypt(await session(max), KeyId)
    await iam.send(new aws.DeleteRoleCommand({ RoleName }))
    await iam.send(new aws.CreateRoleCommand(made))
    await expect(encrypt(await session(max), KeyId)).rejects.toMatchObject(DENIED)

    // The trust policy of the role means the user in the same way.
    await deleteUser('max', max)
    const { Role } = await iam.send(new aws.GetRoleCommand({ RoleName }))
    expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(trust(max.id))
    const again = await newUser('max')
    await expect(session(again)).rejects.toMatchObject({ name: 'AccessDenied' })
    house = await house.reopen()
    iam = house.iam()
    await expect(session(again)).rejects.toMatchObject({ name: 'AccessDenied' })
    const update = { RoleName, PolicyDocument: AssumeRolePolicyDocument }
    await iam.send(new aws.UpdateAssumeRolePolicyCommand(update))
    await session(again)
  })
})
