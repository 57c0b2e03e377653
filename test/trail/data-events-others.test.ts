/** Data events of several accounts: nobody learns from a record what is another's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { S3 } from '../../src/s3/s3.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { allow as granted, userWith } from '../kms/bound.js'
import type { AuditRecord } from '../support/kms.js'
import { ACCOUNT, REGION, refusal, root, TrailHouse } from './trail-house.js'

const OTHER = '444455556666'
const THIRD = '777788889999'
const other = accountRoot(OTHER, REGION)
const third = accountRoot(THIRD, REGION)
const SOURCE = { sourceIpAddress: '192.0.2.1', userAgent: 'test' }
const DATA = 'data-of-applications'
const THEIRS = 'data-of-the-third'
const OBJECT = 'AWS::S3::Object'
const bucketOf = (accountId: string, name = DATA) => ({
  ...{ accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${name}` },
})
const object = (key: string, name = DATA) => ({
  ...{ type: OBJECT, ARN: `arn:aws:s3:::${name}/${key}` },
})

let house: TrailHouse
const as = (caller: Caller): S3 => house.s3Service.as(caller, SOURCE)

beforeEach(async () => {
  house = await TrailHouse.open()
  for (const [owner, name] of [
    [root, DATA],
    [third, THEIRS],
  ] as const) {
    await as(owner).createBucket({ Bucket: name, ...here })
    await as(owner).putObject({ Bucket: name, Key: 'k', Body: 'x' })
  }
  for (const owner of [root, other, third]) await trailOf(owner)
})
afterEach(() => house.remove())

const here = { CreateBucketConfiguration: { LocationConstraint: REGION as never } }

/** A trail of the account that takes every data event, in a bucket of its own. */
async function trailOf(owner: Caller): Promise<void> {
  const Bucket = `logs-of-${owner.account}`
  await as(owner).createBucket({ Bucket, ...here })
  await allow(owner, Bucket, { Service: 'cloudtrail.amazonaws.com' }, 's3:*')
  const trail = house.as(owner)
  await trail.createTrail({ Name: 'Own', S3BucketName: Bucket })
  await trail.startLogging({ Name: 'Own' })
  const DataResources = [{ Type: OBJECT, Values: ['arn:aws:s3'] }]
  const selector = { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources }
  await trail.putEventSelectors({ TrailName: 'Own', EventSelectors: [selector] } as never)
}

async function allow(owner: Caller, Bucket: string, Principal: object, Action: string) {
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]
  const Statement = [{ Effect: 'Allow', Principal, Action, Resource }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await as(owner).putBucketPolicy({ Bucket, Policy })
}

/** The records that `work` leaves, but for those of key use, by account. */
async function recordsOf(work: Promise<unknown> | (() => Promise<unknown>)) {
  const before = (await house.kms.records()).length
  await (typeof work === 'function' ? work() : work)
  const records = (await house.kms.records()).slice(before)
  const ofS3 = records.filter(({ eventSource }) => eventSource === 's3.amazonaws.com')
  return (account: string): AuditRecord[] =>
    ofS3.filter(({ recipientAccountId }) => recipientAccountId === account)
}

describe('whose a bucket is', () => {
  const long = 'k'.repeat(1100)

  it.each([
    ['is denied', (s3: S3) => s3.getObject({ Bucket: DATA, Key: 'k' })],
    [
      'expects another owner',
      (s3: S3) => s3.getObject({ Bucket: DATA, Key: 'k', ExpectedBucketOwner: OTHER }),
    ],
    ['names too long a key', (s3: S3) => s3.putObject({ Bucket: DATA, Key: long, Body: 'x' })],
    ['deletes nothing', (s3: S3) => s3.deleteObjects({ Bucket: DATA, Delete: { Objects: [] } })],
    [
      'deletes what he may not',
      (s3: S3) => s3.deleteObjects({ Bucket: DATA, Delete: { Objects: [{ Key: 'k' }] } }),
    ],
    ['asks for its policy', (s3: S3) => s3.getBucketPolicy({ Bucket: DATA })],
  ])('is in no record of an account that %s', async (_, work) => {
    const records = (await recordsOf(() => refusal(work(as(other)))))(OTHER)
    expect(records.length).toBeGreaterThan(0)
    expect(JSON.stringify(records)).not.toContain(ACCOUNT)
    for (const { resources } of records) expect(resources).toContainEqual(bucketOf(''))
  })

  it('is in no record of who asks in another region, and the call is in one', async () => {
    const elsewhere = accountRoot(OTHER, 'us-east-1')
    await house.as(other).updateTrail({ Name: 'Own', IsMultiRegionTrail: true })
    const get = () => refusal(as(elsewhere).getObject({ Bucket: DATA, Key: 'k' }))
    const [record] = (await recordsOf(get))(OTHER)
    expect(record).toMatchObject({
      errorCode: 'PermanentRedirect',
      resources: [object('k'), bucketOf('')],
    })
  })

  it('is in no record of an accomplice’s, nor in that of a copy to him', async () => {
    await allow(third, THEIRS, { AWS: OTHER }, 's3:*')
    const CopySource = `${DATA}/k`
    const copy = () => refusal(as(other).copyObject({ Bucket: THEIRS, Key: 'copy', CopySource }))
    const records = await recordsOf(copy)
    for (const account of [OTHER, THIRD]) {
      expect(records(account)).toHaveLength(1)
      expect(JSON.stringify(records(account))).not.toContain(ACCOUNT)
    }
    expect(records(ACCOUNT)).toMatchObject([{ errorCode: 'AccessDenied' }])
  })

  it('is in the record of who may use it', async () => {
    await allow(root, DATA, { AWS: OTHER }, 's3:GetObject')
    const records = await recordsOf(() => as(other).getObject({ Bucket: DATA, Key: 'k' }))
    expect(records(OTHER)).toMatchObject([{ resources: [object('k'), bucketOf(ACCOUNT)] }])
  })
})

describe('the owner of a bucket', () => {
  it('is not told who it was that was denied', async () => {
    await allow(root, DATA, { AWS: OTHER }, 's3:PutObject')
    const mallory = userWith({ identity: [granted('s3:PutObject')] }, OTHER, 'mallory')
    const CopySource = `logs-of-${OTHER}/k`
    const records = await recordsOf(() =>
      refusal(as(mallory).copyObject({ Bucket: DATA, Key: 'copy', CopySource })),
    )
    expect(records(ACCOUNT)).toMatchObject([
      { errorCode: 'AccessDenied', errorMessage: 'Access Denied' },
    ])
    expect(JSON.stringify(records(ACCOUNT))).not.toContain('mallory')
    expect(records(OTHER)[0]!.errorMessage).toContain('user/team/mallory is not authorized')
  })

  it('sees of a copy from a bucket of another’s what is his', async () => {
    await allow(root, DATA, { AWS: OTHER }, 's3:*')
    await allow(third, THEIRS, { AWS: OTHER }, 's3:*')
    const input = { Bucket: THEIRS, Key: 'copy', CopySource: `${DATA}/k` }
    const records = await recordsOf(() =>
      as(other).copyObject({ ...input, ExpectedSourceBucketOwner: ACCOUNT }),
    )
    const [ofTarget] = records(THIRD)
    expect(ofTarget!.resources).toEqual([object('copy', THEIRS), bucketOf(THIRD, THEIRS)])
    expect(ofTarget!.requestParameters).toEqual({ bucketName: THEIRS, key: 'copy' })
    expect(JSON.stringify(ofTarget)).not.toMatch(new RegExp(`${ACCOUNT}|${DATA}`))
    const [ofSource] = records(ACCOUNT)
    expect(ofSource!.resources).toEqual([bucketOf(ACCOUNT), object('k')])
    expect(ofSource!.requestParameters).toEqual({
      'x-amz-copy-source': `${DATA}/k`,
      'x-amz-source-expected-bucket-owner': ACCOUNT,
    })
    expect(JSON.stringify(ofSource)).not.toMatch(new RegExp(`${THIRD}|${THEIRS}`))
    const [own] = records(OTHER)
    expect(own!.resources).toHaveLength(4)
    expect(own!.requestParameters).toMatchObject({
      bucketName: THEIRS,
      'x-amz-copy-source': `${DATA}/k`,
    })
  })

  it('sees both sides of a copy between two of his', async () => {
    await allow(root, DATA, { AWS: OTHER }, 's3:*')
    const input = { Bucket: DATA, Key: 'copy', CopySource: `/${DATA}/k` }
    const [record] = (await recordsOf(() => as(other).copyObject(input)))(ACCOUNT)
    expect(record!.resources).toHaveLength(3)
    expect(record!.requestParameters).toMatchObject({ 'x-amz-copy-source': `/${DATA}/k` })
  })

  it('has a record of each key that a stranger tried to delete, with its refusal', async () => {
    const Objects = ['a', 'b', 'c'].map((Key) => ({ Key }))
    const records = await recordsOf(() =>
      as(other).deleteObjects({ Bucket: DATA, Delete: { Objects } }),
    )
    for (const account of [ACCOUNT, OTHER]) {
      const refused = records(account).filter(({ eventName }) => eventName === 'DeleteObject')
      expect(refused.map(({ requestParameters }) => requestParameters!.key).sort()).toEqual([
        ...['a', 'b', 'c'],
      ])
      for (const record of refused) {
        expect(record).toMatchObject({ errorCode: 'AccessDenied', eventType: 'AwsServiceEvent' })
      }
    }
  })
})

describe('a call that deletes many', () => {
  it('has a small record of a key that is too long, with a version as well', async () => {
    const Key = '"'.repeat(3 << 20)
    const Objects = [{ Key }, { Key, VersionId: 'null' }]
    const records = (
      await recordsOf(() => as(root).deleteObjects({ Bucket: DATA, Delete: { Objects } }))
    )(ACCOUNT)
    expect(records.map(({ errorCode }) => errorCode)).toEqual([
      ...['KeyTooLongError', 'KeyTooLongError', undefined],
    ])
    for (const record of records) expect(JSON.stringify(record).length).toBeLessThan(10_000)
  })
})
