import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Buckets } from '../../../src/s3/buckets/buckets.js'
import { lifecycleOf } from '../../../src/s3/buckets/lifecycle.js'
import type { InputOf } from '../../../src/s3/model.js'
import { BucketsHouse } from './buckets-house.js'

let house: BucketsHouse
beforeAll(async () => {
  house = await BucketsHouse.open()
  await house.bucket('aging')
})
afterAll(async () => {
  await house.remove()
})

const Bucket = 'aging'
const MALFORMED =
  'The XML you provided was not well-formed or did not validate against our published schema'
const midnight = new Date('2030-01-01T00:00:00Z')
const rule = {
  ...{ ID: 'one', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 30 } },
}
const put = (Rules: object[], more = {}) => {
  const input = { Bucket, LifecycleConfiguration: { Rules }, ...more }
  return input as unknown as InputOf<'PutBucketLifecycleConfiguration'>
}

describe('the lifecycle of a bucket', () => {
  it('is put, read back, and deleted', async () => {
    const none = {
      code: 'NoSuchLifecycleConfiguration',
      message: 'The lifecycle configuration does not exist',
      detail: { BucketName: Bucket },
    }
    const get = () => house.refusal('GetBucketLifecycleConfiguration', { Bucket })
    expect(await get()).toEqual(none)
    const Transitions = [{ Date: midnight, StorageClass: 'GLACIER' }]
    const rules = [
      rule,
      { ID: 'two', Status: 'Disabled', Prefix: '', Expiration: { Date: midnight } },
      { ID: 'three', Status: 'Enabled', Filter: {}, Transitions },
      {
        ...{
          ID: 'four',
          Status: 'Enabled',
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
        Filter: { And: { Prefix: 'a/', ObjectSizeGreaterThan: 1, ObjectSizeLessThan: 2 ** 40 } },
        NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 },
      },
      {
        ...{ ID: 'five', Status: 'Enabled', Expiration: { ExpiredObjectDeleteMarker: true } },
        ...{ Filter: { Prefix: 'b' } },
      },
    ]
    const TransitionDefaultMinimumObjectSize = 'all_storage_classes_128K'
    const answer = await house.call('PutBucketLifecycleConfiguration', put(rules))
    expect(answer).toEqual({ TransitionDefaultMinimumObjectSize })
    const kept = await house.call('GetBucketLifecycleConfiguration', { Bucket })
    expect(kept).toEqual({ Rules: rules, TransitionDefaultMinimumObjectSize })
    await house.call('DeleteBucketLifecycle', { Bucket })
    await house.call('DeleteBucketLifecycle', { Bucket })
    expect(await get()).toEqual(none)
  })

  it('has its dates after a restart, too', async () => {
    const dated = { ...rule, Expiration: { Date: midnight } }
    await house.call('PutBucketLifecycleConfiguration', put([dated]))
    const fresh = new Buckets(house.kms.store, house.kms.root)
    const { config } = (await fresh.find(Bucket))!
    expect(lifecycleOf(config)?.rules).toEqual([dated])
  })

  it('has a name for every rule', async () => {
    const { ID: _, ...nameless } = rule
    await house.call('PutBucketLifecycleConfiguration', put([nameless, { ...nameless, ID: '' }]))
    const { Rules } = await house.call('GetBucketLifecycleConfiguration', { Bucket })
    const ids = (Rules as { ID: string }[]).map(({ ID }) => ID)
    expect(ids.every((id) => id.length > 20)).toBe(true)
    expect(new Set(ids).size).toBe(2)
  })

  it('spares small objects as it is told', async () => {
    const TransitionDefaultMinimumObjectSize = 'varies_by_storage_class'
    const more = { TransitionDefaultMinimumObjectSize }
    expect(await house.call('PutBucketLifecycleConfiguration', put([rule], more))).toEqual(more)
  })
})

const argument = 'InvalidArgument'
const request = 'InvalidRequest'
const tags = (...keys: string[]) => keys.map((Key) => ({ Key, Value: '' }))
const { Expiration: _, ...idle } = rule
const moves = (...Transitions: object[]) => ({ ...rule, Transitions })

describe('a lifecycle rule', () => {
  it.each<[object[], string, string]>([
    [[], 'MalformedXML', MALFORMED],
    [Array.from({ length: 1001 }, (_, i) => ({ ...rule, ID: `${i}` })), 'MalformedXML', MALFORMED],
    [[{ ...rule, Prefix: '' }], 'MalformedXML', MALFORMED],
    [[{ ...rule, Filter: undefined }], 'MalformedXML', MALFORMED],
    [[{ ...rule, Filter: { Prefix: '', Tag: tags('a')[0] } }], 'MalformedXML', MALFORMED],
    [[{ ...rule, Filter: { And: { Prefix: '' } } }], 'MalformedXML', MALFORMED],
    [[{ ...rule, Expiration: {} }], 'MalformedXML', MALFORMED],
    [[{ ...rule, Expiration: { Days: 1, Date: midnight } }], 'MalformedXML', MALFORMED],
    [[{ ...rule, NoncurrentVersionExpiration: {} }], 'MalformedXML', MALFORMED],
    [[{ ...rule, AbortIncompleteMultipartUpload: {} }], 'MalformedXML', MALFORMED],
    [[moves({ Days: 31 })], 'MalformedXML', MALFORMED],
    [[moves({ StorageClass: 'GLACIER' })], 'MalformedXML', MALFORMED],
    [
      [{ ...rule, ID: 'i'.repeat(256) }],
      argument,
      'ID length should not exceed allowed limit of 255',
    ],
    [[rule, rule], argument, 'Rule ID must be unique. Found same ID for more than one rule'],
    [[idle], request, 'At least one action needs to be specified in a rule'],
    [
      [{ ...rule, Expiration: { Days: 0 } }],
      ...([argument, "'Days' for Expiration action must be a positive integer"] as const),
    ],
    [
      [{ ...rule, Expiration: { Date: new Date('2030-01-01T01:00:00Z') } }],
      ...([argument, "'Date' must be at midnight GMT"] as const),
    ],
    [
      [{ ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 0 } }],
      argument,
      "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
    ],
    [
      [
        {
          ...rule,
          NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 },
        },
      ],
      argument,
      "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be between 1 and 100",
    ],
    [
      [{ ...rule, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 0 } }],
      argument,
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    ],
    [
      [{ ...rule, Filter: { And: { Tags: tags('a', 'a') } } }],
      ...([request, 'Duplicate Tag Keys are not allowed.'] as const),
    ],
    [
      [
        {
          ...{ ...rule, Filter: { Tag: tags('a')[0] } },
          Expiration: { ExpiredObjectDeleteMarker: true },
        },
      ],
      ...([request, 'ExpiredObjectDeleteMarker cannot be specified with Tags.'] as const),
    ],
    [
      [
        {
          ...{ ...idle, Filter: { And: { Prefix: 'p', Tags: tags('a') } } },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
      ...([request, 'AbortIncompleteMultipartUpload cannot be specified with Tags.'] as const),
    ],
    [
      [{ ...rule, Filter: { And: { ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 5 } } }],
      request,
      "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
    ],
    [
      [moves({ Days: 29, StorageClass: 'STANDARD_IA' })],
      argument,
      "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
    ],
    [
      [moves({ Days: 30, StorageClass: 'GLACIER' })],
      argument,
      "'Days' in the Expiration action for prefix 'logs/' must be greater than 'Days' in the Transition action",
    ],
    [
      [moves({ Date: midnight, StorageClass: 'GLACIER' })],
      request,
      "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for prefix 'logs/'",
    ],
    [
      [moves({ Days: 1, StorageClass: 'GLACIER' }, { Days: 2, StorageClass: 'GLACIER' })],
      request,
      "'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix 'logs/'",
    ],
  ])('is refused: %#', async (rules, code, message) => {
    const refusal = await house.refusal('PutBucketLifecycleConfiguration', put(rules))
    expect(refusal).toMatchObject({ code, message })
  })
})
