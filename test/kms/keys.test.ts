/** KMS keys: made, described, listed, described anew. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import { type Read, valuesOf } from '../../src/service/service.js'
import { ACCOUNT, ARN, caller, openTestKms, REGION, type TestKms } from '../support/kms.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const refused = (code: string, message?: string) =>
  expect.objectContaining(message === undefined ? { code } : { code, message })

describe('a new key', () => {
  it('has the metadata that AWS gives', async () => {
    const { KeyMetadata } = await house.kms.createKey({ Description: 'logs' })
    const { KeyId } = KeyMetadata
    expect(KeyId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(KeyMetadata).toEqual({
      AWSAccountId: ACCOUNT,
      KeyId,
      Arn: `${ARN}:key/${KeyId}`,
      CreationDate: new Date(house.clock.time),
      Enabled: true,
      Description: 'logs',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata).toEqual(KeyMetadata)
  })

  it('has an empty description unless told', async () => {
    const { KeyMetadata } = await house.kms.createKey({})
    expect(KeyMetadata.Description).toBe('')
  })

  it('for many regions says so', async () => {
    const { KeyMetadata } = await house.kms.createKey({ MultiRegion: true })
    expect(KeyMetadata.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/)
    expect(KeyMetadata).toMatchObject({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'PRIMARY',
        PrimaryKey: { Arn: KeyMetadata.Arn, Region: REGION },
        ReplicaKeys: [],
      },
    })
  })

  it.each([
    [
      { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' },
      'UnsupportedOperationException',
      'KeySpec SM2 is not supported.',
    ],
    [
      { CustomerMasterKeySpec: 'HMAC_256', KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      'KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256',
    ],
    [
      { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'KEY_AGREEMENT' },
      'ValidationException',
      'KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1',
    ],
    [
      { KeySpec: 'HMAC_256' },
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ],
    [
      { KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT',
    ],
    [
      { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      'ValidationException',
      undefined,
    ],
    [
      { Origin: 'EXTERNAL', KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' },
      'UnsupportedOperationException',
      'Origin EXTERNAL is not supported for KeySpec ML_DSA_44.',
    ],
    [
      { Origin: 'AWS_CLOUDHSM' },
      'UnsupportedOperationException',
      'Origin AWS_CLOUDHSM is not supported.',
    ],
    [
      { Origin: 'AWS_CLOUDHSM' },
      'UnsupportedOperationException',
      'Origin AWS_CLOUDHSM is not supported.',
    ],
    [
      {
        Tags: [
          { TagKey: 'a', TagValue: '1' },
          { TagKey: 'a', TagValue: '2' },
        ],
      },
      'TagException',
      'Duplicate tag keys',
    ],
    [
      { Tags: [{ TagKey: 'AWS:x', TagValue: '' }] },
      'TagException',
      'Tags beginning with aws: are reserved',
    ],
    [
      { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `${i}`, TagValue: '' })) },
      'TagException',
      'Too many tags',
    ],
    [{ Policy: '{' }, 'MalformedPolicyDocumentException', undefined],
    [{ Policy: '[]' }, 'MalformedPolicyDocumentException', undefined],
    [{ Policy: '{"Statement":["x"]}' }, 'MalformedPolicyDocumentException', undefined],
    [{ Policy: '{"Statement":[]}' }, 'MalformedPolicyDocumentException', undefined],
    [{ Description: 'x'.repeat(8193) }, 'ValidationException', undefined],
    [{ Description: 'x\ud800' }, 'ValidationException', undefined],
    [
      { Description: 'a\0b' },
      'ValidationException',
      'A description cannot hold the character NUL.',
    ],
  ] as const)('is refused with %j', async (input, code, message) => {
    await expect(house.kms.createKey(input)).rejects.toEqual(refused(code, message))
  })
})

describe('a key', () => {
  it('is found by each of its four names', async () => {
    const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
    await house.kms.createAlias({ AliasName: 'alias/four', TargetKeyId: KeyId })
    for (const name of [KeyId, Arn, 'alias/four', `${ARN}:alias/four`]) {
      expect((await house.kms.describeKey({ KeyId: name })).KeyMetadata.KeyId).toBe(KeyId)
    }
  })

  it('is not found where AWS would not find it', async () => {
    const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
    const unknown = '00000000-0000-4000-8000-000000000000'
    const elsewhere = house.service.as(accountRoot(ACCOUNT, 'us-east-1'))
    const other = house.service.as(accountRoot('999999999999', REGION))
    const cases = [
      [house.kms, unknown, `Key '${ARN}:key/${unknown}' does not exist`],
      [house.kms, 'alias/none', `Alias ${ARN}:alias/none is not found.`],
      [elsewhere, KeyId, `Key 'arn:aws:kms:us-east-1:${ACCOUNT}:key/${KeyId}' does not exist`],
      [elsewhere, Arn, `Invalid arn ${REGION}`],
      [other, KeyId, `Key 'arn:aws:kms:${REGION}:999999999999:key/${KeyId}' does not exist`],
    ] as const
    for (const [kms, name, message] of cases) {
      await expect(kms.describeKey({ KeyId: name })).rejects.toEqual(
        refused('NotFoundException', message),
      )
    }
  })

  it('of another account is denied, whether it exists or not', async () => {
    const { Arn } = (await house.kms.createKey({})).KeyMetadata
    const other = house.service.as(accountRoot('999999999999', REGION))
    const denied = (action: string) =>
      refused(
        'AccessDeniedException',
        `User: arn:aws:iam::999999999999:root is not authorized to perform: kms:${action} on this resource ` +
          'because the resource does not exist in this Region, no resource-based policies allow access, ' +
          'or a resource-based policy explicitly denies access',
      )
    const missing = `${ARN}:key/00000000-0000-4000-8000-000000000000`
    for (const KeyId of [Arn, missing, `${ARN}:alias/four`, `${ARN}:alias/none`]) {
      await expect(other.describeKey({ KeyId })).rejects.toEqual(denied('DescribeKey'))
      await expect(other.generateDataKey({ KeyId, KeySpec: 'AES_256' })).rejects.toEqual(
        denied('GenerateDataKey'),
      )
    }
    for (const KeyId of [Arn, missing]) {
      await expect(other.disableKey({ KeyId })).rejects.toEqual(denied('DisableKey'))
    }
  })

  it.each(['', 'line\r\nline \u2028', '\u{1F511} ключ', 'x'.repeat(8192)])(
    'keeps its description as it was given: %j',
    async (Description) => {
      const { KeyId } = (await house.kms.createKey({ Description })).KeyMetadata
      house = await house.reopen()
      expect((await house.kms.describeKey({ KeyId })).KeyMetadata.Description).toBe(Description)
    },
  )

  it('gets a new description', async () => {
    const { KeyId } = (await house.kms.createKey({ Description: 'old' })).KeyMetadata
    await house.kms.updateKeyDescription({ KeyId, Description: 'new' })
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata.Description).toBe('new')
  })

  it('is managed by its id or ARN only', async () => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    await house.kms.createAlias({ AliasName: 'alias/managed', TargetKeyId: KeyId })
    for (const name of ['alias/managed', `${ARN}:alias/managed`]) {
      const answer = refused('NotFoundException', `Invalid keyId '${name}'`)
      const { kms } = house
      await expect(kms.disableKey({ KeyId: name })).rejects.toEqual(answer)
      await expect(kms.enableKey({ KeyId: name })).rejects.toEqual(answer)
      await expect(kms.scheduleKeyDeletion({ KeyId: name })).rejects.toEqual(answer)
      await expect(kms.cancelKeyDeletion({ KeyId: name })).rejects.toEqual(answer)
      await expect(kms.updateKeyDescription({ KeyId: name, Description: '' })).rejects.toEqual(
        answer,
      )
    }
  })
})

describe('a list of keys', () => {
  it('comes in pages, in order of creation, each key once', async () => {
    const kms = house.service.as(accountRoot('222222222222', REGION))
    const ids: string[] = []
    for (let i = 0; i < 7; i++) ids.push((await kms.createKey({})).KeyMetadata.KeyId)

    const first = await kms.listKeys({ Limit: 3 })
    expect(first.Keys.map(({ KeyId }) => KeyId)).toEqual(ids.slice(0, 3))
    expect(first.Keys[0]!.KeyArn).toBe(`arn:aws:kms:${REGION}:222222222222:key/${ids[0]}`)
    expect(first.Truncated).toBe(true)
    const second = await kms.listKeys({ Limit: 3, Marker: first.NextMarker })
    const third = await kms.listKeys({ Limit: 3, Marker: second.NextMarker })
    expect([...first.Keys, ...second.Keys, ...third.Keys].map(({ KeyId }) => KeyId)).toEqual(ids)
    expect(third).toEqual({ Keys: [expect.anything()], Truncated: false })

    const every: string[] = []
    for await (const { KeyId } of kms.everyKey()) every.push(KeyId)
    expect(every).toEqual(ids)
  })

  it('is of one account and region', async () => {
    const kms = house.service.as(accountRoot('222222222222', 'us-east-1'))
    expect(await kms.listKeys({})).toEqual({ Keys: [], Truncated: false })
  })

  it('ends exactly at its last page', async () => {
    const kms = house.service.as(accountRoot('333333333333', REGION))
    await kms.createKey({})
    await kms.createKey({})
    expect(await kms.listKeys({ Limit: 2 })).toMatchObject({ Truncated: false })
  })

  it.each([
    'x',
    Buffer.from('aliases:alias/a').toString('base64url'),
    Buffer.from('keys:-1').toString('base64url'),
    `${Buffer.from('keys:1').toString('base64url')}=`,
  ])('refuses a marker that it did not give: %s', async (Marker) => {
    await expect(house.kms.listKeys({ Marker })).rejects.toEqual(refused('InvalidMarkerException'))
  })
})

describe('an operation', () => {
  it.each([
    ['carried out', { KeyId: 'alias/any', Plaintext: Buffer.from('text') }],
    ['refused', { KeyId: '', Plaintext: Buffer.from('text') }],
  ])('wipes the bytes that it took when it is %s, and no others', async (_how, given) => {
    const context = { caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' }
    let taken: { Plaintext?: Uint8Array } = {}
    const read: Read = (operation) => {
      const all = valuesOf(given)(operation)
      taken = all.input as typeof taken
      expect(Buffer.from(taken.Plaintext!).toString()).toBe('text')
      return all
    }
    await house.service.call('Encrypt', read, context).catch(() => undefined)
    if (taken.Plaintext !== undefined) expect([...taken.Plaintext]).toEqual([0, 0, 0, 0])
    expect(given.Plaintext.toString()).toBe('text')
  })

  it('that does not exist is unknown', async () => {
    const context = { caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' }
    for (const name of ['Fly', '__proto__', 'constructor', '']) {
      await expect(house.service.call(name, valuesOf({}), context)).rejects.toEqual(
        refused('UnknownOperationException', ''),
      )
    }
  })
})
