/**
 * The story of 2015, in the form of 2015: our records equal those that AWS documents, member by member. What differs is
 * written here, and is names and times.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../../src/service/caller.js'
import { ACCOUNT, BUCKET, REGION, SLOT_MS, TrailHouse } from './trail-house.js'

type Members = Record<string, unknown>

const seed = (name: string): Members =>
  JSON.parse(readFileSync(`test/data/seed-records/${name}.json`, 'utf8'))

/** The reader of the third record. */
const reader = seed('3-get-log-file-Decrypt')
const admin: Caller = {
  ...{ account: ACCOUNT, region: REGION, identity: reader.userIdentity as Caller['identity'] },
}
const ALIAS = 'alias/ExampleAliasForCloudTrailKMS-key'

let house: TrailHouse
let keyId: string
let object: string
beforeAll(async () => {
  house = await TrailHouse.open('seed-2015')
  await house.bucket()
  keyId = await house.key()
  await house.kms.kms.createAlias({ AliasName: ALIAS, TargetKeyId: keyId })
  const KmsKeyId = `arn:aws:kms:${REGION}:${ACCOUNT}:${ALIAS}`
  await house.trail.createTrail({ Name: 'Default', S3BucketName: BUCKET, KmsKeyId })
  await house.trail.startLogging({ Name: 'Default' })
  await house.pass(SLOT_MS)
  object = (await house.keys())[0]!
  const s3 = house.s3Service.as(admin, { sourceIpAddress: '192.0.2.1', userAgent: 'test' })
  await s3.getObject({ Bucket: BUCKET, Key: object })
  await house.pass(SLOT_MS)
})
afterAll(() => house.remove())

/** Of a record of 2015, the names and times that are others here. */
function here(record: Members): Members {
  const text = JSON.stringify(record)
    .replaceAll('alias/ExampleAliasForCloudTrailKMS key', ALIAS)
    .replaceAll(/example-bucket-for-CT-logs\/AWSLogs[^"]*\.json\.gz/g, `${BUCKET}/${object}`)
    .replaceAll('example-bucket-for-CT-logs', BUCKET)
    .replaceAll('key/1234abcd-12ab-34cd-56ef-1234567890ab', keyId.split(':')[5]!)
    .replaceAll('us-west-2', REGION)
  return withoutTimes(JSON.parse(text))
}

/** Ids and times of the call. */
function withoutTimes({ eventTime: _, eventID: __, requestID: ___, ...record }: Members): Members {
  const { userIdentity } = record as { userIdentity: { sessionContext?: { attributes: Members } } }
  if (userIdentity.sessionContext !== undefined) {
    const { creationDate: ____, ...attributes } = userIdentity.sessionContext.attributes
    userIdentity.sessionContext.attributes = attributes
  }
  return record
}

async function lookup(name: string): Promise<Members[]> {
  const found = (await house.trail.lookupEvents({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }],
  })) as { Events: Array<{ CloudTrailEvent: string }> }
  return found.Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent)).reverse()
}

describe('in the form of 2015', () => {
  it('the first record, of the configuration, is that of AWS', async () => {
    const [asked] = await lookup('GenerateDataKey')
    expect(withoutTimes(asked!)).toEqual(here(seed('1-configure-GenerateDataKey')))
  })

  it('the second record, of a log file that is put, is that of AWS', async () => {
    const put = (await lookup('GenerateDataKey'))[1]
    expect(withoutTimes(put!)).toEqual(here(seed('2-put-log-file-GenerateDataKey')))
  })

  it('the third record, of a log file that is read, is that of AWS', async () => {
    const [read] = await lookup('Decrypt')
    const wanted = here(reader)
    // He came by way of the console; ours comes by S3 alone.
    const userIdentity = {
      ...(wanted.userIdentity as Members),
      invokedBy: 'internal.amazonaws.com',
    }
    expect(withoutTimes(read!)).toEqual({ ...wanted, userIdentity })
  })

  it('records are delivered', async () => {
    const events = (await house.logs()).flatMap((file) => file.events)
    expect(events.length).toBeGreaterThan(2)
    for (const event of events) {
      expect(event).toMatchObject({ eventVersion: '1.02' })
      expect(event).not.toHaveProperty('eventCategory')
    }
  })
})
