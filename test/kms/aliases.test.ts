/** Aliases: names for keys, and the rules that AWS has for them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import { ACCOUNT, ARN, openTestKms, REGION, type TestKms } from '../support/kms.js'

let house: TestKms
let key: string
let otherKey: string
beforeAll(async () => {
  house = await openTestKms()
  key = (await house.kms.createKey({})).KeyMetadata.KeyId
  otherKey = (await house.kms.createKey({})).KeyMetadata.KeyId
})
afterAll(() => house.remove())

const target = async (alias: string) =>
  (await house.kms.describeKey({ KeyId: alias })).KeyMetadata.KeyId

describe('an alias', () => {
  it('stands for its key until it is moved or deleted', async () => {
    const AliasName = 'alias/app/logs_1-x'
    await house.kms.createAlias({ AliasName, TargetKeyId: key })
    expect(await target(AliasName)).toBe(key)
    await house.kms.updateAlias({ AliasName, TargetKeyId: `${ARN}:key/${otherKey}` })
    expect(await target(AliasName)).toBe(otherKey)
    await house.kms.deleteAlias({ AliasName })
    await expect(target(AliasName)).rejects.toMatchObject({
      code: 'NotFoundException',
      message: `Alias ${ARN}:${AliasName} is not found.`,
    })
  })

  it('is moved to keys of the same type and usage alone', async () => {
    const kinds = [
      {},
      { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
      { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    ] as const
    const keys: string[] = []
    for (const kind of kinds) keys.push((await house.kms.createKey(kind)).KeyMetadata.KeyId)
    for (const [i, TargetKeyId] of keys.entries()) {
      const AliasName = `alias/kind-${i}`
      await house.kms.createAlias({ AliasName, TargetKeyId })
      for (const other of keys) {
        const moving = house.kms.updateAlias({ AliasName, TargetKeyId: other })
        if (other === TargetKeyId) await moving
        else await expect(moving).rejects.toMatchObject({ code: 'ValidationException' })
      }
      expect(await target(AliasName)).toBe(TargetKeyId)
    }
    const made = { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' } as const
    const { KeyId } = (await house.kms.createKey(made)).KeyMetadata
    await house.kms.updateAlias({ AliasName: 'alias/kind-2', TargetKeyId: KeyId })
    expect(await target('alias/kind-2')).toBe(KeyId)
  })

  it('is made once', async () => {
    await house.kms.createAlias({ AliasName: 'alias/once', TargetKeyId: key })
    await expect(
      house.kms.createAlias({ AliasName: 'alias/once', TargetKeyId: otherKey }),
    ).rejects.toMatchObject({
      code: 'AlreadyExistsException',
      message: `An alias with the name ${ARN}:alias/once already exists`,
    })
    expect(await target('alias/once')).toBe(key)
  })

  it('has the same name in another region or account', async () => {
    for (const place of [accountRoot(ACCOUNT, 'us-east-1'), accountRoot('444444444444', REGION)]) {
      const kms = house.service.as(place)
      const { KeyId } = (await kms.createKey({})).KeyMetadata
      await kms.createAlias({ AliasName: 'alias/same', TargetKeyId: KeyId })
      expect((await kms.describeKey({ KeyId: 'alias/same' })).KeyMetadata.KeyId).toBe(KeyId)
    }
    await expect(target('alias/same')).rejects.toMatchObject({ code: 'NotFoundException' })
  })

  it('that is not there is neither moved nor deleted', async () => {
    const missing = {
      code: 'NotFoundException',
      message: `Alias ${ARN}:alias/missing is not found.`,
    }
    const AliasName = 'alias/missing'
    await expect(house.kms.updateAlias({ AliasName, TargetKeyId: key })).rejects.toMatchObject(
      missing,
    )
    await expect(house.kms.deleteAlias({ AliasName })).rejects.toMatchObject(missing)
  })

  it.each([
    [
      'logs',
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ],
    ['alias/', 'ValidationException', 'alias/ contains invalid characters for an alias'],
    ['alias/a:b', 'ValidationException', 'alias/a:b contains invalid characters for an alias'],
    ['alias/aws/s3', 'NotAuthorizedException', ''],
    ['alias/aws/', 'NotAuthorizedException', ''],
    ['alias/AWS/s3', 'NotAuthorizedException', ''],
    ['alias/Aws/mine:', 'NotAuthorizedException', ''],
    ['alias/ä', 'ValidationException', undefined],
    [`alias/${'a'.repeat(251)}`, 'ValidationException', undefined],
    ['', 'ValidationException', undefined],
  ])('cannot be called %s', async (AliasName, code, message) => {
    const answer = expect.objectContaining(message === undefined ? { code } : { code, message })
    const { kms } = house
    await expect(kms.createAlias({ AliasName, TargetKeyId: key })).rejects.toEqual(answer)
    await expect(kms.updateAlias({ AliasName, TargetKeyId: key })).rejects.toEqual(answer)
    await expect(kms.deleteAlias({ AliasName })).rejects.toEqual(answer)
  })

  it.each(['alias/aws', 'alias/aws-logs', 'alias/AWSlogs', 'alias/my/aws/s3', 'alias//aws/s3'])(
    'can be called %s',
    async (AliasName) => {
      await house.kms.createAlias({ AliasName, TargetKeyId: key })
      expect(await target(AliasName)).toBe(key)
    },
  )

  it('of AWS names no key that could be used', async () => {
    for (const AliasName of ['alias/aws/s3', `${ARN}:alias/aws/s3`]) {
      await expect(target(AliasName)).rejects.toMatchObject({
        code: 'NotFoundException',
        message: `Alias ${ARN}:alias/aws/s3 is not found.`,
      })
    }
  })

  it('stands for a key, never for an alias', async () => {
    for (const TargetKeyId of ['alias/once', `${ARN}:alias/once`]) {
      await expect(
        house.kms.createAlias({ AliasName: 'alias/of-alias', TargetKeyId }),
      ).rejects.toMatchObject({
        code: 'ValidationException',
        message: 'Aliases must refer to keys. Not aliases',
      })
    }
    await expect(
      house.kms.createAlias({ AliasName: 'alias/of-nothing', TargetKeyId: 'nothing' }),
    ).rejects.toMatchObject({ code: 'NotFoundException', message: "Invalid keyId 'nothing'" })
  })
})

describe('a list of aliases', () => {
  it('comes in pages, by name, and can be of one key', async () => {
    const kms = house.service.as(accountRoot('555555555555', REGION))
    const keys = [await kms.createKey({}), await kms.createKey({})]
    const ids = keys.map(({ KeyMetadata }) => KeyMetadata.KeyId)
    const names = ['alias/a', 'alias/b', 'alias/c', 'alias/d', 'alias/e']
    for (const [i, AliasName] of names.entries()) {
      await kms.createAlias({ AliasName, TargetKeyId: ids[i % 2]! })
    }
    const first = await kms.listAliases({ Limit: 2 })
    expect(first).toEqual({
      Aliases: names.slice(0, 2).map((AliasName, i) => ({
        AliasName,
        AliasArn: `arn:aws:kms:${REGION}:555555555555:${AliasName}`,
        TargetKeyId: ids[i],
        CreationDate: new Date(house.clock.time),
        LastUpdatedDate: new Date(house.clock.time),
      })),
      Truncated: true,
      NextMarker: expect.any(String),
    })
    const all: string[] = []
    for await (const { AliasName } of kms.everyAlias()) all.push(AliasName)
    expect(all).toEqual(names)
    const ofSecond = await kms.listAliases({ KeyId: ids[1] })
    expect(ofSecond.Aliases.map(({ AliasName }) => AliasName)).toEqual(['alias/b', 'alias/d'])
    expect(ofSecond.Truncated).toBe(false)
  })

  it('refuses aliases for KeyId, long pages and foreign markers', async () => {
    await expect(house.kms.listAliases({ KeyId: 'alias/once' })).rejects.toMatchObject({
      code: 'NotFoundException',
    })
    await expect(house.kms.listAliases({ Limit: 101 })).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: " +
        'Member must have value less than or equal to 100',
    })
    const Marker = Buffer.from('keys:1').toString('base64url')
    await expect(house.kms.listAliases({ Marker })).rejects.toMatchObject({
      code: 'InvalidMarkerException',
    })
  })

  it('tells when an alias was moved', async () => {
    const kms = house.service.as(accountRoot('666666666666', REGION))
    const { KeyId } = (await kms.createKey({})).KeyMetadata
    const made = house.clock.time
    await kms.createAlias({ AliasName: 'alias/moved', TargetKeyId: KeyId })
    house.clock.time += 5000
    await kms.updateAlias({ AliasName: 'alias/moved', TargetKeyId: KeyId })
    expect((await kms.listAliases({})).Aliases).toMatchObject([
      { CreationDate: new Date(made), LastUpdatedDate: new Date(made + 5000) },
    ])
  })
})
