/** Keys that are wrong, missing, switched off or taken away: what callers of S3 are told, and that nothing is left. */
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putKey, readKey } from '../../../src/kms/keys/rows.js'
import { allow, textOf, userWith } from '../../kms/bound.js'
import { ACCOUNT, ARN, REGION } from '../../support/kms.js'
import { customerKey, ObjectsHouse } from '../objects-house.js'

let house: ObjectsHouse
let Bucket: string
beforeAll(async () => {
  house = await ObjectsHouse.open({ keysMax: 1 })
  Bucket = await house.bucket()
  await house.put(Bucket, 'plain', 'x')
})
afterAll(() => house.remove())

const MISSING = '1234abcd-12ab-34cd-56ef-1234567890ab'
const ANN = `arn:aws:iam::${ACCOUNT}:user/team/ann`
const under = (SSEKMSKeyId: string, BucketKeyEnabled = false) => ({
  ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId, BucketKeyEnabled },
})
const newKey = async (more: object = {}) => (await house.kms.kms.createKey(more)).KeyMetadata

/** What writes under a key. */
const writes = [
  {
    how: 'PutObject',
    write: (more: object) => house.refusal('PutObject', { Bucket, Key: 'new', Body: 'x', ...more }),
  },
  {
    how: 'CopyObject',
    write: (more: object) =>
      house.refusal('CopyObject', { Bucket, Key: 'new', CopySource: `${Bucket}/plain`, ...more }),
  },
  {
    how: 'CreateMultipartUpload',
    write: (more: object) =>
      house.refusal('CreateMultipartUpload', { Bucket, Key: 'new', ...more }),
  },
]

describe.each(writes)('$how', ({ write }) => {
  const other = `arn:aws:kms:us-west-2:${ACCOUNT}:key/${MISSING}`
  it.each([
    ['that no key has', MISSING, `Key '${ARN}:key/${MISSING}' does not exist`],
    ['of an alias that stands for nothing', 'alias/none', `Alias ${ARN}:alias/none is not found.`],
    ['of another region', other, 'Invalid arn us-west-2'],
    ['that is none', 'fake-key-id', "Invalid keyId 'fake-key-id'"],
    ['that leaves out alias/', 'aws/s3', 'Invalid keyId aws/s3'],
  ])('under a key id %s is refused, and nothing is left', async (_, id, message) => {
    for (const isBucketKey of [false, true]) {
      const told = { code: 'KMS.NotFoundException', message }
      expect(await write(under(id, isBucketKey))).toMatchObject(told)
    }
    expect(await house.code('HeadObject', { Bucket, Key: 'new' })).toBe('NoSuchKey')
    expect((await house.call('ListMultipartUploads', { Bucket })).Uploads).toEqual([])
  })

  it('under a key of another usage is refused for that', async () => {
    const { KeyId, Arn } = await newKey()
    const { store, root } = house.kms
    const place = { account: ACCOUNT, region: REGION, keyId: KeyId }
    const key = (await readKey(store, root, place))!
    const mac = { ...key, keyUsage: 'GENERATE_VERIFY_MAC', keySpec: 'HMAC_256' } as const
    await store.commit({ changes: [putKey(root, mac)] })
    // Of the two only the newer one is in memory.
    await newKey()
    expect(await write(under(KeyId))).toMatchObject({
      code: 'KMS.InvalidKeyUsageException',
      message: `${Arn} key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKey.`,
    })
  })
})

const states = [
  {
    ...{ state: 'disabled', code: 'KMS.DisabledException' },
    make: (KeyId: string) => house.kms.kms.disableKey({ KeyId }),
    says: (arn: string) => `${arn} is disabled.`,
  },
  {
    ...{ state: 'pending deletion', code: 'KMS.KMSInvalidStateException' },
    make: (KeyId: string) => house.kms.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
    says: (arn: string) => `${arn} is pending deletion.`,
  },
]

describe.each(states)('under a key that is $state', ({ code, make, says }) => {
  it.each([false, true])('nothing is written or read (bucket key: %s)', async (isBucketKey) => {
    const { KeyId, Arn } = await newKey()
    await house.put(Bucket, 'sealed', 'x', under(KeyId, isBucketKey))
    expect(await house.text(Bucket, 'sealed')).toBe('x')
    const { UploadId } = await house.call('CreateMultipartUpload', {
      ...{ Bucket, Key: 'begun', ...under(KeyId, isBucketKey) },
    })
    await make(KeyId)
    const told = { code, message: says(Arn) }
    for (const { write } of writes) {
      expect(await write(under(KeyId, isBucketKey))).toMatchObject(told)
    }
    const sealed = { Bucket, Key: 'sealed' }
    expect(await house.refusal('GetObject', sealed)).toMatchObject(told)
    expect(await house.refusal('GetObject', { ...sealed, Range: 'bytes=0-0' })).toMatchObject(told)
    const copy = { Bucket, Key: 'new', CopySource: `${Bucket}/sealed` }
    expect(await house.refusal('CopyObject', copy)).toMatchObject(told)
    const place = { Bucket, Key: 'begun', UploadId, PartNumber: 1 }
    expect(await house.refusal('UploadPart', { ...place, Body: 'x' })).toMatchObject(told)
    const shown = { ...sealed, ChecksumMode: 'ENABLED' }
    expect(await house.refusal('HeadObject', shown)).toMatchObject(told)
    expect(await house.code('HeadObject', sealed)).toBe('done')
    const ObjectEncryption = { SSEKMS: { KMSKeyArn: Arn } }
    const update = { Bucket, Key: 'plain', ObjectEncryption }
    expect(await house.refusal('UpdateObjectEncryption', update)).toMatchObject(told)
    expect(await house.text(Bucket, 'plain')).toBe('x')
    await house.call('AbortMultipartUpload', { Bucket, Key: 'begun', UploadId })
    expect(await house.code('DeleteObject', sealed)).toBe('done')
  })
})

describe('a permission that is taken away in mid-use', () => {
  const ann = userWith({ identity: [allow('s3:*')] })
  const root = { ...allow('kms:*'), Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }
  const policy = (...more: object[]) => textOf(root, ...more)

  it.each([false, true])(
    'by the key policy holds at once (bucket key: %s)',
    async (isBucketKey) => {
      const forAnn = {
        ...allow(['kms:GenerateDataKey', 'kms:Decrypt']),
        Principal: { AWS: ANN },
      }
      const { KeyId } = await newKey({ Policy: policy(forAnn) })
      const place = { Bucket, Key: 'hers' }
      const put = () =>
        house.refusal('PutObject', { ...place, Body: 'x', ...under(KeyId, isBucketKey) }, ann)
      expect((await put()).code).toBe('done')
      expect(await house.code('GetObject', place, ann)).toBe('done')
      await house.kms.kms.putKeyPolicy({ KeyId, Policy: policy(), PolicyName: 'default' })
      const refusal = await put()
      expect(refusal.code).toBe('AccessDeniedException')
      expect(refusal.message).toContain('kms:GenerateDataKey')
      const read = await house.refusal('GetObject', place, ann)
      expect(read.code).toBe('AccessDeniedException')
      expect(read.message).toContain('kms:Decrypt')
      // Of the account itself nothing was taken.
      expect(await house.code('GetObject', place)).toBe('done')
    },
  )

  it('by the bucket policy holds at once', async () => {
    const guarded = await house.bucket()
    const stranger = userWith({ identity: [allow('s3:*')] }, '444455556666')
    const Principal = { AWS: stranger.identity.arn }
    const Resource = `arn:aws:s3:::${guarded}/*`
    const Policy = textOf({ ...allow(['s3:GetObject', 's3:PutObject']), Principal, Resource })
    await house.call('PutBucketPolicy', { Bucket: guarded, Policy })
    const place = { Bucket: guarded, Key: 'a' }
    expect(await house.code('PutObject', { ...place, Body: 'x' }, stranger)).toBe('done')
    expect(await house.code('GetObject', place, stranger)).toBe('done')
    await house.call('DeleteBucketPolicy', { Bucket: guarded })
    expect(await house.code('GetObject', place, stranger)).toBe('AccessDeniedException')
    expect(await house.code('PutObject', { ...place, Body: 'y' }, stranger)).toBe(
      'AccessDeniedException',
    )
    expect(await house.text(guarded, 'a')).toBe('x')
  })
})

describe("a customer's key", () => {
  it('is wanted again, and is the right one', async () => {
    await house.put(Bucket, 'customer', 'x', customerKey(1))
    const place = { Bucket, Key: 'customer' }
    const read = (more: object) => house.refusal('GetObject', { ...place, ...more })
    expect(await read({})).toMatchObject({
      code: 'InvalidRequest',
      message:
        'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    })
    expect(await read(customerKey(2))).toMatchObject({ code: 'AccessDeniedException' })
    expect(await read(customerKey(1))).toMatchObject({ code: 'done' })
    const head = { ...place, ...customerKey(2) }
    expect(await house.code('HeadObject', head)).toBe('AccessDeniedException')
    const copy = { Bucket, Key: 'new', CopySource: `${Bucket}/customer` }
    expect(await house.code('CopyObject', copy)).toBe('InvalidRequest')
    const wrong = { ...copy, ...customerKey(2, 'CopySource') }
    expect(await house.code('CopyObject', wrong)).toBe('AccessDeniedException')
    const plain = { Bucket, Key: 'plain', ...customerKey(1) }
    expect(await house.refusal('GetObject', plain)).toMatchObject({
      code: 'InvalidRequest',
      message: 'The encryption parameters are not applicable to this object.',
    })
    const update = {
      ...place,
      ObjectEncryption: { SSEKMS: { KMSKeyArn: `${ARN}:key/${MISSING}` } },
    }
    expect(await house.code('UpdateObjectEncryption', update)).toBe('InvalidRequest')
  })
})

describe('the record of an object’s data key', () => {
  const sse = { ServerSideEncryption: 'aws:kms' } as const

  it('is in the commit of its row, where the bytes are here', async () => {
    const Bucket = await house.bucket()
    await house.put(Bucket, 'first', 'x', sse)
    await house.news()
    const before = house.kms.store.counts.commits
    await house.put(Bucket, 'k', 'x', sse)
    expect(house.kms.store.counts.commits).toBe(before + 1)
    expect(await house.newNames()).toEqual(['GenerateDataKey'])
  })

  it('is a commit of its own, where bytes are waited for', async () => {
    const Bucket = await house.bucket()
    const before = house.kms.store.counts.commits
    await house.put(Bucket, 'k', Readable.from([Buffer.from('x')]), sse)
    expect(house.kms.store.counts.commits).toBe(before + 2)
  })

  it('is there when the put comes to nothing', async () => {
    const Bucket = await house.bucket()
    await house.news()
    const wrong = { ...sse, ChecksumCRC32: 'AAAAAA==' }
    const put = { Bucket, Key: 'k', Body: 'x', ...wrong }
    expect(await house.code('PutObject', put)).toBe('BadDigest')
    expect(await house.newNames()).toEqual(['GenerateDataKey'])
    expect(await house.code('HeadObject', { Bucket, Key: 'k' })).toBe('NoSuchKey')
  })
})
