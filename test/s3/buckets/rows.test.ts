import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Bucket, BucketConfig } from '../../../src/s3/buckets/bucket.js'
import { Buckets } from '../../../src/s3/buckets/buckets.js'
import { putBucket, readBucketsOf } from '../../../src/s3/buckets/rows.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import { BucketsHouse, root } from './buckets-house.js'

let house: BucketsHouse
beforeEach(async () => {
  house = await BucketsHouse.open()
})
afterEach(async () => {
  await house.remove()
})

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const config = fc
  .record({
    versioning: optional(fc.constantFrom('Enabled', 'Suspended')),
    encryption: optional(
      fc.record({ algorithm: fc.constantFrom('AES256', 'aws:kms'), bucketKey: fc.boolean() }),
    ),
    policy: optional(text),
    ownership: fc.option(fc.constantFrom('ObjectWriter', 'BucketOwnerPreferred')),
    publicAccess: fc.constant(null),
    tags: optional(fc.array(fc.record({ Key: text, Value: text }), { maxLength: 3 })),
    objectLock: optional(fc.record({ mode: fc.constant('GOVERNANCE'), days: fc.nat() })),
  })
  .map((config) => JSON.parse(JSON.stringify(config)) as BucketConfig)

describe('the rows of buckets', () => {
  it('are as they were put, after a restart too', async () => {
    const buckets = new Map<string, Bucket>()
    await fc.assert(
      fc.asyncProperty(
        config,
        fc.constantFrom(ACCOUNT, '444455556666'),
        async (config, account) => {
          const i = buckets.size
          const bucket: Bucket = {
            ...{ name: `bucket-${String(i).padStart(4, '0')}`, account, region: REGION, config },
            ...{ createdAt: 1_000_000 + i, id: i.toString(16).padStart(16, '0') },
          }
          buckets.set(bucket.name, bucket)
          await house.kms.store.commit({ changes: [putBucket(house.kms.root, bucket)] })
        },
      ),
      { numRuns: 60 },
    )
    house = await house.reopen()
    for (const [name, bucket] of buckets)
      expect(await house.parts.buckets.find(name)).toEqual(bucket)
    const own = [...buckets.values()].filter(({ account }) => account === ACCOUNT)
    const wanted = { after: '', prefix: '', region: undefined, limit: 1000 }
    const listed = await readBucketsOf(house.kms.store, house.kms.root, ACCOUNT, wanted)
    expect(listed).toEqual(own)
  })

  it('hold all that was acknowledged, after a restart', async () => {
    await house.bucket('lasting')
    await house.call('PutBucketTagging', {
      ...{ Bucket: 'lasting', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } },
    })
    await house.bucket('short-lived')
    await house.call('DeleteBucket', { Bucket: 'short-lived' })
    const before = await house.parts.buckets.find('lasting')
    house = await house.reopen()
    expect(await house.parts.buckets.find('lasting')).toEqual(before)
    expect((await house.refusal('HeadBucket', { Bucket: 'short-lived' })).code).toBe('NoSuchBucket')
  })

  it.each([
    { account: '444455556666' },
    { region: 'us-east-1' },
    { created_at: 1 },
    { bucket_id: 'f'.repeat(16) },
    { config: '{"publicAccess":null}' },
    { mac: Buffer.alloc(32) },
  ])('are refused when they are not as they were written: %j', async (changed) => {
    const bucket: Bucket = {
      ...{ name: 'tampered', account: ACCOUNT, region: REGION, createdAt: 5, config: {} },
      id: '0'.repeat(16),
    }
    const put = putBucket(house.kms.root, bucket) as { put: 's3_bucket'; row: object }
    const row = { ...put.row, ...changed } as never
    await house.kms.store.commit({ changes: [{ put: 's3_bucket', row }] })
    await expect(house.call('HeadBucket', { Bucket: 'tampered' })).rejects.toMatchObject({
      code: 'StoreDamaged',
    })
    await expect(
      house.call('ListBuckets', {}, { ...root, ...ownerOf(changed) }),
    ).rejects.toMatchObject({ code: 'StoreDamaged' })
  })

  it("of one bucket do not pass for another's", async () => {
    await house.bucket('original')
    const { name: _, ...bucket } = (await house.parts.buckets.find('original'))!
    const put = putBucket(house.kms.root, { name: 'original', ...bucket, id: '1'.repeat(16) })
    const row = { ...(put as { row: object }).row, name: 'copied' } as never
    await house.kms.store.commit({ changes: [{ put: 's3_bucket', row }] })
    const buckets = new Buckets(house.kms.store, house.kms.root)
    await expect(buckets.find('copied')).rejects.toMatchObject({ code: 'StoreDamaged' })
  })
})

/** Whose list the row is in. */
function ownerOf(changed: object): { readonly account?: string } {
  return 'account' in changed ? { account: changed.account as string } : {}
}
