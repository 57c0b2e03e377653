/** What was due when it was looked at, and is not any more when it is its turn. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Buckets } from '../../../src/s3/buckets/buckets.js'
import { carryOut } from '../../../src/s3/lifecycle/carry-out.js'
import type { Standing } from '../../../src/s3/lifecycle/due.js'
import { rulesOf } from '../../../src/s3/lifecycle/rules.js'
import { pagesOf } from '../../../src/s3/lifecycle/standing.js'
import type { S3Parts } from '../../../src/s3/parts.js'
import { Locks } from '../../../src/store/keep/locks.js'
import { LifecycleHouse } from './lifecycle-house.js'

let house: LifecycleHouse
beforeAll(async () => {
  house = await LifecycleHouse.open()
})
afterAll(() => house.remove())

const days = { Expiration: { Days: 1 } }
const older = { NoncurrentVersionExpiration: { NoncurrentDays: 1 } }
const lone = { Expiration: { ExpiredObjectDeleteMarker: true } }

/** Looks at a bucket now; what is returned does then what was due in three days. */
async function looked(name: string) {
  const { store, root, clock } = house.kms
  const buckets = new Buckets(store, root)
  const blobs = { remove: async () => undefined }
  const parts = { store, root, clock, buckets, blobs, locks: new Locks() } as unknown as S3Parts
  const bucket = (await buckets.find(name))!
  const page: Standing[] = []
  for await (const some of pagesOf(parts, bucket.id, '', '')) page.push(...some)
  const now = clock.now() + 3 * 24 * 60 * 60 * 1000
  return () => carryOut(parts, bucket, rulesOf(bucket.config), page, now)
}

describe('what was due', () => {
  it('is done where nothing has changed', async () => {
    const bucket = await house.bucket('same-bucket', [days, older, lone], true)
    await house.put(bucket, 'a', 'a')
    const carry = await looked(bucket)
    await carry()
    expect(await house.versions(bucket)).toEqual(['a marker', '(a)'])
  })

  it.each([
    ['plain-bucket', false, ['a']],
    ['versioned-bucket', true, ['a', '(a)']],
  ])('is not done to an object that took its place: %s', async (name, isVersioned, left) => {
    const bucket = await house.bucket(name, [days], isVersioned)
    await house.put(bucket, 'a')
    const carry = await looked(bucket)
    await house.put(bucket, 'a')
    await carry()
    expect(await house.versions(bucket)).toEqual(left)
  })

  it('is not done to an older version that is the newest again', async () => {
    const bucket = await house.bucket('again-bucket', [older], true)
    await house.put(bucket, 'a')
    const { VersionId } = (await house.s3.putObject({ Bucket: bucket, Key: 'a', Body: '' })) as {
      VersionId: string
    }
    const carry = await looked(bucket)
    await house.s3.deleteObject({ Bucket: bucket, Key: 'a', VersionId })
    await carry()
    expect(await house.versions(bucket)).toEqual(['a'])
  })

  it('is not done to what has been tagged or locked meanwhile', async () => {
    const Bucket = 'held-bucket'
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const }
    const lock = { ObjectLockEnabledForBucket: true }
    await house.s3.createBucket({ Bucket, CreateBucketConfiguration, ...lock })
    const tag = { Key: 'old', Value: 'yes' }
    await house.rule(Bucket, [{ ...days, Filter: { Tag: tag } }, older])
    const put = async (Key: string) => {
      const answer = await house.s3.putObject({ Bucket, Key, Body: '', Tagging: 'old=yes' })
      return (answer as { VersionId: string }).VersionId
    }
    const VersionId = await put('held')
    await put('held')
    await put('tagged')
    const carry = await looked(Bucket)
    const hold = { LegalHold: { Status: 'ON' as const } }
    await house.s3.putObjectLegalHold({ Bucket, Key: 'held', VersionId, ...hold })
    await house.s3.deleteObjectTagging({ Bucket, Key: 'tagged' })
    await carry()
    expect(await house.versions(Bucket)).toEqual(['held marker', '(held)', '(held)', 'tagged'])
  })

  it('is not done to a marker that is alone no more, nor to a key that has gone', async () => {
    const bucket = await house.bucket('marker-bucket', [lone, days], true)
    await house.s3.deleteObject({ Bucket: bucket, Key: 'a' })
    await house.put(bucket, 'b')
    const carry = await looked(bucket)
    await house.put(bucket, 'a')
    const versions = (await house.s3.listObjectVersions({ Bucket: bucket, Prefix: 'b' })) as {
      Versions: Array<{ VersionId: string }>
    }
    const [{ VersionId }] = versions.Versions as [{ VersionId: string }]
    await house.s3.deleteObject({ Bucket: bucket, Key: 'b', VersionId })
    await carry()
    expect(await house.versions(bucket)).toEqual(['a', '(a marker)'])
  })
})
