/** Two accounts, by AWS's own clients: each piece that a call needs is missing once, and then alone refuses it. */
import * as iam from '@aws-sdk/client-iam'
import * as aws from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, deny, textOf } from './bound.js'
import { GUEST, OWNER, TwoAccounts, type User } from './two-accounts.js'

let house: TwoAccounts
let root: aws.KMSClient
let key: string
let blob: Uint8Array
let alice: User

const EncryptionContext = { App: 'logs' }
const ownerMay = allow('kms:*', { Principal: { AWS: OWNER } })
const guestMay = allow('kms:Decrypt', { Principal: { AWS: GUEST } })

beforeAll(async () => {
  house = await TwoAccounts.open()
  root = house.root(OWNER)
  alice = await house.user(GUEST, 'alice')
  const { KeyMetadata } = await root.send(new aws.CreateKeyCommand({}))
  key = KeyMetadata!.Arn!
  const input = { KeyId: key, Plaintext: Buffer.from('text'), EncryptionContext }
  blob = (await root.send(new aws.EncryptCommand(input))).CiphertextBlob!
})
afterAll(() => house.close())

const putPolicy = (...statements: object[]) =>
  root.send(new aws.PutKeyPolicyCommand({ KeyId: key, Policy: textOf(ownerMay, ...statements) }))

async function decrypt(user: User, context: Record<string, string> = EncryptionContext) {
  const input = { KeyId: key, CiphertextBlob: blob, EncryptionContext: context }
  return await user.kms.send(new aws.DecryptCommand(input)).then(
    ({ Plaintext }) => Buffer.from(Plaintext!).toString(),
    (error: Error) => error.name,
  )
}

const OPENED = 'text'
const DENIED = 'AccessDeniedException'

describe('a user of another account', () => {
  const own = () => allow('kms:Decrypt', { Resource: key })

  it('opens with both sides, and with neither of them alone', async () => {
    expect(await decrypt(alice)).toBe(DENIED)
    await putPolicy(guestMay)
    expect(await decrypt(alice)).toBe(DENIED)
    await house.setPolicy(GUEST, 'alice', own())
    expect(await decrypt(alice)).toBe(OPENED)
    await putPolicy()
    expect(await decrypt(alice)).toBe(DENIED)
    await putPolicy(guestMay)
    expect(await decrypt(alice)).toBe(OPENED)
    await house.setPolicy(GUEST, 'alice', { ...own(), Resource: `${key}0` })
    expect(await decrypt(alice)).toBe(DENIED)
    await house.setPolicy(GUEST, 'alice', own(), deny('kms:Decrypt'))
    expect(await decrypt(alice)).toBe(DENIED)
    await house.setPolicy(GUEST, 'alice', own())
    expect(await decrypt(alice)).toBe(OPENED)
  })

  it('opens no further than his boundary, which can be taken away', async () => {
    const client = house.iam(GUEST)
    const PolicyDocument = textOf(allow('s3:*'))
    const { Policy } = await client.send(
      new iam.CreatePolicyCommand({ PolicyName: 'bound', PolicyDocument }),
    )
    const PermissionsBoundary = Policy!.Arn!
    const UserName = 'alice'
    await client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }))
    expect(await decrypt(alice)).toBe(DENIED)
    await client.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName }))
    expect(await decrypt(alice)).toBe(OPENED)
  })

  it('opens by a grant alone, in its context, until it is retired; never over a deny', async () => {
    await putPolicy()
    await house.setPolicy(GUEST, 'alice')
    expect(await decrypt(alice)).toBe(DENIED)
    const given = await root.send(
      new aws.CreateGrantCommand({
        ...{ KeyId: key, GranteePrincipal: alice.arn, RetiringPrincipal: alice.arn },
        ...{ Operations: ['Decrypt'], Constraints: { EncryptionContextEquals: EncryptionContext } },
      }),
    )
    expect(await decrypt(alice)).toBe(OPENED)
    expect(await decrypt(alice, { App: 'logs', more: '' })).toBe(DENIED)
    expect(await decrypt(alice, {})).toBe(DENIED)
    await putPolicy(deny('kms:Decrypt', { Principal: { AWS: alice.arn } }))
    expect(await decrypt(alice)).toBe(DENIED)
    await putPolicy()
    await house.setPolicy(GUEST, 'alice', deny('kms:*', { Resource: key }))
    expect(await decrypt(alice)).toBe(DENIED)
    await house.setPolicy(GUEST, 'alice')
    expect(await decrypt(alice)).toBe(OPENED)
    await alice.kms.send(new aws.RetireGrantCommand({ GrantToken: given.GrantToken }))
    expect(await decrypt(alice)).toBe(DENIED)
  })

  it('leaves a record of every refusal, in his account, as CloudTrail has it', async () => {
    const records = await house.records(GUEST)
    const decrypts = records.filter(({ eventName }) => eventName === 'Decrypt')
    const refused = decrypts.filter(({ errorCode }) => errorCode !== undefined)
    expect(refused.length).toBeGreaterThan(8)
    for (const record of refused) {
      expect(record).toMatchObject({
        ...{ errorCode: 'AccessDenied', recipientAccountId: GUEST, resources: [] },
        errorMessage: expect.stringContaining(`User: ${alice.arn} is not authorized to perform`),
      })
    }
    const text = JSON.stringify(records)
    for (const secret of [alice.keys.secretAccessKey, Buffer.from(blob).toString('base64')]) {
      expect(text).not.toContain(secret)
    }
    // Nothing of it is the other account's to know.
    const others = await house.records(OWNER)
    expect(others.filter(({ errorCode }) => errorCode === 'AccessDenied')).toEqual([])
  })
})

describe('a policy on tags', () => {
  it('lets in whose tag is the key’s, and follows both', async () => {
    const bob = await house.user(OWNER, 'bob', { Team: 'audit' })
    const Condition = { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }
    await putPolicy()
    await house.setPolicy(OWNER, 'bob', allow('kms:Decrypt', { Condition }))
    expect(await decrypt(bob)).toBe(DENIED)
    const tag = (TagValue: string) =>
      root.send(new aws.TagResourceCommand({ KeyId: key, Tags: [{ TagKey: 'Team', TagValue }] }))
    await tag('audit')
    expect(await decrypt(bob)).toBe(OPENED)
    await tag('sales')
    expect(await decrypt(bob)).toBe(DENIED)
    const Tags = [{ Key: 'team', Value: 'sales' }]
    await house.iam(OWNER).send(new iam.TagUserCommand({ UserName: 'bob', Tags }))
    expect(await decrypt(bob)).toBe(OPENED)
  })
})

describe('a policy on the encryption context', () => {
  it('lets in the calls that have it', async () => {
    const carol = await house.user(OWNER, 'carol')
    const Principal = { AWS: carol.arn }
    const Condition = { StringEquals: { 'kms:EncryptionContext:app': 'logs' } }
    await putPolicy(allow('kms:Decrypt', { Principal, Condition }))
    expect(await decrypt(carol)).toBe(OPENED)
    expect(await decrypt(carol, { App: 'Logs' })).toBe(DENIED)
    await putPolicy(
      allow('kms:Decrypt', { Principal, Condition: { Null: { 'kms:ViaService': false } } }),
    )
    expect(await decrypt(carol)).toBe(DENIED)
  })
})

describe('a key policy', () => {
  it('cannot lock its writer out, nor name who is not there', async () => {
    const put = (statements: object[]) =>
      root.send(new aws.PutKeyPolicyCommand({ KeyId: key, Policy: textOf(...statements) })).then(
        () => 'done',
        (error: Error) => `${error.name}: ${error.message}`,
      )
    expect(await put([guestMay])).toBe(
      'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
    )
    const AWS = `arn:aws:iam::${GUEST}:user/nobody`
    expect(await put([ownerMay, allow('kms:*', { Principal: { AWS } })])).toBe(
      'MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.',
    )
    expect(await put([ownerMay])).toBe('done')
  })
})
