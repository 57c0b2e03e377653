/** Deliveries: log files in the bucket, each once, whatever was in the way. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { storeLike } from '../support/kms.js'
import {
  ACCOUNT,
  BUCKET,
  bucketPolicy,
  HOUR_MS,
  REGION,
  root,
  SLOT_MS,
  TrailHouse,
  trailArn,
} from './trail-house.js'

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
})
afterEach(() => house.remove())

const DAY = `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/2026/01/02/`
const useKey = (keyId: string) =>
  house.kms.kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256' })

describe('a trail that logs', () => {
  it('delivers what was recorded in a slot, in one file that is named after its end', async () => {
    const keyId = await house.logging()
    await useKey(keyId)
    await house.service.deliver()
    expect(await house.keys()).toEqual([])
    await house.pass(SLOT_MS)
    const files = await house.logs()
    expect(files).toHaveLength(1)
    const name = new RegExp(
      `^${DAY}${ACCOUNT}_CloudTrail_${REGION}_20260102T0305Z_[0-9A-Za-z]{16}\\.json\\.gz$`,
    )
    expect(files[0]!.key).toMatch(name)
    expect(files[0]!.events.map(({ eventName }) => eventName)).toEqual([
      'StartLogging',
      'GenerateDataKey',
    ])
  })

  it('leaves one record for each file that it puts, as CloudTrail, for the next file', async () => {
    const keyId = await house.logging()
    await house.pass(SLOT_MS)
    const [key] = await house.keys()
    await house.pass(SLOT_MS)
    const second = (await house.logs())[1]!
    const records = second.events.filter(({ userIdentity }) => {
      return (userIdentity as { type: string }).type === 'AWSService'
    })
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
      ...{ eventSource: 'kms.amazonaws.com', eventName: 'GenerateDataKey', awsRegion: REGION },
      ...{ sourceIPAddress: 'cloudtrail.amazonaws.com', userAgent: 'cloudtrail.amazonaws.com' },
      requestParameters: {
        ...{ keyId, keySpec: 'AES_256' },
        encryptionContext: {
          'aws:cloudtrail:arn': trailArn('Default'),
          'aws:s3:arn': `arn:aws:s3:::${BUCKET}/${key}`,
        },
      },
      ...{ responseElements: null, readOnly: true, recipientAccountId: ACCOUNT },
      resources: [{ ARN: keyId, accountId: ACCOUNT, type: 'AWS::KMS::Key' }],
    })
    for (let slot = 0; slot < 5; slot++) await house.pass(SLOT_MS)
    // Nobody else did anything: one file for each slot, with one record in it, and the reads of this test.
    expect(await house.keys()).toHaveLength(7)
  })

  it('gives objects the trail key, for whoever may decrypt', async () => {
    const keyId = await house.logging()
    await house.pass(SLOT_MS)
    const [Key] = await house.keys()
    expect(await house.s3.headObject({ Bucket: BUCKET, Key: Key! })).toMatchObject({
      ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId },
      ...{ ContentType: 'application/json', ContentEncoding: 'gzip' },
    })
    await house.object(Key!)
    const decrypt = (await house.kms.records({ eventName: 'Decrypt' })).at(-1)!
    expect(decrypt.requestParameters).toMatchObject({
      encryptionContext: {
        'aws:cloudtrail:arn': trailArn('Default'),
        'aws:s3:arn': `arn:aws:s3:::${BUCKET}/${Key}`,
      },
    })
    expect(decrypt.requestParameters).not.toHaveProperty('keyId')
  })

  it('delivers every record once, each in the slot of its time, over a restart and idle hours', async () => {
    const keyId = await house.logging()
    const made: string[] = []
    for (let i = 0; i < 12; i++) {
      const { KeyMetadata } = await house.kms.kms.createKey({ Description: String(i) })
      made.push(KeyMetadata.Arn)
      house.kms.clock.time += SLOT_MS / 3
      if (i === 4) await house.service.deliver()
      if (i === 7) house = await house.reopen()
    }
    await house.pass(2 * HOUR_MS)
    await house.pass(SLOT_MS)
    const files = await house.logs()
    const events = files.flatMap((file) => file.events)
    const created = events.flatMap(({ eventName, responseElements }) => {
      const { keyMetadata } = (responseElements ?? {}) as { keyMetadata?: { arn: string } }
      return eventName === 'CreateKey' && keyMetadata?.arn !== keyId ? [keyMetadata!.arn] : []
    })
    expect(created.sort()).toEqual(made.sort())
    for (const { key, events } of files) {
      const [, stamp] = /_(\d{8}T\d{4})Z_/.exec(key)!
      for (const { eventTime } of events) {
        const end = Math.floor(Date.parse(String(eventTime)) / SLOT_MS + 1) * SLOT_MS
        expect(new Date(end).toISOString().replace(/[-:]/g, '').slice(0, 13)).toBe(stamp)
      }
    }
    const ids = events.map(({ eventID }) => eventID)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('takes only what its selectors say', async () => {
    const keyId = await house.logging()
    await house.trail.putEventSelectors({
      TrailName: 'Default',
      EventSelectors: [
        {
          ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
          ExcludeManagementEventSources: ['kms.amazonaws.com'],
        },
      ],
    })
    await useKey(keyId)
    await house.pass(SLOT_MS)
    const delivered = await house.delivered()
    expect(delivered).toEqual(['StartLogging', 'PutEventSelectors'])
    // Nothing of KMS, so nothing by itself.
    await house.pass(SLOT_MS)
    await house.pass(SLOT_MS)
    expect(await house.keys()).toHaveLength(1)
  })

  it('takes of other regions what is recorded there when it is of all regions', async () => {
    await house.logging({ IsMultiRegionTrail: true })
    const elsewhere = house.kms.service.as({ ...root, region: 'us-west-2' })
    await elsewhere.createKey({})
    await house.pass(SLOT_MS)
    const keys = await house.keys()
    expect(keys.map((key) => key.split('/')[3])).toEqual([REGION, 'us-west-2'])
  })

  it('delivers what was recorded until it was stopped, and nothing of the time until it logs again', async () => {
    const keyId = await house.logging()
    await useKey(keyId)
    await house.trail.stopLogging({ Name: 'Default' })
    await house.kms.kms.createAlias({ AliasName: 'alias/between', TargetKeyId: keyId })
    await house.trail.startLogging({ Name: 'Default' })
    await house.kms.kms.deleteAlias({ AliasName: 'alias/between' })
    await house.pass(SLOT_MS)
    await house.pass(SLOT_MS)
    const own = (await house.delivered()).filter((name) => /Alias|Logging/.test(name))
    expect(own.sort()).toEqual(['DeleteAlias', 'StartLogging', 'StartLogging', 'StopLogging'])
  })
})

describe('a delivery that fails', () => {
  const status = () =>
    house.trail.getTrailStatus({ Name: 'Default' }) as Promise<Record<string, unknown>>

  it.each([
    ['the bucket policy is withdrawn', 'AccessDenied'] as const,
    ['the key is disabled', 'KMS.DisabledException'] as const,
  ])('because %s is told in the status, and made good, all once', async (why, code) => {
    const keyId = await house.logging()
    await house.pass(SLOT_MS)
    if (code === 'AccessDenied') await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
    else await house.kms.kms.disableKey({ KeyId: keyId })
    const before = (await house.kms.records()).length
    for (let i = 0; i < 20; i++) await house.pass(SLOT_MS)
    expect(await house.keys()).toHaveLength(1)
    expect(await status()).toMatchObject({ IsLogging: true, LatestDeliveryError: code })
    // Not one for each try.
    const failures = (await house.kms.records()).slice(before).filter(({ errorCode }) => errorCode)
    expect(failures.length, why).toBe(code === 'AccessDenied' ? 0 : 2)
    if (code === 'AccessDenied')
      await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: bucketPolicy() })
    else await house.kms.kms.enableKey({ KeyId: keyId })
    house = await house.reopen()
    await house.pass(SLOT_MS)
    await house.pass(SLOT_MS)
    expect(await status()).not.toHaveProperty('LatestDeliveryError')
    const delivered = (await house.logs()).flatMap(({ events }) =>
      events.map(({ eventID }) => eventID),
    )
    expect(new Set(delivered).size).toBe(delivered.length)
    const isOlder = ({ eventID }: { eventID: string }) => delivered.includes(eventID)
    const missing = (await house.kms.records()).slice(before).filter((record) => !isOlder(record))
    // What is younger than the last slot.
    expect(
      missing.every(({ eventName }) => /Decrypt|GenerateDataKey|GetTrailStatus/.test(eventName)),
    ).toBe(true)
  })

  it('goes on in another bucket, once the trail has one', async () => {
    await house.logging()
    await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
    await house.pass(SLOT_MS)
    expect(await status()).toMatchObject({ LatestDeliveryError: 'AccessDenied' })
    await house.bucket('other-bucket', bucketPolicy('other-bucket'))
    await house.trail.updateTrail({
      Name: 'Default',
      S3BucketName: 'other-bucket',
      S3KeyPrefix: 'p',
    })
    await house.pass(0)
    expect(await house.keys()).toEqual([])
    const { Contents } = (await house.s3.listObjectsV2({ Bucket: 'other-bucket' })) as {
      Contents: Array<{ Key: string }>
    }
    expect(Contents.map(({ Key }) => Key.replace(/_[^_]*$/, ''))).toEqual([
      `p/${DAY}${ACCOUNT}_CloudTrail_${REGION}_20260102T0305Z`,
    ])
    expect(await status()).not.toHaveProperty('LatestDeliveryError')
  })

  it('in the commit of a file has left none, and puts it where the trail has its place then', async () => {
    await house.logging()
    house.kms.clock.time += SLOT_MS
    let isBroken = false
    house = await house.reopen((store) => {
      return {
        ...storeLike(store),
        async commit(entry) {
          const isFile = entry.changes?.some(
            (change) => 'put' in change && change.put === 'trail_file',
          )
          if (isFile) isBroken = true
          if (isBroken) throw new SealtrailError('StoreFailed', 'gone')
          await store.commit(entry)
        },
      }
    })
    await house.service.deliver()
    expect(isBroken).toBe(true)
    expect(await house.keys()).toEqual([])
    house = await house.reopen()
    await house.trail.updateTrail({ Name: 'Default', S3KeyPrefix: 'p' })
    await house.pass(0)
    expect(await house.keys()).toEqual([])
    const [key, ...more] = await house.keys('p/')
    expect(more).toEqual([])
    const { Records } = JSON.parse((await house.object(key!)).plain.toString())
    const names = Records.map(({ eventName }: { eventName: string }) => eventName)
    expect(names.filter((name: string) => name === 'StartLogging')).toHaveLength(1)
  })
})
