/** Trails, as their API makes, changes, shows and refuses them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import { allow, userWith } from '../kms/bound.js'
import {
  ACCOUNT,
  BUCKET,
  bucketPolicy,
  keyPolicy,
  REGION,
  refusal,
  root,
  TrailHouse,
  trailArn,
} from './trail-house.js'

let house: TrailHouse
let keyId: string
beforeAll(async () => {
  house = await TrailHouse.open()
  await house.bucket()
  keyId = await house.key()
})
afterAll(() => house.remove())

const create = (more: object = {}) =>
  house.trail.createTrail({ Name: 'Default', S3BucketName: BUCKET, ...more })
const remove = (Name = 'Default') => house.trail.deleteTrail({ Name })
const SHOWN = {
  ...{ Name: 'Default', S3BucketName: BUCKET, TrailARN: trailArn('Default') },
  ...{ IncludeGlobalServiceEvents: true, IsMultiRegionTrail: false },
  ...{ LogFileValidationEnabled: false, IsOrganizationTrail: false },
}

describe('the policies that a trail needs', () => {
  it('are told to whoever may ask GetTrail, and to nobody else', async () => {
    const policiesFor = (...identity: object[]) =>
      house.as(userWith({ identity })).trailPolicies('Default', BUCKET)
    expect(() => policiesFor()).toThrow(expect.objectContaining({ code: 'AccessDeniedException' }))
    const mayGet = (name: string) => allow('cloudtrail:GetTrail', { Resource: trailArn(name) })
    expect(() => policiesFor(mayGet('Other'))).toThrow('cloudtrail:GetTrail')
    const { bucketPolicy } = policiesFor(mayGet('Default'))
    expect(bucketPolicy).toEqual(house.trail.trailPolicies('Default', BUCKET).bucketPolicy)
  })
})

describe('CreateTrail', () => {
  it('makes a trail that is there after a restart', async () => {
    expect(await create({ S3KeyPrefix: '/logs/', TagsList: [{ Key: 'a', Value: 'b' }] })).toEqual({
      ...SHOWN,
      S3KeyPrefix: 'logs',
    })
    house = await house.reopen()
    expect(await house.trail.getTrail({ Name: trailArn('Default') })).toEqual({
      Trail: {
        ...{ ...SHOWN, S3KeyPrefix: 'logs', HomeRegion: REGION },
        ...{ HasCustomEventSelectors: false, HasInsightSelectors: false },
      },
    })
    expect(await house.trail.getTrailStatus({ Name: 'Default' })).toMatchObject({
      IsLogging: false,
    })
    expect(await refusal(create())).toEqual({
      code: 'TrailAlreadyExistsException',
      message: `Trail Default already exists for customer: ${ACCOUNT}`,
    })
    await remove()
  })

  it.each([
    [
      'ab',
      'Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.',
    ],
    [
      'a'.repeat(129),
      'Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters.',
    ],
    ['-abc', 'Trail name must starts with a letter or number.'],
    ['abc-', 'Trail name must ends with a letter or number.'],
    [
      'a b c',
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    ],
    ['a--b', 'Trail name cannot have adjacent periods, underscores or dashes.'],
    ['192.168.5.4', 'Trail name must not be in IP address format.'],
  ])('refuses the name %s', async (Name, message) => {
    expect(await refusal(create({ Name }))).toEqual({ code: 'InvalidTrailNameException', message })
  })

  it('refuses a bucket that is not there, is none, or does not let CloudTrail in', async () => {
    expect(await refusal(create({ S3BucketName: 'no-such-bucket' }))).toEqual({
      code: 'S3BucketDoesNotExistException',
      message: 'S3 bucket no-such-bucket does not exist!',
    })
    expect(await refusal(create({ S3BucketName: 'No_Bucket' }))).toMatchObject({
      code: 'InvalidS3BucketNameException',
    })
    const policies = {
      'without-policy': undefined,
      'of-another-trail': bucketPolicy('of-another-trail', 'Other'),
      'of-other-objects': bucketPolicy('of-other-objects').replace('/*AWSLogs', '/Other'),
      'without-acl-check': bucketPolicy('without-acl-check').replace(
        's3:GetBucketAcl',
        's3:ListBucket',
      ),
    }
    for (const [name, policy] of Object.entries(policies)) {
      await house.bucket(name, policy ?? bucketPolicy(name))
      if (policy === undefined) await house.s3.deleteBucketPolicy({ Bucket: name })
      expect(await refusal(create({ S3BucketName: name }))).toEqual({
        code: 'InsufficientS3BucketPolicyException',
        message: `Incorrect S3 bucket policy is detected for bucket: ${name}`,
      })
    }
  })

  it('refuses prefixes, switches and destinations that cannot be', async () => {
    expect(await refusal(create({ S3KeyPrefix: 'a'.repeat(201) }))).toMatchObject({
      code: 'InvalidS3PrefixException',
    })
    expect(await refusal(create({ S3KeyPrefix: 'a\u0000' }))).toMatchObject({
      code: 'InvalidS3PrefixException',
    })
    expect(
      await refusal(create({ IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false })),
    ).toMatchObject({ code: 'InvalidParameterCombinationException' })
    expect(await refusal(create({ SnsTopicName: 'topic' }))).toMatchObject({
      code: 'InsufficientSnsTopicPolicyException',
    })
    expect(await refusal(create({ IsOrganizationTrail: true }))).toMatchObject({
      code: 'OrganizationsNotInUseException',
    })
    expect(await refusal(create({ TagsList: [{ Key: 'aws:a', Value: 'b' }] }))).toMatchObject({
      code: 'InvalidTagParameterException',
    })
  })

  it('refuses the sixth trail of a region', async () => {
    const names = ['t-1', 't-2', 't-3', 't-4', 't-5']
    for (const name of names) {
      await house.bucket(`bucket-${name}`, bucketPolicy(`bucket-${name}`, name))
      await create({ Name: name, S3BucketName: `bucket-${name}` })
    }
    expect(await refusal(create())).toEqual({
      code: 'MaximumNumberOfTrailsExceededException',
      message: `User: ${ACCOUNT} already has 5 trails in ${REGION}.`,
    })
    for (const name of names) await remove(name)
  })
})

describe('the key of a trail', () => {
  const news = async (work: () => Promise<unknown>) => {
    const before = (await house.kms.records()).length
    await work()
    return (await house.kms.records()).slice(before)
  }

  it('is asked for a data key, as CloudTrail, in the context of all that will be delivered', async () => {
    const [acl, asked, ...more] = await news(() => create({ KmsKeyId: keyId }))
    expect(more.map(({ eventName }) => eventName)).toEqual(['CreateTrail'])
    // As CloudTrail does: it looks at the bucket first.
    expect(acl).toMatchObject({
      eventName: 'GetBucketAcl',
      userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
    })
    expect(asked).toMatchObject({
      eventName: 'GenerateDataKey',
      userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
      requestParameters: {
        ...{ keyId, keySpec: 'AES_256' },
        encryptionContext: {
          'aws:cloudtrail:arn': trailArn('Default'),
          'aws:s3:arn': `arn:aws:s3:::${BUCKET}/AWSLogs/${ACCOUNT}/`,
        },
      },
    })
    await remove()
  })

  it.each([
    ['an id', (arn: string) => arn.split('/')[1]!],
    ['an alias', () => 'alias/logs'],
    ['the ARN of an alias', () => `arn:aws:kms:${REGION}:${ACCOUNT}:alias/logs`],
  ])('may be named by %s, and is shown by its ARN', async (_, named) => {
    await house.kms.kms.createAlias({ AliasName: 'alias/logs', TargetKeyId: keyId })
    expect(await create({ KmsKeyId: named(keyId) })).toMatchObject({ KmsKeyId: keyId })
    await house.kms.kms.deleteAlias({ AliasName: 'alias/logs' })
    await remove()
  })

  it('is decrypted with, too, where the bucket has a bucket key', async () => {
    await house.s3.putBucketEncryption({
      Bucket: BUCKET,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyId },
            BucketKeyEnabled: true,
          },
        ],
      },
    })
    expect(await refusal(create({ KmsKeyId: keyId }))).toMatchObject({
      code: 'InsufficientEncryptionPolicyException',
    })
    const both = keyPolicy().replace(
      '"kms:GenerateDataKey*"',
      '["kms:GenerateDataKey*","kms:Decrypt"]',
    )
    const key = await house.key(both)
    const records = await news(() => create({ KmsKeyId: key }))
    expect(records.map(({ eventName }) => eventName)).toEqual([
      'GetBucketAcl',
      'GenerateDataKey',
      'Decrypt',
      'CreateTrail',
    ])
    await house.s3.deleteBucketEncryption({ Bucket: BUCKET })
    await remove()
  })

  it('that CloudTrail may not use is refused, with what would do', async () => {
    const without = await house.key(
      JSON.stringify({ Statement: [JSON.parse(keyPolicy()).Statement[0]] }),
    )
    const told = await refusal(create({ KmsKeyId: without }))
    expect(told.code).toBe('InsufficientEncryptionPolicyException')
    expect(told.message).toContain(
      `Insufficient permissions to access S3 bucket ${BUCKET} or KMS key ${without}.`,
    )
    expect(told.message).toContain('sealtrail trail policy Default')
    const other = await house.key(keyPolicy('Other'))
    expect((await refusal(create({ KmsKeyId: other }))).code).toBe(
      'InsufficientEncryptionPolicyException',
    )
  })

  it.each([
    [
      'that is not there',
      `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
      'KmsKeyNotFoundException',
    ],
    [
      'of another region',
      `arn:aws:kms:us-west-2:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
      'KmsKeyNotFoundException',
    ],
    [
      'of another account, which may be there or not',
      `arn:aws:kms:${REGION}:444455556666:key/11111111-2222-3333-4444-555555555555`,
      'InsufficientEncryptionPolicyException',
    ],
    ['that is no name of one', 'not a key', 'InvalidKmsKeyIdException'],
    [
      'that is the ARN of something else',
      `arn:aws:s3:${REGION}:${ACCOUNT}:key/x`,
      'InvalidKmsKeyIdException',
    ],
  ])('%s is refused', async (_, KmsKeyId, code) => {
    expect((await refusal(create({ KmsKeyId }))).code).toBe(code)
  })

  it.each([
    ['disabled', (KeyId: string) => house.kms.kms.disableKey({ KeyId })],
    ['pending deletion', (KeyId: string) => house.kms.kms.scheduleKeyDeletion({ KeyId })],
  ])('that is %s is refused, and an update leaves the trail as it was', async (_, spoil) => {
    await create({ KmsKeyId: keyId })
    const before = await house.trail.getTrail({ Name: 'Default' })
    const key = await house.key()
    await spoil(key)
    const told = await refusal(
      house.trail.updateTrail({ Name: 'Default', KmsKeyId: key, S3KeyPrefix: 'x' }),
    )
    expect(told.code).toBe('KmsException')
    expect(told.message).toContain(key)
    expect(await house.trail.getTrail({ Name: 'Default' })).toEqual(before)
    await remove()
  })
})

describe('UpdateTrail', () => {
  it('changes what is said, and leaves the rest', async () => {
    await create({ KmsKeyId: keyId, S3KeyPrefix: 'old' })
    const update = (more: object) => house.trail.updateTrail({ Name: 'Default', ...more })
    expect(await update({ EnableLogFileValidation: true })).toEqual({
      ...{ ...SHOWN, S3KeyPrefix: 'old', KmsKeyId: keyId, LogFileValidationEnabled: true },
    })
    expect(await update({ KmsKeyId: '', S3KeyPrefix: '' })).toEqual({
      ...{ ...SHOWN, LogFileValidationEnabled: true },
    })
    await remove()
  })

  it('is refused in another region than its home, and for a trail that is not there', async () => {
    await create({ IsMultiRegionTrail: true })
    const elsewhere = house.as({ ...root, region: 'us-west-2' })
    expect((await refusal(elsewhere.updateTrail({ Name: trailArn('Default') }))).code).toBe(
      'InvalidHomeRegionException',
    )
    expect(await refusal(house.trail.updateTrail({ Name: 'Other' }))).toEqual({
      code: 'TrailNotFoundException',
      message: `Unknown trail: ${trailArn('Other')} for the user: ${ACCOUNT}`,
    })
    expect((await refusal(house.trail.updateTrail({ Name: 'arn:aws:s3:::x' }))).code).toBe(
      'CloudTrailARNInvalidException',
    )
    await remove()
  })
})

describe('a trail', () => {
  it('is shown in other regions only when it is of all, and to other accounts never', async () => {
    await create()
    await house.bucket('of-all', bucketPolicy('of-all', 'of-all'))
    await create({ Name: 'of-all', S3BucketName: 'of-all', IsMultiRegionTrail: true })
    const names = async (trail = house.trail, input = {}) => {
      const { trailList } = (await trail.describeTrails(input)) as {
        trailList: Array<{ Name: string }>
      }
      return trailList.map(({ Name }) => Name)
    }
    const elsewhere = house.as({ ...root, region: 'us-west-2' })
    const stranger = house.as(accountRoot('444455556666', REGION))
    expect(await names()).toEqual(['Default', 'of-all'])
    expect(await names(house.trail, { trailNameList: ['of-all', 'no-such'] })).toEqual(['of-all'])
    expect(await names(elsewhere)).toEqual(['of-all'])
    expect(await names(elsewhere, { trailNameList: ['of-all'] })).toEqual(['of-all'])
    expect(await names(elsewhere, { includeShadowTrails: false })).toEqual([])
    expect(await names(stranger)).toEqual([])
    expect((await refusal(stranger.getTrail({ Name: trailArn('Default') }))).code).toBe(
      'AccessDeniedException',
    )
    expect(await elsewhere.listTrails({})).toEqual({
      Trails: ['Default', 'of-all'].map((Name) => ({
        Name,
        TrailARN: trailArn(Name),
        HomeRegion: REGION,
      })),
    })
    await remove()
    await remove('of-all')
    expect(await names()).toEqual([])
  })

  it('has tags', async () => {
    await create({ TagsList: [{ Key: 'a', Value: '1' }] })
    const ResourceId = trailArn('Default')
    await house.trail.addTags({
      ResourceId,
      TagsList: [
        { Key: 'a', Value: '2' },
        { Key: 'b', Value: 'x' },
      ],
    })
    const tags = async () => {
      const list = (await house.trail.listTags({ ResourceIdList: [ResourceId] })) as {
        ResourceTagList: Array<{ TagsList: object[] }>
      }
      return list.ResourceTagList[0]!.TagsList
    }
    expect(await tags()).toEqual([
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: 'x' },
    ])
    await house.trail.removeTags({ ResourceId, TagsList: [{ Key: 'a' }] })
    expect(await tags()).toEqual([{ Key: 'b', Value: 'x' }])
    expect((await refusal(house.trail.addTags({ ResourceId: 'Default', TagsList: [] }))).code).toBe(
      'CloudTrailARNInvalidException',
    )
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }))
    expect((await refusal(house.trail.addTags({ ResourceId, TagsList: many }))).code).toBe(
      'TagsLimitExceededException',
    )
    await remove()
  })

  it('is one that policies name: who may not learns nothing of it', async () => {
    await create()
    const identity = {
      type: 'IAMUser',
      arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
      accountId: ACCOUNT,
    } as const
    const policies = {
      tags: [],
      identityPolicies: [
        {
          ...{ name: 'p', version: 1 },
          text: JSON.stringify({
            Version: '2012-10-17',
            Statement: {
              ...{ Effect: 'Allow', Action: 'cloudtrail:GetTrail' },
              Resource: trailArn('Default'),
            },
          }),
        },
      ],
      boundary: undefined,
    }
    const ann = house.as({ account: ACCOUNT, region: REGION, identity, policies: () => policies })
    expect(await ann.getTrail({ Name: 'Default' })).toBeDefined()
    const told = await refusal(ann.deleteTrail({ Name: 'Default' }))
    expect(told).toEqual({
      code: 'AccessDeniedException',
      message:
        `User: ${identity.arn} is not authorized to perform: cloudtrail:DeleteTrail on resource: ` +
        `${trailArn('Default')} because no identity-based policy allows the cloudtrail:DeleteTrail action`,
    })
    expect((await refusal(ann.deleteTrail({ Name: 'Other' }))).code).toBe('AccessDeniedException')
    await remove()
  })
})

describe('event selectors', () => {
  const put = (more: object) => house.trail.putEventSelectors({ TrailName: 'Default', ...more })
  beforeAll(() => create())
  afterAll(() => remove())

  it('are all management events until somebody sets others', async () => {
    const EventSelectors = [
      {
        ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
        ...{ DataResources: [], ExcludeManagementEventSources: [] },
      },
    ]
    const TrailARN = trailArn('Default')
    expect(await house.trail.getEventSelectors({ TrailName: 'Default' })).toEqual({
      TrailARN,
      EventSelectors,
    })
    const AdvancedEventSelectors = [
      { Name: 'all', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
    ]
    expect(await put({ AdvancedEventSelectors })).toEqual({ TrailARN, AdvancedEventSelectors })
    expect(await house.trail.getTrail({ Name: 'Default' })).toMatchObject({
      Trail: { HasCustomEventSelectors: true },
    })
  })

  const management = { Field: 'eventCategory', Equals: ['Management'] }
  it.each([
    ['neither kind', {}],
    [
      'both kinds',
      { EventSelectors: [{}], AdvancedEventSelectors: [{ FieldSelectors: [management] }] },
    ],
    ['none', { EventSelectors: [] }],
    ['six', { EventSelectors: [{}, {}, {}, {}, {}, {}] }],
    [
      'a source that cannot be excluded',
      { EventSelectors: [{ ExcludeManagementEventSources: ['s3.amazonaws.com'] }] },
    ],
    [
      'a type that there is not',
      { EventSelectors: [{ DataResources: [{ Type: 'AWS::X', Values: [] }] }] },
    ],
    [
      'no category',
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'readOnly', Equals: ['true'] }] }] },
    ],
    ['a field twice', { AdvancedEventSelectors: [{ FieldSelectors: [management, management] }] }],
    [
      'a field of others',
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [management, { Field: 'resources.ARN', Equals: ['a'] }] },
        ],
      },
    ],
    [
      'a field without an operator',
      { AdvancedEventSelectors: [{ FieldSelectors: [management, { Field: 'eventName' }] }] },
    ],
    [
      'data without their type',
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] },
        ],
      },
    ],
  ])('with %s are refused', async (_, given) => {
    expect((await refusal(put(given))).code).toBe('InvalidEventSelectorsException')
  })
})

describe('LookupEvents', () => {
  interface Found {
    readonly Events: Array<{ EventName: string; EventId: string; CloudTrailEvent: string }>
    readonly NextToken?: string
  }
  const lookup = (input: object = {}) => house.trail.lookupEvents(input as never) as Promise<Found>
  const by = (AttributeKey: string, AttributeValue: string) => ({
    LookupAttributes: [{ AttributeKey, AttributeValue }],
  })

  it('gives the newest first, 50 a page, and every event once', async () => {
    for (let i = 0; i < 60; i++) await house.kms.kms.describeKey({ KeyId: keyId })
    const names = (found: Found) => found.Events.map(({ EventName }) => EventName)
    const first = await lookup(by('EventName', 'DescribeKey'))
    expect(names(first)).toEqual(Array(50).fill('DescribeKey'))
    const second = await lookup({ ...by('EventName', 'DescribeKey'), NextToken: first.NextToken })
    expect(names(second)).toHaveLength(10)
    expect(second.NextToken).toBeUndefined()
    const ids = [...first.Events, ...second.Events].map(({ EventId }) => EventId)
    expect(new Set(ids).size).toBe(60)
    expect((await lookup({ MaxResults: 3 })).Events).toHaveLength(3)
  })

  it('finds by each of the eight attributes, by one at a time', async () => {
    const { Events } = await lookup(by('EventName', 'CreateKey'))
    const event = Events[0]!
    const record = JSON.parse(event.CloudTrailEvent)
    expect(event).toMatchObject({
      ...{
        EventName: 'CreateKey',
        ReadOnly: 'false',
        EventSource: 'kms.amazonaws.com',
        Username: 'root',
      },
      Resources: [{ ResourceType: 'AWS::KMS::Key', ResourceName: record.resources[0].ARN }],
    })
    const attributes = [
      ['EventId', event.EventId],
      ['ReadOnly', 'false'],
      ['Username', 'root'],
      ['ResourceType', 'AWS::KMS::Key'],
      ['ResourceName', record.resources[0].ARN],
      ['EventSource', 'kms.amazonaws.com'],
    ] as const
    for (const [key, value] of attributes) {
      const ids = (await lookup(by(key, value))).Events.map(({ EventId }) => EventId)
      expect(ids.length, key).toBeGreaterThan(0)
      if (key === 'EventId' || key === 'ResourceName') expect(ids).toContain(event.EventId)
    }
    expect((await lookup(by('AccessKeyId', 'AKIDNOBODY'))).Events).toEqual([])
    const two = {
      LookupAttributes: [
        ...by('EventName', 'a').LookupAttributes,
        ...by('EventId', 'b').LookupAttributes,
      ],
    }
    expect((await refusal(lookup(two))).code).toBe('InvalidLookupAttributesException')
  })

  it('keeps to times, account and region', async () => {
    const now = house.kms.clock.time
    house.kms.clock.time += 60_000
    await house.kms.kms.describeKey({ KeyId: keyId })
    const since = await lookup({ StartTime: new Date(now + 1000) })
    expect(since.Events.map(({ EventName }) => EventName)).toContain('DescribeKey')
    const early = await lookup({ EndTime: new Date(now - 24 * 3600_000) })
    expect(early.Events).toEqual([])
    const ahead = { StartTime: new Date(now), EndTime: new Date(now - 1000) }
    expect((await refusal(lookup(ahead))).code).toBe('InvalidTimeRangeException')
    expect((await refusal(lookup({ NextToken: 'bm90IG91cnM' }))).code).toBe(
      'InvalidNextTokenException',
    )
    const stranger = house.as(accountRoot('777788889999', REGION))
    expect(await stranger.lookupEvents({})).toEqual({ Events: [] })
    house.kms.clock.time += 91 * 24 * 3600_000
    expect((await lookup(by('EventName', 'CreateKey'))).Events).toEqual([])
  })
})
