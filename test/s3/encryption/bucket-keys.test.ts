/** Bucket keys: how far they save calls of KMS, who shares them, and what ends them. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, sessionWith, textOf, userWith } from '../../kms/bound.js'
import { ACCOUNT, caller } from '../../support/kms.js'
import { bucketOf, type House, openHouse } from './house.js'

let house: House
let KeyId: string
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.remove())

const all = [allow('kms:*')]
const members = (SSEKMSKeyId = KeyId) => ({
  ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId, BucketKeyEnabled: true },
})

/** The store tells who listens a turn after it has answered who wrote, and no bucket key is kept until it has. */
async function freshKey(): Promise<string> {
  KeyId = (await house.kms.createKey({})).KeyMetadata.KeyId
  await setImmediate()
  await house.news()
  return KeyId
}

describe('a bucket key', () => {
  it('is asked for once, for the bucket, and opened once', async () => {
    await freshKey()
    const puts = []
    for (let i = 0; i < 200; i++) puts.push(await house.put(members(), { key: `${i}` }))
    const [asked, ...others] = await house.newRecords()
    expect(others).toEqual([])
    expect(asked).toMatchObject({
      eventName: 'GenerateDataKey',
      requestParameters: { encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::logs' } },
    })
    for (const put of puts) expect(await house.get(put)).toBe(put.mark)
    const [opened, ...more] = await house.newRecords()
    expect(more).toEqual([])
    expect(opened).toMatchObject({
      eventName: 'Decrypt',
      requestParameters: { encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::logs' } },
    })
  })

  it('binds what the caller gives to the object, not to the bucket key', async () => {
    await freshKey()
    const contextOf = (team: string) => Buffer.from(JSON.stringify({ team })).toString('base64')
    const [blue, red] = [
      await house.put({ ...members(), SSEKMSEncryptionContext: contextOf('blue') }),
      await house.put({ ...members(), SSEKMSEncryptionContext: contextOf('red') }),
    ]
    expect(await house.news()).toEqual(['GenerateDataKey'])
    expect(blue.encryptionContext).toEqual({ team: 'blue', 'aws:s3:arn': 'arn:aws:s3:::logs/a/b' })
    expect(await house.get(blue)).toBe(blue.mark)
    const { encryptedDataKeys } = red
    const swapped = { ...blue, encryptedDataKeys }
    await expect(house.get(swapped)).rejects.toMatchObject({ code: 'ObjectDamaged' })
  })

  it('is shared with no other requester, bucket or KMS key', async () => {
    await freshKey()
    const ann = userWith({ identity: all })
    const bob = userWith({ identity: all }, ACCOUNT, 'bob')
    const role = sessionWith({ identity: all })
    const secondSession = { ...role, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }
    for (const requester of [caller, ann, bob, role, secondSession]) {
      await house.put(members(), { caller: requester })
      await house.put(members(), { caller: requester })
      expect(await house.news()).toEqual(['GenerateDataKey'])
    }
    const other = bucketOf({}, { name: 'other', id: 'fedcba9876543210' })
    await house.put(members(), { bucket: other })
    expect(await house.news()).toEqual(['GenerateDataKey'])
  })

  it('opens for no other requester than the one who was asked about', async () => {
    await freshKey()
    const put = await house.put(members())
    await house.get(put)
    const nobody = userWith({ identity: [allow('s3:*')] })
    await expect(house.get(put, { caller: nobody })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
    const reader = userWith({ identity: [allow('kms:Decrypt')] })
    await house.news()
    expect(await house.get(put, { caller: reader })).toBe(put.mark)
    expect(await house.news()).toEqual(['Decrypt'])
  })

  it('that seals does not open, and the other way round', async () => {
    await freshKey()
    const writer = userWith({ identity: [allow('kms:GenerateDataKey')] })
    const put = await house.put(members(), { caller: writer })
    await expect(house.get(put, { caller: writer })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
    const reader = userWith({ identity: [allow('kms:Decrypt')] })
    expect(await house.get(put, { caller: reader })).toBe(put.mark)
    await expect(house.put(members(), { caller: reader })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  it('asks once for uploads in parts, and once for their parts', async () => {
    await freshKey()
    const upload = await house.create(members())
    await house.get(upload)
    await house.create(members())
    await house.get(upload)
    expect(await house.news()).toEqual(['GenerateDataKey', 'Decrypt'])
  })

  it('lives for five minutes', async () => {
    await freshKey()
    const put = await house.put(members())
    await house.get(put)
    house.clock.time += 5 * 60_000 - 1
    await house.put(members())
    await house.get(put)
    expect(await house.news()).toEqual(['GenerateDataKey', 'Decrypt'])
    house.clock.time += 1
    await house.put(members())
    await house.get(put)
    expect(await house.news()).toEqual(['GenerateDataKey', 'Decrypt'])
  })

  it('is used ten thousand times at most', async () => {
    await freshKey()
    for (let i = 0; i < 10_000; i++) await house.put(members())
    expect(await house.news()).toEqual(['GenerateDataKey'])
    await house.put(members())
    expect(await house.news()).toEqual(['GenerateDataKey'])
  })

  it('outlives what says nothing of keys: objects that are put', async () => {
    await freshKey()
    await house.put(members())
    await house.store.commit({ changes: [{ drop: 's3_version', key: VERSION }] })
    await house.store.commit({ records: ['{}'] })
    await house.put(members())
    expect((await house.news()).filter((name) => name === 'GenerateDataKey')).toHaveLength(1)
  })
})

const VERSION = { bucket_id: '0123456789abcdef', object_key: 'a', version_order: -1 }

describe('a bucket key ends before the answer to', () => {
  const changes: ReadonlyArray<[string, (keyId: string) => Promise<unknown>, string]> = [
    ['DisableKey', (KeyId) => house.kms.disableKey({ KeyId }), 'KMS.DisabledException'],
    [
      'ScheduleKeyDeletion',
      (KeyId) => house.kms.scheduleKeyDeletion({ KeyId }),
      'KMS.KMSInvalidStateException',
    ],
    [
      'PutKeyPolicy',
      (KeyId) =>
        house.kms.putKeyPolicy({ KeyId, Policy: textOf(allow('kms:Put*', { Principal: '*' })) }),
      'AccessDeniedException',
    ],
  ]

  it.each(changes)('%s', async (_, change, code) => {
    await freshKey()
    const put = await house.put(members())
    await house.get(put)
    await change(KeyId)
    await expect(house.put(members())).rejects.toMatchObject({ code })
    await expect(house.get(put)).rejects.toMatchObject({ code })
  })

  it('RevokeGrant', async () => {
    await freshKey()
    const ann = userWith({ identity: [] })
    const { GrantId } = await house.kms.createGrant({
      ...{ KeyId, GranteePrincipal: ann.identity.arn!, Operations: ['GenerateDataKey', 'Decrypt'] },
    })
    const put = await house.put(members(), { caller: ann })
    expect(await house.get(put, { caller: ann })).toBe(put.mark)
    await house.kms.revokeGrant({ KeyId, GrantId })
    for (const attempt of [
      house.put(members(), { caller: ann }),
      house.get(put, { caller: ann }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'AccessDeniedException' })
    }
  })

  it('a change of an alias', async () => {
    const first = await freshKey()
    const AliasName = 'alias/moving'
    await house.kms.createAlias({ AliasName, TargetKeyId: first })
    await house.put(members(AliasName))
    const second = await freshKey()
    await house.kms.updateAlias({ AliasName, TargetKeyId: second })
    const put = await house.put(members(AliasName))
    expect(put.sse).toMatchObject({ keyArn: expect.stringContaining(second) })
  })

  it('a change of users and roles', async () => {
    await freshKey()
    await house.put(members())
    await house.store.commit({ changes: [{ drop: 'iam_role', key: { role_id: 'AROANONE' } }] })
    await house.put(members())
    expect(await house.news()).toEqual(['GenerateDataKey', 'GenerateDataKey'])
  })
})

describe('a bucket key that was asked for while keys change', () => {
  it('serves that one object only', async () => {
    await freshKey()
    const changing = house.kms.updateKeyDescription({ KeyId, Description: 'other' })
    await Promise.all([changing, house.put(members()), house.put(members())])
    await house.news()
    await setImmediate()
    await house.put(members())
    expect(await house.news()).toEqual(['GenerateDataKey'])
  })

  it('is never used once a key is known to be disabled', async () => {
    for (let i = 0; i < 20; i++) {
      await freshKey()
      const early = Array.from({ length: 4 }, () => house.put(members()).catch(() => undefined))
      await house.kms.disableKey({ KeyId })
      await expect(house.put(members())).rejects.toMatchObject({ code: 'KMS.DisabledException' })
      await Promise.all(early)
      await expect(house.put(members())).rejects.toMatchObject({ code: 'KMS.DisabledException' })
    }
  })
})
