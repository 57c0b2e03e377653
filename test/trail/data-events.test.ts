/** Data events: calls on objects leave a record where a trail selects them, and none elsewhere. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { S3 } from '../../src/s3/s3.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { userWith } from '../kms/bound.js'
import type { AuditRecord } from '../support/kms.js'
import { ACCOUNT, BUCKET, REGION, refusal, root, SLOT_MS, TrailHouse } from './trail-house.js'

const OTHER = '444455556666'
const other = accountRoot(OTHER, REGION)
const SOURCE = { sourceIpAddress: '192.0.2.1', userAgent: 'test' }
const DATA = 'data-of-applications'
const BUCKET_RESOURCE = {
  accountId: ACCOUNT,
  type: 'AWS::S3::Bucket',
  ARN: `arn:aws:s3:::${DATA}`,
}
const object = (key: string) => ({ type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${DATA}/${key}` })

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
  await house.logging()
  await house.s3.createBucket({
    Bucket: DATA,
    CreateBucketConfiguration: { LocationConstraint: REGION as never },
  })
})
afterEach(() => house.remove())

const as = (caller: Caller): S3 => house.s3Service.as(caller, SOURCE)

/** The records that `work` leaves, but for those of key use. */
async function recordsOf(work: () => Promise<unknown>): Promise<AuditRecord[]> {
  const before = (await house.kms.records()).length
  await work()
  const records = (await house.kms.records()).slice(before)
  return records.filter(({ eventSource }) => eventSource !== 'kms.amazonaws.com')
}

const select = (selectors: object) =>
  house.trail.putEventSelectors({ TrailName: 'Default', ...selectors })
const basic = (Values: readonly string[], ReadWriteType = 'All') =>
  select({
    EventSelectors: [
      {
        ...{ ReadWriteType, IncludeManagementEvents: true },
        DataResources: [{ Type: 'AWS::S3::Object', Values }],
      },
    ],
  } as never)
const advanced = (...FieldSelectors: object[]) =>
  select({
    AdvancedEventSelectors: [
      {
        FieldSelectors: [
          { Field: 'eventCategory', Equals: ['Data'] },
          { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
          ...FieldSelectors,
        ],
      },
    ],
  } as never)

const put = (Key = 'a/b', more: object = {}) =>
  house.s3.putObject({ Bucket: DATA, Key, Body: 'twelve bytes', ...more })
const names = (records: readonly AuditRecord[]) => records.map(({ eventName }) => eventName)

describe('a call on an object', () => {
  it('leaves no record where no trail selects it', async () => {
    const work = async () => {
      await put()
      await house.s3.getObject({ Bucket: DATA, Key: 'a/b' })
      await refusal(house.s3.getObject({ Bucket: DATA, Key: 'none' }))
      await house.s3.headBucket({ Bucket: DATA })
      await house.s3.deleteObject({ Bucket: DATA, Key: 'a/b' })
    }
    expect(await recordsOf(work)).toEqual([])
    await basic(['arn:aws:s3:::elsewhere/'])
    expect(await recordsOf(work)).toEqual([])
  })

  it('is recorded as AWS records it, where one does', async () => {
    await basic(['arn:aws:s3'])
    const [record, ...more] = await recordsOf(() => put('a/b', { StorageClass: 'STANDARD' }))
    expect(more).toEqual([])
    expect(record).toEqual({
      ...{ eventVersion: '1.11', userIdentity: root.identity, eventTime: '2026-01-02T03:00:00Z' },
      ...{ eventSource: 's3.amazonaws.com', eventName: 'PutObject', awsRegion: REGION },
      ...{ sourceIPAddress: '192.0.2.1', userAgent: 'test' },
      requestParameters: { bucketName: DATA, key: 'a/b', 'x-amz-storage-class': 'STANDARD' },
      responseElements: { 'x-amz-server-side-encryption': 'AES256' },
      additionalEventData: {
        ...{ bytesTransferredIn: 12, bytesTransferredOut: 0, SSEApplied: 'Default_SSE_S3' },
      },
      ...{ requestID: expect.any(String), eventID: expect.any(String), readOnly: false },
      resources: [object('a/b'), BUCKET_RESOURCE],
      ...{ eventType: 'AwsApiCall', managementEvent: false, recipientAccountId: ACCOUNT },
      eventCategory: 'Data',
    })
  })

  it('shows how its object was encrypted, and how many bytes went', async () => {
    await basic([`arn:aws:s3:::${DATA}/`])
    const key = await house.key()
    const [write, read, range, head] = await recordsOf(async () => {
      await put('a', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key })
      await house.s3.getObject({ Bucket: DATA, Key: 'a' })
      await house.s3.getObject({ Bucket: DATA, Key: 'a', Range: 'bytes=1-3' })
      await house.s3.headObject({ Bucket: DATA, Key: 'a' })
    })
    expect(write).toMatchObject({
      requestParameters: {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': key,
      },
      responseElements: {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': key,
      },
      additionalEventData: { SSEApplied: 'SSE_KMS' },
    })
    expect(read).toMatchObject({ eventName: 'GetObject', readOnly: true, responseElements: null })
    expect(read!.additionalEventData).toEqual({ bytesTransferredIn: 0, bytesTransferredOut: 12 })
    expect(range!.additionalEventData).toMatchObject({ bytesTransferredOut: 3 })
    expect(head!.additionalEventData).toEqual({ bytesTransferredIn: 0, bytesTransferredOut: 0 })
  })

  it('that is refused is recorded as well', async () => {
    await basic(['arn:aws:s3'])
    const [absent, denied, nowhere] = await recordsOf(async () => {
      await refusal(house.s3.getObject({ Bucket: DATA, Key: 'none' }))
      await refusal(as(userWith({})).getObject({ Bucket: DATA, Key: 'none' }))
      await refusal(house.s3.headObject({ Bucket: 'nobodys', Key: 'k' }))
    })
    expect(absent).toMatchObject({
      ...{ errorCode: 'NoSuchKey', errorMessage: 'The specified key does not exist.' },
      ...{ managementEvent: false, responseElements: null },
      resources: [object('none'), BUCKET_RESOURCE],
    })
    expect(denied).toMatchObject({ errorCode: 'AccessDenied', resources: [{}, BUCKET_RESOURCE] })
    expect(nowhere).toMatchObject({
      errorCode: 'NoSuchBucket',
      resources: [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::nobodys/k' }],
    })
  })

  it('leaves one record, whichever it is', async () => {
    await basic(['arn:aws:s3'])
    const of = { Bucket: DATA, Key: 'k' }
    const records = await recordsOf(async () => {
      await put('k')
      await house.s3.copyObject({ Bucket: DATA, Key: 'copy', CopySource: `/${DATA}/k` })
      await house.s3.putObjectTagging({ ...of, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })
      await house.s3.getObjectTagging(of)
      await house.s3.deleteObjectTagging(of)
      await house.s3.getObjectAcl(of)
      await house.s3.getObjectAttributes({ ...of, ObjectAttributes: ['ETag'] })
      await house.s3.listObjectsV2({ Bucket: DATA, Prefix: 'k' })
      await house.s3.listObjectVersions({ Bucket: DATA })
      await house.s3.headBucket({ Bucket: DATA })
      const { UploadId } = (await house.s3.createMultipartUpload(of)) as { UploadId: string }
      const part = { ...of, UploadId, PartNumber: 1 }
      const { ETag } = (await house.s3.uploadPart({ ...part, Body: 'part' })) as { ETag: string }
      await house.s3.listParts({ ...of, UploadId })
      const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
      await house.s3.completeMultipartUpload({ ...of, UploadId, MultipartUpload })
      await house.s3.deleteObject(of)
    })
    expect(names(records)).toEqual([
      ...['PutObject', 'CopyObject', 'PutObjectTagging', 'GetObjectTagging'],
      ...['DeleteObjectTagging', 'GetObjectAcl', 'GetObjectAttributes', 'ListObjects'],
      ...['ListObjectVersions', 'HeadBucket', 'CreateMultipartUpload', 'UploadPart', 'ListParts'],
      ...['CompleteMultipartUpload', 'DeleteObject'],
    ])
    expect(records.every(({ eventCategory }) => eventCategory === 'Data')).toBe(true)
    const [, copy, tagging, , , , , list] = records
    expect(copy).toMatchObject({
      resources: [object('copy'), BUCKET_RESOURCE, object('k')],
      requestParameters: { 'x-amz-copy-source': `/${DATA}/k` },
    })
    expect(tagging!.requestParameters).toEqual({
      ...{ bucketName: DATA, key: 'k', tagging: '' },
      Tagging: { TagSet: { Tag: { Key: 'a', Value: 'b' } } },
    })
    expect(list).toMatchObject({
      requestParameters: { bucketName: DATA, prefix: 'k', 'list-type': '2' },
      resources: [{ type: 'AWS::S3::Object', ARNPrefix: `arn:aws:s3:::${DATA}/` }, BUCKET_RESOURCE],
    })
    const complete = records.at(-2)!
    expect(complete.requestParameters).toEqual({
      ...{ bucketName: DATA, key: 'k', uploadId: expect.any(String) },
    })
  })

  it('that deletes many has a record of each, as what the service did, with its removal', async () => {
    await basic(['arn:aws:s3'])
    await put('one')
    await put('two')
    const records = await recordsOf(() =>
      house.s3.deleteObjects({
        Bucket: DATA,
        Delete: { Objects: [{ Key: 'one' }, { Key: 'two' }] },
      }),
    )
    const [one, two, all] = records.sort((a, b) => (a.eventName < b.eventName ? -1 : 1))
    expect([one!.resources, two!.resources].map((list) => list![0]!.ARN).sort()).toEqual([
      object('one').ARN,
      object('two').ARN,
    ])
    expect(one).toMatchObject({ eventName: 'DeleteObject', eventType: 'AwsServiceEvent' })
    expect(all).toMatchObject({
      ...{ eventName: 'DeleteObjects', eventType: 'AwsApiCall' },
      requestParameters: { bucketName: DATA, delete: '' },
      resources: [{ ARNPrefix: `arn:aws:s3:::${DATA}/` }, BUCKET_RESOURCE],
    })
    expect(all!.requestParameters).not.toHaveProperty('Delete')
    expect(one!.requestID).toBe(all!.requestID)
  })

  it('shows nothing of what an object says of itself, nor of a key that its user has', async () => {
    await basic(['arn:aws:s3'])
    const [record] = await recordsOf(() =>
      put('k', {
        ...{ Metadata: { secret: 'of the user' }, ContentType: 'text/plain' },
        ...{ IfNoneMatch: '*', ChecksumSHA256: undefined },
      }),
    )
    expect(record!.requestParameters).toEqual({ bucketName: DATA, key: 'k' })
  })
})

describe('a data event is selected', () => {
  const written = async (key = 'a/b') =>
    names(
      await recordsOf(async () => {
        await put(key)
        await house.s3.getObject({ Bucket: DATA, Key: key })
      }),
    )

  it.each([
    ['all', ['arn:aws:s3'], 'All', ['PutObject', 'GetObject']],
    ['a bucket', [`arn:aws:s3:::${DATA}/`], 'All', ['PutObject', 'GetObject']],
    ['a prefix', [`arn:aws:s3:::${DATA}/a/`], 'All', ['PutObject', 'GetObject']],
    ['another prefix', [`arn:aws:s3:::${DATA}/b/`], 'All', []],
    ['writes', ['arn:aws:s3'], 'WriteOnly', ['PutObject']],
    ['reads', ['arn:aws:s3'], 'ReadOnly', ['GetObject']],
  ])('by a basic selector of %s', async (_, values, type, expected) => {
    await basic(values, type)
    expect(await written()).toEqual(expected)
  })

  it.each([
    ['all', [], ['PutObject', 'GetObject']],
    ['a name', [{ Field: 'eventName', Equals: ['PutObject'] }], ['PutObject']],
    ['writes', [{ Field: 'readOnly', Equals: ['false'] }], ['PutObject']],
    [
      'a prefix',
      [{ Field: 'resources.ARN', StartsWith: [`arn:aws:s3:::${DATA}/a/`] }],
      ['PutObject', 'GetObject'],
    ],
    ['no prefix', [{ Field: 'resources.ARN', NotStartsWith: [`arn:aws:s3:::${DATA}/a/`] }], []],
    ['others', [{ Field: 'userIdentity.arn', NotEquals: [root.identity.arn] }], []],
  ])('by an advanced selector of %s', async (_, fields, expected) => {
    await advanced(...fields)
    expect(await written()).toEqual(expected)
  })

  it('where what it writes is selected, from wherever that was copied', async () => {
    await put('scratch/a')
    const copy = { Bucket: DATA, Key: 'kept/a', CopySource: `/${DATA}/scratch/a` }
    const work = () => recordsOf(() => house.s3.copyObject(copy))
    await advanced({ Field: 'resources.ARN', NotStartsWith: [`arn:aws:s3:::${DATA}/scratch/`] })
    expect(names(await work())).toEqual(['CopyObject'])
    await advanced({ Field: 'resources.ARN', NotEquals: [BUCKET_RESOURCE.ARN] })
    expect(names(await work())).toEqual(['CopyObject'])
    await advanced({ Field: 'resources.ARN', NotStartsWith: [`arn:aws:s3:::${DATA}/`] })
    expect(await work()).toEqual([])
  })

  it('while its trail logs, and is there', async () => {
    await basic(['arn:aws:s3'])
    await house.trail.stopLogging({ Name: 'Default' })
    expect(await written()).toEqual([])
    await house.trail.startLogging({ Name: 'Default' })
    expect(await written()).toEqual(['PutObject', 'GetObject'])
    house = await house.reopen()
    expect(await written()).toEqual(['PutObject', 'GetObject'])
    await house.trail.deleteTrail({ Name: 'Default' })
    expect(await written()).toEqual([])
  })

  it('in the region of its trail, unless that is of all regions', async () => {
    await basic(['arn:aws:s3'])
    const there = as(accountRoot(ACCOUNT, 'us-east-1'))
    await there.createBucket({ Bucket: 'elsewhere' })
    const work = () => there.putObject({ Bucket: 'elsewhere', Key: 'k', Body: 'x' })
    expect(await recordsOf(work)).toEqual([])
    await house.trail.updateTrail({ Name: 'Default', IsMultiRegionTrail: true })
    expect(names(await recordsOf(work))).toEqual(['PutObject'])
  })
})

describe('what another account does with an object', () => {
  const allow = (Action: string) =>
    house.s3.putBucketPolicy({
      Bucket: DATA,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            ...{ Effect: 'Allow', Principal: { AWS: OTHER }, Action },
            Resource: `arn:aws:s3:::${DATA}/*`,
          },
        ],
      }),
    })
  const get = () => refusal(as(other).getObject({ Bucket: DATA, Key: 'a/b' }))
  /** A trail of the other account's, in a bucket of its own. */
  const otherTrail = async () => {
    const service = 'cloudtrail.amazonaws.com'
    const Bucket = 'logs-of-the-other'
    await as(other).createBucket({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: REGION as never },
    })
    await as(other).putBucketPolicy({
      Bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            ...{ Effect: 'Allow', Principal: { Service: service }, Action: 's3:*' },
            Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
          },
        ],
      }),
    })
    const trail = house.as(other)
    await trail.createTrail({ Name: 'Other', S3BucketName: Bucket })
    await trail.startLogging({ Name: 'Other' })
    await trail.putEventSelectors({
      TrailName: 'Other',
      EventSelectors: [
        {
          ...{ ReadWriteType: 'All', IncludeManagementEvents: false },
          DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }],
        },
      ],
    } as never)
  }

  beforeEach(() => put())

  it('is recorded for the owner whose trail selects it, who sees an account', async () => {
    await basic([`arn:aws:s3:::${DATA}/`])
    await allow('s3:GetObject')
    const [record, ...more] = await recordsOf(get)
    expect(more).toEqual([])
    expect(record).toMatchObject({
      recipientAccountId: ACCOUNT,
      userIdentity: { type: 'AWSAccount', principalId: OTHER, accountId: OTHER },
    })
    expect(record).not.toHaveProperty('sharedEventID')
  })

  it('is recorded for both, each with its trail, under one id', async () => {
    await basic([`arn:aws:s3:::${DATA}/`])
    await otherTrail()
    await allow('s3:GetObject')
    const [own, owners] = await recordsOf(get)
    expect(own).toMatchObject({ recipientAccountId: OTHER, userIdentity: other.identity })
    expect(owners).toMatchObject({ recipientAccountId: ACCOUNT })
    expect(own!.sharedEventID).toBe(owners!.sharedEventID)
  })

  it('is recorded for both when it is denied, and does not say whose bucket it was', async () => {
    await basic([`arn:aws:s3:::${DATA}/`])
    await otherTrail()
    const [own, owners] = await recordsOf(get)
    expect(own).toMatchObject({ errorCode: 'AccessDenied', recipientAccountId: OTHER })
    expect(own!.resources).toEqual([object('a/b'), { ...BUCKET_RESOURCE, accountId: '' }])
    expect(owners).toMatchObject({ errorCode: 'AccessDenied', recipientAccountId: ACCOUNT })
    expect(owners!.resources).toEqual([object('a/b'), BUCKET_RESOURCE])
  })

  it('is recorded for whoever did it alone, where only his trail selects it', async () => {
    await otherTrail()
    await allow('s3:GetObject')
    const records = await recordsOf(get)
    expect(records.map(({ recipientAccountId }) => recipientAccountId)).toEqual([OTHER])
  })
})

describe('data events', () => {
  it('are delivered, and are in neither LookupEvents nor the use of keys', async () => {
    await basic([`arn:aws:s3:::${DATA}/`])
    await put()
    await house.pass(SLOT_MS)
    const events = (await house.logs()).flatMap(({ events }) => events)
    const [put1] = events.filter(({ eventName }) => eventName === 'PutObject')
    expect(put1).toMatchObject({
      eventCategory: 'Data',
      resources: [object('a/b'), BUCKET_RESOURCE],
    })
    const { Events } = (await house.trail.lookupEvents({})) as { Events: { EventName: string }[] }
    expect(Events.map(({ EventName }) => EventName)).toContain('PutEventSelectors')
    expect(Events.map(({ EventName }) => EventName)).not.toContain('PutObject')
  })

  it('of the log files themselves are one for each file, in the next', async () => {
    await basic(['arn:aws:s3'])
    const puts = async () =>
      (await house.kms.records()).filter(({ eventName }) => eventName === 'PutObject')
    for (let slots = 1; slots <= 6; slots++) {
      await house.pass(SLOT_MS)
      await house.service.deliver()
      const files = (await house.keys(`AWSLogs/${ACCOUNT}/`)).length
      expect(files).toBe(slots)
      expect(await puts()).toHaveLength(files)
    }
    expect((await puts()).at(-1)).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
      requestParameters: { bucketName: BUCKET, 'x-amz-acl': 'bucket-owner-full-control' },
      additionalEventData: { SSEApplied: 'SSE_KMS' },
    })
  })
})
