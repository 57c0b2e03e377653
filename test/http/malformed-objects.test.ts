/** Calls on objects that nobody can make sense of: what their address names is recorded, where a trail selects it. */
import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REGION, type Sent, type ServedHouse, serveHouse } from '../support/s3-served.js'

const Bucket = 'watched'
const LOGS = 'logs-of-the-watched'
const here = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const

let served: ServedHouse
beforeAll(async () => {
  served = await serveHouse()
  const { s3, cloudtrail } = served.house
  for (const name of [Bucket, LOGS]) await s3.createBucket({ Bucket: name, ...here })
  const { bucketPolicy } = cloudtrail.trailPolicies('Default', LOGS)
  await s3.putBucketPolicy({ Bucket: LOGS, Policy: JSON.stringify(bucketPolicy) })
  await cloudtrail.createTrail({ Name: 'Default', S3BucketName: LOGS })
  await cloudtrail.startLogging({ Name: 'Default' })
  const Values = [`arn:aws:s3:::${Bucket}/a/`]
  const DataResources = [{ Type: 'AWS::S3::Object', Values }]
  const selector = { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources }
  await cloudtrail.putEventSelectors({ TrailName: 'Default', EventSelectors: [selector] } as never)
})
afterAll(() => served.close())

/** The records that a request leaves, and how it is answered. */
async function recordsOf(sent: Sent) {
  const { house } = served
  const [last] = await house.records({ limit: 1 })
  const { status, code } = await served.send(sent)
  const records = await house.records({ afterSeq: last!.seq, eventSource: 's3.amazonaws.com' })
  return { status, code, records: records.map(({ record }) => JSON.parse(record)) }
}

const NOPE = { 'x-amz-storage-class': 'NOPE' }
const DOCUMENT = '<Tagging>'
const TAGGING = {
  ...{ method: 'PUT', query: 'tagging=', body: DOCUMENT },
  headers: { 'content-md5': hash('md5', DOCUMENT, 'base64') },
}

describe('a call on an object that is malformed', () => {
  it.each<[string, Sent]>([
    ['PutObject', { method: 'PUT', path: '', headers: NOPE, body: 'x' }],
    ['PutObjectTagging', { ...TAGGING, path: '' }],
    ['GetObject', { path: '', headers: { 'x-amz-server-side-encryption': 'AES256' } }],
  ])('is recorded with what its address names: %s', async (eventName, sent) => {
    const { code, status, records } = await recordsOf({ ...sent, path: `/${Bucket}/a/k` })
    expect([eventName, status]).toEqual([eventName, 400])
    expect(records).toMatchObject([
      {
        ...{ eventName, errorCode: code, eventCategory: 'Data' },
        requestParameters: { bucketName: Bucket, key: 'a/k', Host: new URL(served.url).host },
      },
    ])
    const ARN = `arn:aws:s3:::${Bucket}/a/k`
    expect(records[0].resources[0]).toEqual({ type: 'AWS::S3::Object', ARN })
  })

  it('is not recorded where no trail selects it', async () => {
    const sent = { ...TAGGING, path: `/${Bucket}/b/k` }
    expect(await recordsOf(sent)).toMatchObject({ status: 400, records: [] })
  })
})

describe('an operation of S3 that is not served', () => {
  it('is refused at the door, and leaves no record', async () => {
    const sent = { method: 'POST', path: `/${Bucket}/a/k`, query: 'restore=' }
    expect(await recordsOf(sent)).toMatchObject({ code: 'NotImplemented', records: [] })
  })
})
