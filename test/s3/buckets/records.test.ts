import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { userWith } from '../../kms/bound.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import {
  BucketsHouse,
  here,
  inRegion,
  policyOf,
  root,
  STRANGER,
  strangersRoot,
} from './buckets-house.js'

let house: BucketsHouse
beforeAll(async () => {
  house = await BucketsHouse.open()
})
afterAll(async () => {
  await house.remove()
})

const ids = { requestId: '0123456789ABCDEF', hostId: 'aG9zdA==' }
const http = {
  http: { ...ids, host: 'watched.s3.example.com', authType: 'REST-HEADER' },
} as const
const Host = http.http.host
const resources = [{ accountId: ACCOUNT, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::watched' }]
const last = async () => (await house.kms.records()).at(-1)!

describe('the record of a call about a bucket', () => {
  it('shows its request as CloudTrail does', async () => {
    const Bucket = 'watched'
    await house.call('CreateBucket', { Bucket, ACL: 'private', ...here(REGION) }, root, http)
    expect(await last()).toMatchObject({
      eventSource: 's3.amazonaws.com',
      eventName: 'CreateBucket',
      readOnly: false,
      awsRegion: REGION,
      requestParameters: {
        ...{ bucketName: Bucket, Host, 'x-amz-acl': 'private' },
        CreateBucketConfiguration: { LocationConstraint: REGION },
      },
      responseElements: null,
    })
    const TagSet = [{ Key: 'a', Value: 'b' }]
    await house.call('PutBucketTagging', { Bucket, Tagging: { TagSet } }, root, http)
    expect(await last()).toMatchObject({
      ...{ eventName: 'PutBucketTagging', responseElements: null, resources },
      requestParameters: {
        ...{ bucketName: Bucket, Host, tagging: '' },
        Tagging: { TagSet: { Tag: { Key: 'a', Value: 'b' } } },
      },
    })
    const Policy = policyOf([
      {
        ...{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject' },
        Resource: 'arn:aws:s3:::watched/*',
      },
    ])
    await house.call('PutBucketPolicy', { Bucket, Policy }, root, http)
    expect((await last()).requestParameters).toEqual({
      ...{ bucketName: Bucket, Host, policy: '', bucketPolicy: JSON.parse(Policy) },
    })
    const Rules = [
      { ID: 'one', Status: 'Enabled', Filter: { Prefix: '*' }, Expiration: { Days: 1 } } as const,
    ]
    const LifecycleConfiguration = { Rules }
    await house.call('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration })
    expect(await last()).toMatchObject({
      eventName: 'PutBucketLifecycle',
      requestParameters: {
        ...{ bucketName: Bucket, lifecycle: '', LifecycleConfiguration: { Rule: Rules[0] } },
      },
    })
    await house.call('ListBuckets', {}, root, http)
    const list = await last()
    expect(list).toMatchObject({ eventName: 'ListBuckets', readOnly: true })
    expect(list.requestParameters).toEqual({ Host })
    expect(list).not.toHaveProperty('resources')
  })

  it.each([
    ['GetPublicAccessBlock', 'GetBucketPublicAccessBlock', 'publicAccessBlock'],
    ['GetBucketPolicyStatus', 'GetBucketPolicyStatus', 'policyStatus'],
    ['GetBucketAcl', 'GetBucketAcl', 'acl'],
    ['GetBucketLocation', 'GetBucketLocation', 'location'],
    ['GetBucketEncryption', 'GetBucketEncryption', 'encryption'],
    ['GetBucketVersioning', 'GetBucketVersioning', 'versioning'],
    ['GetBucketLifecycleConfiguration', 'GetBucketLifecycle', 'lifecycle'],
    ['DeletePublicAccessBlock', 'DeleteBucketPublicAccessBlock', 'publicAccessBlock'],
  ] as const)('%s is %s in it, with its sub-resource', async (operation, eventName, resource) => {
    await house.call(operation, { Bucket: 'watched' }, root, http)
    const record = await last()
    const requestParameters = { bucketName: 'watched', Host, [resource]: '' }
    expect(record).toMatchObject({ eventName, responseElements: null, resources })
    expect(record.requestParameters).toEqual(requestParameters)
    expect(record.readOnly).toBe(operation.startsWith('Get'))
  })

  it('names the failure, as the caller is told', async () => {
    await house.refusal('GetObjectLockConfiguration', { Bucket: 'watched' })
    expect(await last()).toMatchObject({
      eventName: 'GetBucketObjectLockConfiguration',
      errorCode: 'ObjectLockConfigurationNotFoundError',
      errorMessage: 'Object Lock configuration does not exist for this bucket',
      requestParameters: { bucketName: 'watched', 'object-lock': '' },
      resources,
    })
    await house.refusal('GetBucketCors', { Bucket: 'nobodys' })
    const nobodys = await last()
    expect(nobodys).toMatchObject({ eventName: 'GetBucketCors', errorCode: 'NoSuchBucket' })
    expect(nobodys).not.toHaveProperty('resources')
    await house.refusal('GetBucketCors', { Bucket: 'watched' }, inRegion(root, 'us-east-1'))
    expect(await last()).toMatchObject({ errorCode: 'PermanentRedirect', awsRegion: 'us-east-1' })
    await house.refusal('GetBucketCors', { Bucket: 'watched' }, userWith({}))
    expect(await last()).toMatchObject({ errorCode: 'AccessDenied' })
  })

  it('is made for the owner too, unless the caller was denied', async () => {
    const Statement = {
      ...{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 's3:GetBucketVersioning' },
      Resource: 'arn:aws:s3:::watched',
    }
    await house.setPolicy('watched', [Statement])
    const before = (await house.kms.records()).length
    await house.call('GetBucketVersioning', { Bucket: 'watched' }, strangersRoot)
    const two = (await house.kms.records()).slice(before)
    expect(two.map(({ eventName }) => eventName)).toEqual([
      'GetBucketVersioning',
      'GetBucketVersioning',
    ])
    await house.refusal('GetBucketAcl', { Bucket: 'watched' }, strangersRoot)
    expect(await house.kms.records()).toHaveLength(before + 3)
  })

  it('shows nothing of a policy that is none', async () => {
    for (const Policy of ['['.repeat(10_000), '{"a":1,"a":2}', 'x'.repeat(100_000)]) {
      await house.refusal('PutBucketPolicy', { Bucket: 'watched', Policy })
      expect((await last()).requestParameters).toEqual({ bucketName: 'watched', policy: '' })
    }
  })

  it('is none for what objects are asked', async () => {
    const before = (await house.kms.records()).length
    await house.refusal('GetObjectAcl', { Bucket: 'watched', Key: 'k' })
    await house.call('HeadBucket', { Bucket: 'watched' })
    expect(await house.kms.records()).toHaveLength(before)
  })
})
