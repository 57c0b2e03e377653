/** Rules that are put are carried out, day by day. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LifecycleHouse } from './lifecycle-house.js'

let house: LifecycleHouse
beforeAll(async () => {
  house = await LifecycleHouse.open()
})
afterAll(() => house.remove())

const days = (Days: number) => ({ Expiration: { Days } })

describe('a rule for objects', () => {
  it('does nothing on the day that it is put, and removes what is old enough from the next day on', async () => {
    const bucket = await house.bucket('plain-bucket')
    await house.put(bucket, 'a', 'logs/a', 'logs/b')
    await house.pass(5)
    await house.put(bucket, 'logs/c')
    await house.rule(bucket, [{ ...days(2), Filter: { Prefix: 'logs/' } }])
    await house.pass(0.5)
    expect(await house.versions(bucket)).toEqual(['a', 'logs/a', 'logs/b', 'logs/c'])
    await house.pass(0.5)
    expect(await house.versions(bucket)).toEqual(['a', 'logs/c'])
    await house.pass(1)
    expect(await house.versions(bucket)).toEqual(['a', 'logs/c'])
    await house.pass(1)
    expect(await house.versions(bucket)).toEqual(['a'])
    await expect(house.s3.getObject({ Bucket: bucket, Key: 'logs/a' })).rejects.toMatchObject({
      code: 'NoSuchKey',
    })
  })

  it('hides what has versions, and then takes them and the marker away', async () => {
    const noncurrent = { NoncurrentVersionExpiration: { NoncurrentDays: 3 } }
    const rules = [days(1), noncurrent, { Expiration: { ExpiredObjectDeleteMarker: true } }]
    const bucket = await house.bucket('versioned-bucket', rules, true)
    await house.put(bucket, 'a', 'a')
    await house.pass(2)
    expect(await house.versions(bucket)).toEqual(['a marker', '(a)', '(a)'])
    await house.pass(3)
    expect(await house.versions(bucket)).toEqual(['a marker', '(a)'])
    await house.pass(1)
    expect(await house.versions(bucket)).toEqual(['a marker'])
    await house.pass(1)
    expect(await house.versions(bucket)).toEqual([])
  })

  it('counts what it spares over many pages of versions', async () => {
    const spare = { NoncurrentDays: 1, NewerNoncurrentVersions: 2 }
    const bucket = await house.bucket(
      'many-versions',
      [{ NoncurrentVersionExpiration: spare }],
      true,
    )
    const keys = Array.from({ length: 1100 }, () => 'a')
    await house.put(bucket, ...keys, 'b')
    await house.pass(3)
    expect(await house.versions(bucket)).toEqual(['a', '(a)', '(a)', 'b'])
  })

  it('puts a null marker where versions are suspended, and goes on with what is under a lock when that is over', async () => {
    const bucket = await house.bucket('suspended-bucket', [days(1)])
    const suspended = { Status: 'Suspended' as const }
    await house.s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: suspended })
    await house.put(bucket, 'a')
    await house.pass(2)
    expect(await house.versions(bucket)).toEqual(['a marker'])
  })

  it('spares a version under a lock until that is over', async () => {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const }
    const Bucket = 'locked-bucket'
    await house.s3.createBucket({
      Bucket,
      CreateBucketConfiguration,
      ObjectLockEnabledForBucket: true,
    })
    await house.rule(Bucket, [{ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }])
    const until = new Date(house.kms.clock.time + 4 * 24 * 60 * 60 * 1000)
    const lock = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: until }
    await house.s3.putObject({ Bucket, Key: 'a', Body: '1', ...lock })
    await house.put(Bucket, 'a')
    await house.pass(3)
    expect(await house.versions(Bucket)).toEqual(['a', '(a)'])
    await house.pass(2)
    expect(await house.versions(Bucket)).toEqual(['a'])
  })

  it('is not carried out once it was taken away', async () => {
    const bucket = await house.bucket('no-more-rules', [days(1)])
    await house.put(bucket, 'a')
    await house.s3.deleteBucketLifecycle({ Bucket: bucket })
    await house.pass(9)
    expect(await house.versions(bucket)).toEqual(['a'])
  })

  it('leaves no record of what it removes, as nobody called for it', async () => {
    const bucket = await house.bucket('quiet-bucket', [days(1)])
    await house.put(bucket, 'a')
    const before = (await house.kms.records()).length
    await house.pass(2)
    expect(await house.versions(bucket)).toEqual([])
    expect((await house.kms.records()).length).toBe(before)
  })
})

describe('a rule for uploads', () => {
  const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } }

  it('gives up those that were begun too long ago, and no others', async () => {
    const bucket = await house.bucket('uploads-bucket', [{ ...abort, Filter: { Prefix: 'x/' } }])
    const begin = async (Key: string) => {
      const { UploadId } = await house.s3.createMultipartUpload({ Bucket: bucket, Key })
      const part = { Bucket: bucket, Key, UploadId, PartNumber: 1, Body: 'part' }
      const { ETag } = await house.s3.uploadPart(part)
      return { Bucket: bucket, Key, UploadId, Parts: [{ PartNumber: 1, ETag }] }
    }
    await begin('x/old')
    await begin('y/old')
    const { Parts, ...done } = await begin('x/done')
    await house.s3.completeMultipartUpload({ ...done, MultipartUpload: { Parts } })
    await house.pass(1)
    await begin('x/young')
    await house.pass(2)
    const { Uploads } = (await house.s3.listMultipartUploads({ Bucket: bucket })) as {
      Uploads: Array<{ Key: string }>
    }
    expect(Uploads.map(({ Key }) => Key)).toEqual(['x/young', 'y/old'])
    const { Body } = await house.s3.getObject({ Bucket: bucket, Key: 'x/done' })
    expect(Buffer.from(Body as Uint8Array).toString()).toBe('part')
  })
})

describe('time', () => {
  it('counts that was seen to pass: a clock that jumped removes nothing until somebody confirms it', async () => {
    const bucket = await house.bucket('jumped-bucket', [days(1)])
    await house.put(bucket, 'a')
    house.kms.clock.jumpDays(400)
    await house.service.catchUp()
    expect(await house.versions(bucket)).toEqual(['a'])
    house = await house.reopen()
    await house.service.catchUp()
    expect(await house.versions(bucket)).toEqual(['a'])
    await house.kms.service.confirmClock()
    await house.service.catchUp()
    expect(await house.versions(bucket)).toEqual([])
  })

  it('passes for a house that was closed meanwhile, which goes on at its start', async () => {
    const bucket = await house.bucket('closed-bucket', [days(1)])
    await house.put(bucket, 'a')
    await house.pass(1)
    await house.close()
    const kms = await house.kms.reopen()
    kms.clock.addDays(1)
    house = await LifecycleHouse.open(kms)
    await house.service.catchUp()
    expect(await house.versions(bucket)).toEqual([])
  })
})

describe('a walk that is cut short', () => {
  it('goes on where it was', async () => {
    const bucket = await house.bucket('cut-bucket', [days(1)])
    const keys = Array.from({ length: 1300 }, (_, i) => `k${String(i).padStart(4, '0')}`)
    await house.put(bucket, ...keys)
    house.kms.clock.addDays(3)
    const walk = house.service.catchUp()
    house = await house.reopen()
    await walk
    await house.service.catchUp()
    expect(await house.versions(bucket)).toEqual([])
  })
})

describe('an answer', () => {
  it('says when the object will expire, and by which rule', async () => {
    const rule = { ...days(3), ID: 'old logs/1', Filter: { Prefix: 'logs/' } }
    const Bucket = await house.bucket('shown-bucket', [rule])
    const day = new Date(Math.floor(house.kms.clock.time / 86_400_000 + 4) * 86_400_000)
    const Expiration = `expiry-date="${day.toUTCString()}", rule-id="old%20logs%2F1"`
    const logs = { Bucket, Key: 'logs/a' }
    expect(await house.s3.putObject({ ...logs, Body: '' })).toMatchObject({ Expiration })
    expect(await house.s3.getObject(logs)).toMatchObject({ Expiration })
    expect(await house.s3.headObject(logs)).toMatchObject({ Expiration })
    const copy = { Bucket, Key: 'logs/b', CopySource: `${Bucket}/logs/a` }
    expect(await house.s3.copyObject(copy)).toMatchObject({ Expiration })
    expect(await house.s3.putObject({ Bucket, Key: 'a', Body: '' })).not.toHaveProperty(
      'Expiration',
    )
  })
})
