/** What there is today of key policies and rotation: one policy for each key, and material that stays. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import { ACCOUNT, ARN, openTestKms, REGION, type TestKms } from '../support/kms.js'

let house: TestKms
let KeyId: string
beforeAll(async () => {
  house = await openTestKms()
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
