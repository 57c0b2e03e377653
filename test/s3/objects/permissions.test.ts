/** Who may do what with objects, for each operation: by his own policies, and by the bucket's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperationName } from '../../../src/s3/model.js'
import { allow, textOf, userWith } from '../../kms/bound.js'
import { ObjectsHouse } from '../objects-house.js'

const STRANGER = '444455556666'
const DENIED = 'AccessDeniedException'
let house: ObjectsHouse
let Bucket: string
let UploadId: unknown
let VersionId: unknown
beforeAll(async () => {
  house = await ObjectsHouse.open()
  Bucket = await house.bucket('Enabled', { ObjectLockEnabledForBucket: true })
  VersionId = (await house.put(Bucket, 'a', 'x')).VersionId
  UploadId = (await house.call('CreateMultipartUpload', { Bucket, Key: 'a' })).UploadId
})
afterAll(() => house.remove())

interface Case {
  readonly name: OperationName
  readonly actions: readonly string[]
  readonly more?: () => object
  /** Of the bucket, not of an object. */
  readonly isBucket?: boolean
}

const later = () => new Date(house.kms.clock.now() + 9 * 24 * 60 * 60 * 1000)
const Retention = () => ({ Mode: 'GOVERNANCE', RetainUntilDate: later() })

const cases: readonly Case[] = [
  { name: 'PutObject', actions: ['PutObject'], more: () => ({ Body: 'x' }) },
  {
    name: 'PutObject',
    actions: ['PutObject', 'PutObjectTagging'],
    more: () => ({ Tagging: 'a=1' }),
  },
  { name: 'GetObject', actions: ['GetObject'] },
  { name: 'GetObject', actions: ['GetObjectVersion'], more: () => ({ VersionId }) },
  { name: 'HeadObject', actions: ['GetObject'] },
  {
    ...{ name: 'GetObjectAttributes', actions: ['GetObject', 'GetObjectAttributes'] },
    more: () => ({ ObjectAttributes: ['ETag'] }),
  },
  { name: 'GetObjectTagging', actions: ['GetObjectTagging'] },
  { name: 'GetObjectTagging', actions: ['GetObjectVersionTagging'], more: () => ({ VersionId }) },
  {
    ...{ name: 'PutObjectTagging', actions: ['PutObjectTagging'] },
    more: () => ({ Tagging: { TagSet: [] } }),
  },
  { name: 'DeleteObjectTagging', actions: ['DeleteObjectTagging'] },
  {
    ...{ name: 'PutObjectLegalHold', actions: ['PutObjectLegalHold'] },
    more: () => ({ LegalHold: { Status: 'OFF' } }),
  },
  { name: 'GetObjectLegalHold', actions: ['GetObjectLegalHold'] },
  {
    ...{ name: 'PutObjectRetention', actions: ['PutObjectRetention'] },
    more: () => ({ Retention: Retention() }),
  },
  { name: 'GetObjectRetention', actions: ['GetObjectRetention'] },
  { name: 'CreateMultipartUpload', actions: ['PutObject'] },
  {
    ...{ name: 'UploadPart', actions: ['PutObject'] },
    more: () => ({ UploadId, PartNumber: 1, Body: 'x' }),
  },
  { name: 'ListParts', actions: ['ListMultipartUploadParts'], more: () => ({ UploadId }) },
  {
    ...{ name: 'CopyObject', actions: ['PutObject', 'GetObject'] },
    more: () => ({ CopySource: `${Bucket}/a`, StorageClass: 'STANDARD' }),
  },
  {
    ...{ name: 'UploadPartCopy', actions: ['PutObject', 'GetObject'] },
    more: () => ({ UploadId, PartNumber: 2, CopySource: `${Bucket}/a` }),
  },
  { name: 'ListObjects', actions: ['ListBucket'], isBucket: true },
  { name: 'ListObjectsV2', actions: ['ListBucket'], isBucket: true },
  { name: 'ListObjectVersions', actions: ['ListBucketVersions'], isBucket: true },
  { name: 'ListMultipartUploads', actions: ['ListBucketMultipartUploads'], isBucket: true },
  { name: 'AbortMultipartUpload', actions: ['AbortMultipartUpload'], more: () => ({ UploadId }) },
  { name: 'DeleteObject', actions: ['DeleteObject'] },
]

describe.each(cases)('$name ($actions)', ({ name, actions, more, isBucket = false }) => {
  const named = actions.map((action) => `s3:${action}`)
  const input = () => ({ Bucket, ...(isBucket ? {} : { Key: 'a' }), ...more?.() })
  const setPolicy = async (Action: readonly string[]) => {
    const arn = `arn:aws:s3:::${Bucket}`
    const Principal = { AWS: `arn:aws:iam::${STRANGER}:user/team/ann` }
    const statement = { ...allow(Action), Principal, Resource: isBucket ? arn : `${arn}/*` }
    await house.call('PutBucketPolicy', { Bucket, Policy: textOf(statement) })
  }

  it('is for who may do all of it', async () => {
    for (const action of named) {
      const others = named.filter((one) => one !== action)
      const caller = userWith({ identity: [allow(['s3:None', ...others])] })
      expect(await house.code(name, input(), caller)).toBe(DENIED)
    }
    const stranger = userWith({ identity: [allow('s3:*')] }, STRANGER)
    expect(await house.refusal(name, input(), stranger)).toMatchObject({
      ...{ code: DENIED, message: 'Access Denied' },
    })
    await setPolicy(named)
    // Both accounts have to allow it.
    const unable = userWith({ identity: [] }, STRANGER)
    expect(await house.code(name, input(), unable)).toBe(DENIED)
    const caller = name === 'AbortMultipartUpload' || name === 'DeleteObject' ? stranger : undefined
    if (caller === undefined) {
      const own = userWith({ identity: [allow(named)] })
      await house.call('DeleteBucketPolicy', { Bucket })
      expect(await house.code(name, input(), own)).toBe('done')
      await setPolicy(named)
    }
    expect(await house.code(name, input(), stranger)).toBe('done')
    await house.call('DeleteBucketPolicy', { Bucket })
  })
})

describe('what is not there', () => {
  it('is told of to who may list the bucket', async () => {
    const reader = userWith({ identity: [allow(['s3:GetObject', 's3:GetObjectVersion'])] })
    const lister = userWith({ identity: [allow(['s3:GetObject*', 's3:ListBucket*'])] })
    const none = { Bucket, Key: 'none' }
    for (const name of ['GetObject', 'HeadObject'] as const) {
      expect(await house.code(name, none, reader)).toBe(DENIED)
      expect(await house.code(name, none, lister)).toBe('NoSuchKey')
      const version = { ...none, VersionId: 'never' }
      expect(await house.code(name, version, reader)).toBe(DENIED)
      expect(await house.code(name, version, lister)).toBe('NoSuchVersion')
    }
  })
})

describe('a tag of a condition', () => {
  it('of a write is told of to readers only', async () => {
    const Bucket = await house.bucket()
    const { ETag } = await house.put(Bucket, 'a', 'x')
    const writer = userWith({ identity: [allow('s3:PutObject')] })
    const reader = userWith({ identity: [allow(['s3:PutObject', 's3:GetObject'])] })
    const place = { Bucket, Key: 'a' }
    const UploadId = (await house.call('CreateMultipartUpload', place)).UploadId as string
    const part = await house.call('UploadPart', { ...place, UploadId, PartNumber: 1, Body: 'x' })
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] }
    const writes = [
      ['PutObject', { ...place, Body: 'x' }],
      ['CompleteMultipartUpload', { ...place, UploadId, MultipartUpload }],
      ['CopyObject', { ...place, CopySource: `${Bucket}/b` }],
    ] as const
    await house.put(Bucket, 'b', 'y')
    let IfMatch = ETag
    for (const [name, input] of writes) {
      expect(await house.code(name, { ...input, IfMatch }, writer)).toBe(DENIED)
      expect(await house.code(name, { ...input, IfMatch: '"other"' }, reader)).toBe(
        'PreconditionFailed',
      )
      expect(await house.code(name, { ...input, IfMatch }, reader)).toBe('done')
      IfMatch = (await house.call('HeadObject', place)).ETag
    }
  })

  it('is told of to readers only', async () => {
    const other = await house.bucket()
    const { ETag } = await house.put(other, 'a', 'x')
    const place = { Bucket: other, Key: 'a' }
    const eraser = userWith({ identity: [allow('s3:DeleteObject')] })
    const attempt = (IfMatch: unknown) => house.code('DeleteObject', { ...place, IfMatch }, eraser)
    expect(await attempt('"a"')).toBe(DENIED)
    expect(await attempt(ETag)).toBe(DENIED)
    expect(await attempt('*')).toBe('done')
  })
})

describe('each of many deletes', () => {
  it('is allowed or denied for itself', async () => {
    const other = await house.bucket()
    await house.put(other, 'mine/a', 'x')
    await house.put(other, 'theirs/a', 'x')
    const Resource = `arn:aws:s3:::${other}/mine/*`
    const caller = userWith({ identity: [allow('s3:DeleteObject', { Resource })] })
    const Objects = [{ Key: 'theirs/a' }, { Key: 'mine/a' }]
    const input = { Bucket: other, Delete: { Objects } }
    const { Deleted, Errors } = await house.call('DeleteObjects', input, caller)
    expect(Deleted).toEqual([{ Key: 'mine/a' }])
    expect(Errors).toMatchObject([{ Key: 'theirs/a', Code: 'AccessDenied' }])
  })
})

describe('a bucket that is deleted while a body comes', () => {
  it('takes nothing more, nor does one made anew under its name', async () => {
    for (const isMadeAnew of [false, true]) {
      const other = await house.bucket()
      const body = async function* () {
        yield Buffer.alloc(100_000)
        await house.call('DeleteBucket', { Bucket: other })
        const LocationConstraint = 'eu-west-1'
        const CreateBucketConfiguration = { LocationConstraint }
        if (isMadeAnew)
          await house.call('CreateBucket', { Bucket: other, CreateBucketConfiguration })
        yield Buffer.alloc(100_000)
      }
      const input = { Bucket: other, Key: 'a', Body: body() }
      expect(await house.code('PutObject', input)).toBe('NoSuchBucket')
      const left = await house.code('HeadObject', { Bucket: other, Key: 'a' })
      expect(left).toBe(isMadeAnew ? 'NoSuchKey' : 'NoSuchBucket')
    }
  })
})
