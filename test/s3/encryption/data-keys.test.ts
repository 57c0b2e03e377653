/** Data keys of objects under the root, under KMS keys and under customers' keys: given, opened, wrapped anew. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, deny, textOf, userWith } from '../../kms/bound.js'
import { guest } from '../../kms/granted.js'
import { ACCOUNT, ARN, REGION } from '../../support/kms.js'
import { bucketOf, customerKey, type House, open, openHouse, type Put } from './house.js'
import { asStored } from './stored.js'

let house: House
let keyArn: string
beforeAll(async () => {
  house = await openHouse()
  keyArn = (await house.kms.createKey({})).KeyMetadata.Arn
})
afterAll(() => house.remove())

const kms = (keyId?: string, bucketKey = false) => ({
  ServerSideEncryption: 'aws:kms',
  BucketKeyEnabled: bucketKey,
  ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }),
})

const OBJECT = 'arn:aws:s3:::logs/a/b'
const ways = [
  { way: 'SSE-S3', members: () => ({}), shown: {} },
  { way: 'SSE-KMS', members: () => kms(keyArn), shown: {} },
  { way: 'SSE-KMS with a bucket key', members: () => kms(keyArn, true), shown: {} },
  { way: 'SSE-C', members: () => customerKey(1), shown: customerKey(1) },
]

describe.each(ways)('the data key of an object under $way', ({ members, shown }) => {
  it('is the same again for the object', async () => {
    const put = await house.put(members(), { bucket: open })
    expect(await house.get(put, {}, shown)).toBe(put.mark)
    const [wrap] = put.encryptedDataKeys
    expect(put.encryptedDataKeys).toHaveLength(1)
    expect({ ...put.encryptionContext }).toEqual({ 'aws:s3:arn': OBJECT })
    expect(wrap!.ciphertext.length).toBe(
      put.sse.algorithm === 'aws:kms' && put.sse.bucketKey ? 256 : 128,
    )
  })

  it('is another for the next object', async () => {
    const [one, other] = [
      await house.put(members(), { bucket: open }),
      await house.put(members(), { bucket: open }),
    ]
    expect(one.mark).not.toBe(other.mark)
  })

  it('is not given for another object, another bucket, or other pairs', async () => {
    const put = await house.put(members(), { bucket: open })
    const elsewhere = { ...open, name: 'other' }
    const context = { ...put.encryptionContext, more: 'x' }
    const tries = [
      house.get(put, { key: 'a/c' }, shown),
      house.get(put, { bucket: elsewhere }, shown),
      house.get({ ...put, encryptionContext: context }, {}, shown),
      house.get({ ...put, encryptionContext: {} }, {}, shown),
    ]
    for (const attempt of tries) {
      await expect(attempt).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('is not given for the wrap of another object, in whatever place it is put', async () => {
    const mine = await house.put(members(), { bucket: open })
    const theirs = await house.put(members(), { bucket: open, key: 'theirs' })
    const elsewhere = await house.put(members(), { bucket: { ...open, name: 'other' } })
    for (const { encryptedDataKeys } of [theirs, elsewhere]) {
      const swapped = { ...mine, encryptedDataKeys }
      await expect(house.get(swapped, {}, shown)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
    const twice = [...mine.encryptedDataKeys, ...theirs.encryptedDataKeys]
    for (const encryptedDataKeys of [twice, []]) {
      const swapped = { ...mine, encryptedDataKeys }
      await expect(house.get(swapped, {}, shown)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('is not given when a bit of its wrap has changed', async () => {
    const put = await house.put(members(), { bucket: open })
    const [wrap] = put.encryptedDataKeys
    for (let at = 0; at < wrap!.ciphertext.length; at += 9) {
      const ciphertext = Uint8Array.from(wrap!.ciphertext)
      ciphertext[at]! ^= 1
      const damaged = { ...put, encryptedDataKeys: [{ ...wrap!, ciphertext }] }
      await expect(house.get(damaged, {}, shown)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
    for (const size of [0, 127, 128, 129, 255, 257]) {
      const ciphertext = new Uint8Array(size)
      const damaged = { ...put, encryptedDataKeys: [{ ...wrap!, ciphertext }] }
      await expect(house.get(damaged, {}, shown)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('survives being stored as text', async () => {
    const put = await house.put(members(), { bucket: open })
    expect(await house.get(asStored(put), {}, shown)).toBe(put.mark)
  })
})

describe('a bucket that is made anew under its name', () => {
  it.each(ways.filter(({ way }) => way !== 'SSE-KMS'))(
    'opens nothing of the one before: $way',
    async ({ members, shown }) => {
      const put = await house.put(members(), { bucket: open })
      const anew = { ...open, id: 'fedcba9876543210' }
      const attempt = house.get(put, { bucket: anew }, shown)
      await expect(attempt).rejects.toMatchObject({ code: 'ObjectDamaged' })
    },
  )
})

describe('a data key under SSE-S3', () => {
  it('leaves no record of KMS', async () => {
    await house.news()
    await house.get(await house.put())
    await house.create()
    expect(await house.news()).toEqual([])
  })
})

describe('a data key under SSE-KMS', () => {
  it('is asked of KMS in the name of the caller, by way of S3', async () => {
    await house.newRecords()
    const ann = userWith({ identity: [allow('kms:*')] })
    const context = Buffer.from('{"team":"blue"}').toString('base64')
    const put = await house.put(
      { ...kms(keyArn), SSEKMSEncryptionContext: context },
      { caller: ann },
    )
    await house.get(put, { caller: ann })
    const shown = { team: 'blue', 'aws:s3:arn': OBJECT }
    expect(put.encryptionContext).toEqual(shown)
    expect(put.sse).toEqual({
      ...{ algorithm: 'aws:kms', keyArn, bucketKey: false, context: { team: 'blue' } },
    })
    const records = await house.newRecords()
    const common = {
      userIdentity: expect.objectContaining({ userName: 'ann', invokedBy: 's3.amazonaws.com' }),
      sourceIPAddress: 's3.amazonaws.com',
      userAgent: 's3.amazonaws.com',
      resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: keyArn }],
    }
    expect(records).toMatchObject([
      {
        ...{ ...common, eventName: 'GenerateDataKey' },
        requestParameters: { keyId: keyArn, keySpec: 'AES_256', encryptionContext: shown },
      },
      {
        ...{ ...common, eventName: 'Decrypt' },
        requestParameters: {
          ...{ encryptionContext: shown, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
        },
      },
    ])
  })

  it('asks for an upload in parts GenerateDataKey and Decrypt, and Decrypt for each part', async () => {
    await house.news()
    const upload = await house.create(kms(keyArn))
    expect(await house.news()).toEqual(['GenerateDataKey', 'Decrypt'])
    await house.get(upload)
    await house.get(upload)
    expect(await house.news()).toEqual(['Decrypt', 'Decrypt'])
  })

  it('is not given for an upload to who may not open it', async () => {
    const writer = userWith({ identity: [allow('kms:GenerateDataKey')] })
    await expect(house.create(kms(keyArn), { caller: writer })).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: `User: ${writer.identity.arn} is not authorized to perform: kms:Decrypt on resource: ${keyArn} because no identity-based policy allows the kms:Decrypt action`,
    })
    expect((await house.put(kms(keyArn), { caller: writer })).sse).toMatchObject({ keyArn })
  })

  it('is not opened as one under a bucket key', async () => {
    const put = await house.put(kms(keyArn))
    const sse = { ...put.sse, bucketKey: true } as Put['sse']
    await expect(house.get({ ...put, sse })).rejects.toMatchObject({ code: 'ObjectDamaged' })
  })

  it('goes by kms:ViaService, and by the bucket region', async () => {
    const only = (service: string) =>
      allow('kms:GenerateDataKey', {
        Principal: '*',
        Condition: { StringEquals: { 'kms:ViaService': service } },
      })
    const manage = allow('kms:PutKeyPolicy', { Principal: '*' })
    const Policy = textOf(only(`s3.${REGION}.amazonaws.com`), manage)
    const { KeyMetadata } = await house.kms.createKey({ Policy })
    expect((await house.put(kms(KeyMetadata.KeyId))).sse).toMatchObject({ keyArn: KeyMetadata.Arn })
    const direct = house.kms.generateDataKey({ KeyId: KeyMetadata.KeyId, KeySpec: 'AES_256' })
    await expect(direct).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })

  it('is not refused as one without TLS: the call does not leave the process', async () => {
    const insecure = { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
    const all = allow('kms:*', { Principal: '*' })
    const Policy = textOf(all, { ...deny('kms:GenerateDataKey', insecure), Principal: '*' })
    const { KeyMetadata } = await house.kms.createKey({ Policy })
    expect((await house.put(kms(KeyMetadata.KeyId))).sse).toMatchObject({ keyArn: KeyMetadata.Arn })
  })

  it('takes an alias for one of the requester, in the region of the bucket', async () => {
    const theirs = house.service.as(guest)
    const mine = (await house.kms.createKey({})).KeyMetadata
    const { KeyMetadata } = await theirs.createKey({})
    await house.kms.createAlias({ AliasName: 'alias/logs', TargetKeyId: mine.KeyId })
    await theirs.createAlias({ AliasName: 'alias/logs', TargetKeyId: KeyMetadata.KeyId })
    const put = (caller?: typeof guest) =>
      house.put(kms('alias/logs'), caller === undefined ? {} : { caller })
    expect((await put()).sse).toMatchObject({ keyArn: mine.Arn })
    expect((await put(guest)).sse).toMatchObject({ keyArn: KeyMetadata.Arn })
    const far = { ...guest, region: 'us-west-2' }
    expect((await put(far)).sse).toMatchObject({ keyArn: KeyMetadata.Arn })
  })
})

describe('UpdateObjectEncryption', () => {
  const cases = ways.flatMap((from) => ways.map((to) => ({ from, to })))

  it.each(cases)('wraps the same data key: $from.way to $to.way', async ({ from, to }) => {
    const put = await house.put(from.members(), { bucket: open })
    const next = await house.update(put, to.members(), {}, from.shown)
    expect(await house.get(next, {}, to.shown)).toBe(put.mark)
    expect(await house.get(put, {}, from.shown)).toBe(put.mark)
    expect(next.sse).not.toBe(put.sse)
    const other = { ...next, sse: put.sse }
    if (from !== to) {
      await expect(house.get(other, {}, from.shown)).rejects.toMatchObject({
        code: 'ObjectDamaged',
      })
    }
  })

  it('asks Decrypt of the old key and GenerateDataKey of the new one', async () => {
    const other = (await house.kms.createKey({})).KeyMetadata.Arn
    const put = await house.put(kms(keyArn))
    await house.news()
    const next = await house.update(put, kms(other))
    expect(await house.news()).toEqual(['Decrypt', 'GenerateDataKey'])
    expect(next.sse).toMatchObject({ keyArn: other })
    await house.get(next)
    expect(await house.news()).toEqual(['Decrypt'])
  })

  it('does not move a wrap to another object', async () => {
    const one = await house.update(await house.put(), kms(keyArn))
    const two = await house.update(await house.put({}, { key: 'two' }), kms(keyArn))
    const { encryptedDataKeys } = two
    const swapped = { ...one, encryptedDataKeys }
    await expect(house.get(swapped)).rejects.toMatchObject({ code: 'ObjectDamaged' })
  })
})

describe('the AWS managed key aws/s3', () => {
  it('is made once, when it is first needed, by the service itself', async () => {
    await house.newRecords()
    const puts = await Promise.all(Array.from({ length: 8 }, () => house.put(kms())))
    const arns = new Set(puts.map(({ sse }) => 'keyArn' in sse && sse.keyArn))
    expect(arns.size).toBe(1)
    const [made, ...others] = (await house.newRecords()).filter(
      ({ eventName }) => eventName === 'CreateKey',
    )
    expect(others).toEqual([])
    expect(made).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: 's3.amazonaws.com' },
      recipientAccountId: ACCOUNT,
    })
    expect(await house.get(puts[0]!)).toBe(puts[0]!.mark)
    const [arn] = arns
    for (const given of ['alias/aws/s3', `${ARN}:alias/aws/s3`]) {
      expect((await house.put(kms(given))).sse).toMatchObject({ keyArn: arn })
    }
  })

  it('shows that AWS manages it', async () => {
    await house.put(kms())
    const { KeyMetadata } = await house.kms.describeKey({ KeyId: 'alias/aws/s3' })
    expect(KeyMetadata).toMatchObject({
      ...{ KeyManager: 'AWS', KeyState: 'Enabled' },
      Description: 'Default key that protects my S3 objects when no other key is defined',
    })
    const { Policy } = await house.kms.getKeyPolicy({ KeyId: KeyMetadata.KeyId })
    expect(JSON.parse(Policy)).toMatchObject({ Id: 'auto-s3-2' })
  })

  it('is another for every account and region', async () => {
    const arnOf = ({ sse }: Put) => ('keyArn' in sse ? sse.keyArn : '')
    const mine = arnOf(await house.put(kms()))
    const theirs = arnOf(await house.put(kms(), { caller: guest }))
    const far = arnOf(await house.put(kms(), { bucket: bucketOf({}, { region: 'us-west-2' }) }))
    expect(new Set([mine, theirs, far]).size).toBe(3)
    expect(theirs).toContain(`:${REGION}:${guest.account}:`)
    expect(far).toContain(`:us-west-2:${ACCOUNT}:`)
  })

  it('is used through S3 only, by whoever is in the account', async () => {
    const put = await house.put(kms(), { caller: userWith({}) })
    const { Arn: KeyId } = (await house.kms.describeKey({ KeyId: 'alias/aws/s3' })).KeyMetadata
    expect(put.sse).toMatchObject({ keyArn: KeyId })
    const calls = [
      house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
      house.kms.decrypt({
        CiphertextBlob: put.encryptedDataKeys[0]!.ciphertext,
        EncryptionContext: put.encryptionContext,
      }),
      house.get(put, { caller: guest }),
    ]
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'AccessDeniedException' })
    }
  })

  it('is managed by nobody, not even the account', async () => {
    await house.put(kms())
    const { KeyId } = (await house.kms.describeKey({ KeyId: 'alias/aws/s3' })).KeyMetadata
    const Policy = textOf(allow('kms:*', { Principal: '*' }))
    const calls = [
      house.kms.disableKey({ KeyId }),
      house.kms.scheduleKeyDeletion({ KeyId }),
      house.kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }),
      house.kms.createAlias({ AliasName: 'alias/mine', TargetKeyId: KeyId }),
      house.kms.createGrant({
        KeyId,
        GranteePrincipal: guest.identity.arn!,
        Operations: ['Decrypt'],
      }),
      house.kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
      house.kms.updateKeyDescription({ KeyId, Description: 'mine' }),
    ]
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'AccessDeniedException' })
    }
    const mine = (await house.kms.createKey({})).KeyMetadata.KeyId
    const aliases = [
      house.kms.createAlias({ AliasName: 'alias/aws/mine', TargetKeyId: mine }),
      house.kms.updateAlias({ AliasName: 'alias/aws/s3', TargetKeyId: mine }),
      house.kms.deleteAlias({ AliasName: 'alias/aws/s3' }),
    ]
    for (const call of aliases) {
      await expect(call).rejects.toMatchObject({ code: 'NotAuthorizedException' })
    }
  })
})
