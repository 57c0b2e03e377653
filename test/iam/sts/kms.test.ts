/** What sessions may with KMS keys: as much as their role, within what was passed, for as long as both are so. */
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A,
  allow,
  B,
  type Keys,
  keysOf,
  openStsHouse,
  rootKeys,
  type StsHouse,
  trusting,
} from './sts-house.js'

const Plaintext = Buffer.from('a secret of somebody')

let house: StsHouse
let anna: Keys
let role: string
let keyId: string

beforeAll(async () => {
  house = await openStsHouse()
  anna = await house.user('anna', allow(['sts:AssumeRole', 'sts:TagSession']))
  role = await house.role('worker', trusting(A, { Action: ['sts:AssumeRole', 'sts:TagSession'] }))
  await mayWorker(allow('kms:*'))
  const { KeyMetadata } = await house.kms(rootKeys(A)).send(new CreateKeyCommand({}))
  keyId = KeyMetadata!.Arn!
})
afterAll(() => house.close())

function mayWorker(policy: object): Promise<unknown> {
  const PolicyDocument = JSON.stringify(policy)
  return house.iam('PutRolePolicy', { RoleName: 'worker', PolicyName: 'p', PolicyDocument })
}

async function session(more: object = {}): Promise<Keys> {
  return keysOf(await house.assume(anna, role, more))
}

async function encrypt(keys: Keys, KeyId = keyId): Promise<Uint8Array> {
  const { CiphertextBlob } = await house.kms(keys).send(new EncryptCommand({ KeyId, Plaintext }))
  return CiphertextBlob!
}

async function decrypt(keys: Keys, CiphertextBlob: Uint8Array): Promise<Uint8Array> {
  return (await house.kms(keys).send(new DecryptCommand({ CiphertextBlob }))).Plaintext!
}

const DENIED = { name: 'AccessDeniedException' }

describe('a session of a role', () => {
  it('uses keys as its role may, which its user may not', async () => {
    const keys = await session()
    expect(Buffer.from(await decrypt(keys, await encrypt(keys)))).toEqual(Plaintext)
    await expect(encrypt(anna)).rejects.toMatchObject(DENIED)
  })

  it('may less from the moment on at which its role may less', async () => {
    const keys = await session()
    await encrypt(keys)
    await mayWorker(allow('kms:Decrypt'))
    await expect(encrypt(keys)).rejects.toMatchObject({
      ...DENIED,
      message: `User: arn:aws:sts::${A}:assumed-role/worker/deploy is not authorized to perform: kms:Encrypt on resource: ${keyId} because no identity-based policy allows the kms:Encrypt action`,
    })
    await mayWorker(allow('kms:*'))
    await encrypt(keys)
  })

  it('is limited by its session policies', async () => {
    const blob = await encrypt(await session())
    const keys = await session({ Policy: JSON.stringify(allow('kms:Decrypt')) })
    expect(Buffer.from(await decrypt(keys, blob))).toEqual(Plaintext)
    await expect(encrypt(keys)).rejects.toMatchObject({
      ...DENIED,
      message: expect.stringContaining('because no session policy allows the kms:Encrypt action'),
    })
  })

  it('has its tags, the name of its session and its role as condition keys', async () => {
    const sessions = [
      [{ 'aws:PrincipalTag/team': 'blue' }, { Tags: [{ Key: 'Team', Value: 'blue' }] }],
      [{ 'aws:PrincipalArn': role }, {}],
      [{ 'aws:userid': '*:nightly' }, { RoleSessionName: 'nightly' }],
      [{ 'aws:PrincipalType': 'AssumedRole' }, {}],
      [{ 'aws:TokenIssueTime': '20*' }, {}],
    ] as const
    for (const [StringLike, more] of sessions) {
      await mayWorker(allow('kms:*', { Condition: { StringLike } }))
      await encrypt(await session(more))
    }
    await mayWorker(allow('kms:*', { Condition: { StringLike: sessions[0][0] } }))
    await expect(encrypt(await session())).rejects.toMatchObject(DENIED)
    await mayWorker(allow('kms:*'))
  })

  it('is named by a key policy: itself, or its role', async () => {
    await mayWorker(allow('sts:*'))
    const statement = (AWS: string) => ({
      ...{ Effect: 'Allow', Principal: { AWS }, Resource: '*' },
      Action: 'kms:Encrypt',
    })
    const owner = { ...statement(`arn:aws:iam::${A}:root`), Action: 'kms:*' }
    const { KeyMetadata } = await house.kms(rootKeys(A)).send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata!.Arn!
    const keys = await session({ RoleSessionName: 'named' })
    const put = async (AWS: string) => {
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [owner, statement(AWS)] })
      await house.kms(rootKeys(A)).send(new PutKeyPolicyCommand({ KeyId, Policy }))
    }
    await expect(encrypt(keys, KeyId)).rejects.toMatchObject(DENIED)
    await put(role)
    await encrypt(keys, KeyId)
    await put(`arn:aws:sts::${A}:assumed-role/worker/other`)
    await expect(encrypt(keys, KeyId)).rejects.toMatchObject(DENIED)
    await put(`arn:aws:sts::${A}:assumed-role/worker/named`)
    await encrypt(keys, KeyId)
    await mayWorker(allow('kms:*'))
  })

  it('of another account is of that account', async () => {
    const carl = await house.user('carl', allow('sts:AssumeRole'), B)
    const visited = await house.role('visited', trusting(B))
    const PolicyDocument = JSON.stringify(allow('kms:Encrypt'))
    await house.iam('PutRolePolicy', { RoleName: 'visited', PolicyName: 'p', PolicyDocument })
    await encrypt(keysOf(await house.assume(carl, visited)))
    await expect(encrypt(carl)).rejects.toMatchObject(DENIED)
  })

  it('may nothing once its role is gone', async () => {
    const gone = await house.role('gone', trusting(A))
    const keys = keysOf(await house.assume(anna, gone))
    await expect(house.kms(keys).send(new ListKeysCommand({}))).rejects.toMatchObject(DENIED)
    await house.iam('DeleteRole', { RoleName: 'gone' })
    await expect(house.kms(keys).send(new ListKeysCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
  })
})
