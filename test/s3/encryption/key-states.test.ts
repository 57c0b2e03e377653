/** Keys that are wrong, missing, switched off or out of reach: what S3's callers are told, whatever they do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putKey, readKey } from '../../../src/kms/keys/rows.js'
import type { Caller } from '../../../src/service/caller.js'
import { allow, textOf, userWith } from '../../kms/bound.js'
import { ACCOUNT, ARN, REGION } from '../../support/kms.js'
import { bucketOf, type House, openHouse, type Put } from './house.js'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.remove())

const kms = (SSEKMSKeyId: string, BucketKeyEnabled = false) => ({
  ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId, BucketKeyEnabled },
})
const MISSING = '1234abcd-12ab-34cd-56ef-1234567890ab'
const ann = userWith({ identity: [allow('s3:*')] })

const newKey = async () => (await house.kms.createKey({})).KeyMetadata

/** What becomes of a key with which an object was put before. */
const states = [
  {
    state: 'disabled',
    make: (KeyId: string) => house.kms.disableKey({ KeyId }),
    code: 'KMS.DisabledException',
    says: (arn: string) => `${arn} is disabled.`,
  },
  {
    state: 'pending deletion',
    make: (KeyId: string) => house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
    code: 'KMS.KMSInvalidStateException',
    says: (arn: string) => `${arn} is pending deletion.`,
  },
  {
    state: 'deleted',
    make: async (KeyId: string) => {
      await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
      house.clock.addDays(8)
      await house.service.confirmClock()
    },
    code: 'KMS.NotFoundException',
    says: (arn: string) => `Key '${arn}' does not exist`,
  },
]

const operations = [
  { operation: 'PutObject', run: (keyId: string) => house.put(kms(keyId)) },
  { operation: 'PutObject with a bucket key', run: (keyId: string) => house.put(kms(keyId, true)) },
  { operation: 'CreateMultipartUpload', run: (keyId: string) => house.create(kms(keyId)) },
  {
    operation: 'UpdateObjectEncryption to it',
    run: async (keyId: string) => house.update(await house.put(), kms(keyId)),
  },
  { operation: 'GetObject', run: (_: string, put: Put) => house.get(put) },
  {
    operation: 'GetObject under a bucket key',
    run: (_: string, __: Put, put: Put) => house.get(put),
  },
  {
    operation: 'UpdateObjectEncryption from it',
    run: (_: string, put: Put) => house.update(put, { ServerSideEncryption: 'AES256' }),
  },
]

describe.each(states)('an object under a key that is $state', ({ make, code, says }) => {
  it.each(operations)('is refused to $operation', async ({ run }) => {
    const { KeyId, Arn } = await newKey()
    const [put, bucketPut] = [await house.put(kms(KeyId)), await house.put(kms(KeyId, true))]
    await house.get(bucketPut)
    await make(KeyId)
    await expect(run(KeyId, put, bucketPut)).rejects.toMatchObject({ code, message: says(Arn) })
  })
})

describe('a key id', () => {
  const other = `arn:aws:kms:us-west-2:${ACCOUNT}:key/${MISSING}`
  it.each([
    ['that no key has', MISSING, `Key '${ARN}:key/${MISSING}' does not exist`],
    ['of an alias that stands for nothing', 'alias/none', `Alias ${ARN}:alias/none is not found.`],
    ['of another region', other, 'Invalid arn us-west-2'],
    ['that is none', 'fake-key-id', "Invalid keyId 'fake-key-id'"],
    ['that leaves out alias/', 'aws/s3', 'Invalid keyId aws/s3'],
    ['that is an ARN of S3', 'arn:aws:s3:::logs', 'Invalid arn arn:aws:s3:::logs'],
  ])('%s is refused: %s', async (_, keyId, message) => {
    const told = { code: 'KMS.NotFoundException', message }
    await expect(house.put(kms(keyId))).rejects.toMatchObject(told)
    await expect(house.put(kms(keyId, true))).rejects.toMatchObject(told)
    await expect(house.create(kms(keyId))).rejects.toMatchObject(told)
    const byDefault = bucketOf({ encryption: { algorithm: 'aws:kms', keyId } })
    await expect(house.put({}, { bucket: byDefault })).rejects.toMatchObject(told)
  })

  it.each([0, 2049])('of %i characters is refused', async (length) => {
    const attempt = house.put(kms('k'.repeat(length)))
    await expect(attempt).rejects.toMatchObject({ code: 'InvalidArgument' })
  })
})

describe('a key that is not for encryption', () => {
  it('is refused for its usage', async () => {
    const small = await openHouse({ keysMax: 1 })
    const { KeyId, Arn } = (await small.kms.createKey({})).KeyMetadata
    const place = { account: ACCOUNT, region: REGION, keyId: KeyId }
    const key = (await readKey(small.store, small.root, place))!
    const mac = { ...key, keyUsage: 'GENERATE_VERIFY_MAC', keySpec: 'HMAC_256' } as const
    await small.store.commit({ changes: [putKey(small.root, mac)] })
    // Of the two only the newer one is in memory.
    await small.kms.createKey({})
    const told = {
      code: 'KMS.InvalidKeyUsageException',
      message: `${Arn} key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKey.`,
    }
    await expect(small.put(kms(KeyId))).rejects.toMatchObject(told)
    await expect(small.put(kms(KeyId, true))).rejects.toMatchObject(told)
    await small.remove()
  })
})

describe('whoever shows no credentials', () => {
  it('is given no key of KMS, whatever policies say, and leaves no record there', async () => {
    const Policy = textOf(allow('kms:*', { Principal: '*' }))
    const { KeyId } = (await house.kms.createKey({ Policy })).KeyMetadata
    const [put, bucketPut] = [await house.put(kms(KeyId)), await house.put(kms(KeyId, true))]
    await house.news()
    const identity = { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' }
    const anonymous = { caller: { account: ACCOUNT, region: REGION, identity } as Caller }
    const told = {
      code: 'InvalidArgument',
      message:
        'Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.',
      detail: { ArgumentName: 'Authorization', ArgumentValue: 'null' },
    }
    for (const attempt of [
      house.put(kms(KeyId), anonymous),
      house.put(kms(KeyId, true), anonymous),
      house.get(put, anonymous),
      house.get(bucketPut, anonymous),
    ]) {
      await expect(attempt).rejects.toMatchObject(told)
    }
    expect(await house.news()).toEqual([])
  })
})

describe('whoever may not use a key', () => {
  it('is told so in the words of KMS, with the key', async () => {
    const { KeyId, Arn } = await newKey()
    const put = await house.put(kms(KeyId))
    const denied = (action: string) => ({
      code: 'AccessDeniedException',
      message: `User: ${ann.identity.arn} is not authorized to perform: kms:${action} on resource: ${Arn} because no identity-based policy allows the kms:${action} action`,
    })
    const as = { caller: ann }
    await expect(house.put(kms(KeyId), as)).rejects.toMatchObject(denied('GenerateDataKey'))
    await expect(house.put(kms(KeyId, true), as)).rejects.toMatchObject(denied('GenerateDataKey'))
    await expect(house.get(put, as)).rejects.toMatchObject(denied('Decrypt'))
  })

  it('leaves a record of it in KMS', async () => {
    const { KeyId } = await newKey()
    await house.newRecords()
    await house.put(kms(KeyId), { caller: ann }).catch(() => undefined)
    expect(await house.newRecords()).toMatchObject([
      { eventName: 'GenerateDataKey', errorCode: 'AccessDenied' },
    ])
  })

  it('may not when the key policy takes it away in mid-use', async () => {
    const { KeyId } = await newKey()
    const put = await house.put(kms(KeyId))
    expect(await house.get(put)).toBe(put.mark)
    const Policy = textOf(allow('kms:PutKeyPolicy', { Principal: '*' }))
    await house.kms.putKeyPolicy({ KeyId, Policy })
    await expect(house.get(put)).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })
})
