/** The policy of a key, which whoever sets it must be able to set again; and its rotation, which is off. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import { ACCOUNT, ARN, openTestKms, REGION, type TestKms } from '../support/kms.js'
import { allow, deny, textOf, userWith } from './bound.js'

const NOBODY = `arn:aws:iam::${ACCOUNT}:user/nobody`
const BYPASS = 'kms:BypassPolicyLockoutSafetyCheck'

let house: TestKms
let KeyId: string
beforeAll(async () => {
  house = await openTestKms({ isThere: (arn) => arn !== NOBODY })
  KeyId = (await house.kms.createKey({})).KeyMetadata.KeyId
  await house.kms.createAlias({ AliasName: 'alias/policies', TargetKeyId: KeyId })
})
afterAll(() => house.remove())

const missing = '00000000-0000-4000-8000-000000000000'

describe('the policy of a key', () => {
  it('is AWS’s default policy unless it was made with another that says the same', async () => {
    const { Policy, PolicyName } = await house.kms.getKeyPolicy({ KeyId })
    expect(PolicyName).toBe('default')
    expect(JSON.parse(Policy)).toEqual({
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    })
    const own = Policy.replace('Enable IAM User Permissions', 'mine')
    const { KeyMetadata } = await house.kms.createKey({ Policy: own })
    const read = { KeyId: KeyMetadata.Arn, PolicyName: 'default' }
    expect(await house.kms.getKeyPolicy(read)).toEqual({ Policy: own, PolicyName: 'default' })
  })

  it('has the one name', async () => {
    expect(await house.kms.listKeyPolicies({ KeyId })).toEqual({
      PolicyNames: ['default'],
      Truncated: false,
    })
    expect(await house.kms.listKeyPolicies({ KeyId: `${ARN}:key/${KeyId}`, Limit: 1 })).toEqual({
      PolicyNames: ['default'],
      Truncated: false,
    })
    await expect(house.kms.getKeyPolicy({ KeyId, PolicyName: 'other' })).rejects.toMatchObject({
      code: 'NotFoundException',
      message: 'No such policy exists',
    })
    await expect(house.kms.listKeyPolicies({ KeyId, Marker: 'x' })).rejects.toMatchObject({
      code: 'InvalidMarkerException',
    })
    await expect(house.kms.listKeyPolicies({ KeyId, Limit: 1001 })).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })

  it('is recorded as asked for by its name, given or not', async () => {
    const before = (await house.records()).length
    await house.kms.getKeyPolicy({ KeyId })
    await house.kms.getKeyPolicy({ KeyId, PolicyName: 'other' }).catch(() => undefined)
    const records = (await house.records()).slice(before)
    expect(records).toMatchObject([
      {
        eventName: 'GetKeyPolicy',
        readOnly: true,
        requestParameters: { keyId: KeyId, policyName: 'default' },
        resources: [{ ARN: `${ARN}:key/${KeyId}` }],
      },
      { errorCode: 'NotFoundException', requestParameters: { policyName: 'other' } },
    ])
  })
})

describe('a policy that is put', () => {
  const own = (more: object = {}) => allow('kms:*', { Principal: { AWS: ACCOUNT }, ...more })
  const newKey = async () => (await house.kms.createKey({})).KeyMetadata.Arn
  const LOCKED_OUT = {
    code: 'MalformedPolicyDocumentException',
    message: 'The new key policy will not allow you to update the key policy in the future.',
  }

  it('is the policy from then on, after a start as well, word for word', async () => {
    const key = await newKey()
    const Policy = ` ${textOf(own({ Sid: 'mine' }))}\n`
    expect(await house.kms.putKeyPolicy({ KeyId: key, Policy, PolicyName: 'default' })).toEqual({})
    const read = { Policy, PolicyName: 'default' }
    expect(await house.kms.getKeyPolicy({ KeyId: key })).toEqual(read)
    house = await house.reopen()
    expect(await house.kms.getKeyPolicy({ KeyId: key })).toEqual(read)
  })

  it.each([
    ['names another account only', [own({ Principal: { AWS: '444455556666' } })]],
    [
      'allows its caller other operations only',
      [{ ...own(), Action: ['kms:Get*', 'kms:Encrypt'] }],
    ],
    [
      'denies its caller this operation',
      [own(), deny('kms:Put*', { Principal: { AWS: ACCOUNT } })],
    ],
    [
      'asks for what its caller does not have',
      [own({ Condition: { Bool: { 'aws:SecureTransport': true } } })],
    ],
    ['allows only who knows', [own({ Condition: { Bool: { [BYPASS]: true } } })]],
  ])('is refused when it %s, unless its caller says that he knows', async (_, statements) => {
    const Policy = textOf(...statements)
    const key = await newKey()
    const before = await house.kms.getKeyPolicy({ KeyId: key })
    await expect(house.kms.putKeyPolicy({ KeyId: key, Policy })).rejects.toMatchObject(LOCKED_OUT)
    await expect(house.kms.createKey({ Policy })).rejects.toMatchObject(LOCKED_OUT)
    expect(await house.kms.getKeyPolicy({ KeyId: key })).toEqual(before)
    const knowing = { Policy, BypassPolicyLockoutSafetyCheck: true }
    await house.kms.putKeyPolicy({ KeyId: key, ...knowing })
    await house.kms.createKey(knowing)
  })

  it('is asked of a user by his own policies, too', async () => {
    const caller = userWith({ identity: [allow(['kms:CreateKey', 'kms:PutKeyPolicy'])] })
    const { Arn } = (await house.service.as(caller).createKey({ Policy: textOf(own()) }))
      .KeyMetadata
    const named = { Principal: { AWS: caller.identity.arn } }
    const less = userWith({ identity: [allow('kms:CreateKey')] })
    const kms = house.service.as(less)
    await expect(kms.createKey({ Policy: textOf(own()) })).rejects.toMatchObject(LOCKED_OUT)
    await kms.createKey({ Policy: textOf(own(), allow('kms:PutKeyPolicy', named)) })
    await kms.createKey({})
    await expect(kms.putKeyPolicy({ KeyId: Arn, Policy: textOf(own()) })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  it.each<[string, string]>([
    ['is no JSON', '{'],
    ['has no statements', '{"Version":"2012-10-17"}'],
    ['names nobody', textOf(allow('kms:*'))],
    ['names who cannot be', textOf(own(), own({ Principal: { AWS: 'arn:aws:iam::1:user/x' } }))],
    ['names who is not there', textOf(own(), own({ Principal: { AWS: NOBODY } }))],
    ['is longer than 32 KiB', textOf(own({ Sid: 'x'.repeat(32_768) }))],
  ])('is refused when it %s', async (_, Policy) => {
    const knowing = { Policy, BypassPolicyLockoutSafetyCheck: true }
    const refused = { code: 'MalformedPolicyDocumentException' }
    const key = await newKey()
    await expect(house.kms.putKeyPolicy({ KeyId: key, ...knowing })).rejects.toMatchObject(refused)
    await expect(house.kms.createKey(knowing)).rejects.toMatchObject(refused)
  })

  it('has up to 32 KiB', async () => {
    const length = 32_768 - textOf(own({ Sid: '' })).length
    const Policy = textOf(own({ Sid: 'x'.repeat(length) }))
    await house.kms.putKeyPolicy({ KeyId: await newKey(), Policy })
    expect(Policy).toHaveLength(32_768)
  })

  it('has the one name, and leaves a record with its text', async () => {
    const key = await newKey()
    const Policy = textOf(own())
    await expect(
      house.kms.putKeyPolicy({ KeyId: key, Policy, PolicyName: 'other' }),
    ).rejects.toMatchObject({ code: 'NotFoundException', message: 'No such policy exists' })
    await house.kms.putKeyPolicy({ KeyId: key, Policy })
    expect((await house.records({ eventName: 'PutKeyPolicy' })).at(-1)).toMatchObject({
      readOnly: false,
      requestParameters: {
        ...{ keyId: key, policyName: 'default', policy: Policy },
        bypassPolicyLockoutSafetyCheck: false,
      },
      responseElements: { keyId: key },
      resources: [{ ARN: key }],
    })
  })
})

describe('the rotation of a key', () => {
  it.each([false, true])('is off (many regions: %s)', async (MultiRegion) => {
    const { KeyMetadata } = await house.kms.createKey({ MultiRegion })
    const { Arn } = KeyMetadata
    expect(await house.kms.getKeyRotationStatus({ KeyId: KeyMetadata.KeyId })).toEqual({
      KeyId: Arn,
      KeyRotationEnabled: false,
    })
  })
})

describe('what a key is asked for its policy or rotation', () => {
  const asks = ['getKeyPolicy', 'listKeyPolicies', 'getKeyRotationStatus'] as const

  it.each(asks)('names it by id or ARN: %s', async (ask) => {
    const { kms } = house
    await expect(kms[ask]({ KeyId: 'alias/policies' })).rejects.toMatchObject({
      code: 'NotFoundException',
      message: "Invalid keyId 'alias/policies'",
    })
    await expect(kms[ask]({ KeyId: missing })).rejects.toMatchObject({
      code: 'NotFoundException',
      message: `Key '${ARN}:key/${missing}' does not exist`,
    })
  })

  it.each(asks)('is not for another account: %s', async (ask) => {
    const other = house.service.as(accountRoot('999999999999', REGION))
    for (const id of [KeyId, missing]) {
      await expect(other[ask]({ KeyId: `${ARN}:key/${id}` })).rejects.toMatchObject({
        code: 'AccessDeniedException',
      })
    }
  })
})
