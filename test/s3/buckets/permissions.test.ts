import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bucket } from '../../../src/s3/buckets/bucket.js'
import { absentObject, denialOfObject, mayObject } from '../../../src/s3/use/may.js'
import type { Caller } from '../../../src/service/caller.js'
import { hintOf } from '../../../src/service/deciding/verdict.js'
import { allow, deny, sessionWith, userWith } from '../../kms/bound.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import { beginCall } from './begin-call.js'
import {
  BucketsHouse,
  here,
  policyOf,
  root,
  STRANGER,
  serviceCaller,
  strangersRoot,
} from './buckets-house.js'

let house: BucketsHouse
beforeAll(async () => {
  house = await BucketsHouse.open()
})
afterAll(async () => {
  await house.remove()
})

const ANN = `arn:aws:iam::${ACCOUNT}:user/team/ann`
const OTHER_ANN = `arn:aws:iam::${STRANGER}:user/team/ann`
let count = 0

/** A new bucket with one statement about all of it. */
async function bucketWith(...statements: object[]): Promise<string> {
  const name = `guarded-${++count}`
  const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]
  const whole = statements.map((statement) => ({ Resource, ...statement }))
  return await house.bucket(name, whole)
}

const grant = (Principal: unknown, more = {}) => ({
  ...{ Effect: 'Allow', Principal, Action: 's3:*', ...more },
})

async function get(Bucket: string, caller: Caller) {
  const { code, message } = await house.refusal('GetBucketVersioning', { Bucket }, caller)
  return code === 'done' ? code : message
}

const told = (reason: string, name: string, arn = ANN) =>
  `User: ${arn} is not authorized to perform: s3:GetBucketVersioning on resource: "arn:aws:s3:::${name}" ${reason}`
const NO_IDENTITY = 'because no identity-based policy allows the s3:GetBucketVersioning action'
const NO_SESSION = 'because no session policy allows the s3:GetBucketVersioning action'
const NO_BOUNDARY = 'because no permissions boundary allows the s3:GetBucketVersioning action'

describe('a caller of the own account', () => {
  const able = { identity: [allow('s3:*')] }

  it('may by his own policies', async () => {
    const name = await bucketWith()
    expect(await get(name, userWith(able))).toBe('done')
    expect(await get(name, sessionWith(able))).toBe('done')
    expect(await get(name, userWith({}))).toBe(told(NO_IDENTITY, name))
  })

  it("may by the bucket's policy alone", async () => {
    const name = await bucketWith(grant({ AWS: ANN }))
    expect(await get(name, userWith({}))).toBe('done')
    const bob = userWith({}, ACCOUNT, 'bob')
    expect(await get(name, bob)).toBe(told(NO_IDENTITY, name, bob.identity.arn))
  })

  it('may not because his account may', async () => {
    const name = await bucketWith(grant({ AWS: ACCOUNT }))
    expect(await get(name, userWith({}))).toBe(told(NO_IDENTITY, name))
    expect(await get(name, userWith(able))).toBe('done')
  })

  it('may not what either denies', async () => {
    const name = await bucketWith({ ...grant({ AWS: ANN }), Effect: 'Deny' })
    expect(await get(name, userWith(able))).toBe(
      told('with an explicit deny in a resource-based policy', name),
    )
    const open = await bucketWith(grant({ AWS: ANN }))
    expect(await get(open, userWith({ identity: [deny('s3:*')] }))).toBe(
      told('with an explicit deny in an identity-based policy', open),
    )
  })

  it('is limited by his boundary and his session', async () => {
    const name = await bucketWith()
    const nothing = allow('kms:*')
    expect(await get(name, userWith({ ...able, boundary: nothing }))).toBe(told(NO_BOUNDARY, name))
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/Writer/one`
    const session = sessionWith({ ...able, session: [nothing] })
    expect(await get(name, session)).toBe(told(NO_SESSION, name, arn))
  })

  it('as its root user may all, but not what the policy denies', async () => {
    const name = await bucketWith({ ...grant('*'), Effect: 'Deny' })
    const arn = `arn:aws:iam::${ACCOUNT}:root`
    expect(await get(name, root)).toBe(
      told('with an explicit deny in a resource-based policy', name, arn),
    )
    const policy = await house.call('GetBucketPolicy', { Bucket: name })
    expect(policy.Policy).toContain('Deny')
    await house.call('PutBucketPolicy', { Bucket: name, Policy: policy.Policy as string })
    await house.call('DeleteBucketPolicy', { Bucket: name })
    expect(await get(name, root)).toBe('done')
  })
})

describe('a caller of another account', () => {
  const able = userWith({ identity: [allow('s3:*')] }, STRANGER)
  const unable = userWith({}, STRANGER)

  it("needs his own policies and the bucket's", async () => {
    const named = await bucketWith(grant({ AWS: OTHER_ANN }))
    expect(await get(named, able)).toBe('done')
    expect(await get(named, unable)).toBe('Access Denied')
    const delegated = await bucketWith(grant({ AWS: STRANGER }))
    expect(await get(delegated, able)).toBe('done')
    expect(await get(delegated, unable)).toBe('Access Denied')
    expect(await get(delegated, strangersRoot)).toBe('done')
    const silent = await bucketWith(grant({ AWS: ANN }))
    expect(await get(silent, able)).toBe('Access Denied')
    expect(await get(silent, strangersRoot)).toBe('Access Denied')
    expect(await get(await bucketWith(), able)).toBe('Access Denied')
  })

  it('may be named as S3 knows his account', async () => {
    const { Owner } = await house.call('ListBuckets', {}, strangersRoot)
    const name = await bucketWith(grant({ CanonicalUser: (Owner as { ID: string }).ID }))
    expect(await get(name, able)).toBe('done')
    expect(await get(name, unable)).toBe('Access Denied')
  })

  it('may not touch the policy, even where he may all', async () => {
    const name = await bucketWith(grant({ AWS: STRANGER }))
    const refused = {
      code: 'MethodNotAllowed',
      message: 'The specified method is not allowed against this resource.',
    }
    const Policy = policyOf([grant('*')])
    for (const refusal of [
      await house.refusal('GetBucketPolicy', { Bucket: name }, able),
      await house.refusal('PutBucketPolicy', { Bucket: name, Policy }, able),
      await house.refusal('DeleteBucketPolicy', { Bucket: name }, able),
    ]) {
      expect(refusal).toMatchObject(refused)
    }
  })

  it('may not by a public policy, while public buckets are restricted', async () => {
    const name = await bucketWith()
    const open = { Bucket: name, PublicAccessBlockConfiguration: { BlockPublicPolicy: false } }
    const Statement = [grant('*', { Resource: `arn:aws:s3:::${name}` })]
    await house.call('PutPublicAccessBlock', open)
    await house.setPolicy(name, Statement)
    expect(await get(name, able)).toBe('done')
    const restricted = {
      ...{ Bucket: name, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } },
    }
    await house.call('PutPublicAccessBlock', restricted)
    expect(await get(name, able)).toBe('Access Denied')
    expect(await get(name, userWith({}))).toBe('done')
    expect(await get(name, serviceCaller('logs.amazonaws.com'))).toBe('done')
  })

  it('makes the server, and nobody else, say why', async () => {
    const bucket = await found(await bucketWith())
    const call = beginCall(house, 'GetObjectAcl', { Bucket: bucket.name, Key: 'k' }, able)
    const denial = denialOfObject(call, bucket, 'k', 's3:GetObject')
    expect(denial?.message).toBe('Access Denied')
    expect(hintOf(denial)).toMatch(/another account's, and has no policy of its own/)
  })
})

describe('an AWS service', () => {
  const trail = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/main`
  const Condition = { StringEquals: { 'aws:SourceArn': trail } }
  const name = 'cloudtrail.amazonaws.com'

  it("may by the bucket's policy, for the trail that it names", async () => {
    const bucket = await bucketWith(grant({ Service: name }, { Condition }))
    expect(await get(bucket, serviceCaller(name, trail))).toBe('done')
    expect(await get(bucket, serviceCaller(name, `${trail}-two`))).toBe('Access Denied')
    expect(await get(bucket, serviceCaller(name))).toBe('Access Denied')
    expect(await get(bucket, serviceCaller('config.amazonaws.com', trail))).toBe('Access Denied')
    expect(await get(await bucketWith(), serviceCaller(name, trail))).toBe('Access Denied')
  })

  it('puts objects where it was told to, with the ACL that it was told', async () => {
    const key = `AWSLogs/${ACCOUNT}/one.json.gz`
    const full = { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } }
    const bucket = await found(
      await bucketWith(
        grant({ Service: name }, { Action: 's3:GetBucketAcl' }),
        grant({ Service: name }, { Action: 's3:PutObject', Condition: { ...Condition, ...full } }),
        grant(
          { Service: name },
          {
            Action: 's3:PutObject',
            Condition: { StringEquals: { ...full.StringEquals, ...Condition.StringEquals } },
          },
        ),
      ),
    )
    const put = (caller: Caller, ACL?: 'bucket-owner-full-control') => {
      const input = { Bucket: bucket.name, Key: key, ACL } as const
      const call = beginCall(house, 'PutObjectAcl', input, caller)
      mayObject(call, bucket, key, 's3:PutObject')
    }
    put(serviceCaller(name, trail), 'bucket-owner-full-control')
    expect(() => put(serviceCaller(name, trail))).toThrow('Access Denied')
  })
})

describe('whoever is not there any more', () => {
  it('is not who is made again under his name', async () => {
    house.ids.set(ANN, 'AIDAANN')
    const name = await bucketWith(grant({ AWS: ANN }))
    expect(await get(name, userWith({}))).toBe('done')
    const ann = userWith({})
    const again = { ...ann, identity: { ...ann.identity, principalId: 'AIDAANOTHER' } }
    expect(await get(name, again)).toBe(told(NO_IDENTITY, name))
    house.ids.set(ANN, 'AIDAANOTHER')
    const { Policy } = await house.call('GetBucketPolicy', { Bucket: name })
    expect(Policy).toContain('"AIDAANN"')
    house.ids.delete(ANN)
  })

  it("may nothing, not even what the bucket's policy allows", async () => {
    const name = await bucketWith(grant({ AWS: ANN }))
    const ghost = { ...userWith({}), policies: () => undefined }
    expect(await get(name, ghost)).toBe(told(NO_IDENTITY, name))
  })
})

describe('an object', () => {
  const reader = (bucket: string) =>
    userWith({ identity: [allow('s3:GetObject', { Resource: `arn:aws:s3:::${bucket}/mine/*` })] })

  it('is asked for by its own ARN', async () => {
    const bucket = await found(await bucketWith())
    const input = { Bucket: bucket.name, Key: 'mine/a' }
    const call = beginCall(house, 'GetObjectAcl', input, reader(bucket.name))
    mayObject(call, bucket, 'mine/a', 's3:GetObject')
    expect(() => mayObject(call, bucket, 'yours/a', 's3:GetObject')).toThrow(
      `User: ${ANN} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::${bucket.name}/yours/a" because no identity-based policy allows the s3:GetObject action`,
    )
    expect(() => mayObject(call, bucket, 'mine/a', 's3:PutObject')).toThrow(/s3:PutObject/)
  })

  it('that is not there is absent for whoever may list, and denied to others', async () => {
    const bucket = await found(await bucketWith())
    const input = { Bucket: bucket.name, Key: 'mine/a' }
    const blind = beginCall(house, 'GetObjectAcl', input, reader(bucket.name))
    expect(absentObject(blind, bucket, 'mine/a')).toMatchObject({
      code: 'AccessDeniedException',
      message: `User: ${ANN} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${bucket.name}" because no identity-based policy allows the s3:ListBucket action`,
    })
    const seeing = beginCall(house, 'GetObjectAcl', input, root)
    expect(absentObject(seeing, bucket, 'mine/a')).toMatchObject({
      ...{ code: 'NoSuchKey', message: 'The specified key does not exist.' },
      detail: { Key: 'mine/a' },
    })
    expect(absentObject(seeing, bucket, 'mine/a', 'v1').code).toBe('NoSuchVersion')
    expect(absentObject(blind, bucket, 'mine/a', 'v1').message).toMatch(/s3:ListBucketVersions/)
  })
})

/** Each operation, the permission without which it is refused, and what it needs besides the bucket. */
const ACTIONS: ReadonlyArray<readonly [string, string, object]> = [
  ['DeleteBucket', 'DeleteBucket', {}],
  ['DeleteBucketCors', 'PutBucketCORS', {}],
  ['DeleteBucketEncryption', 'PutEncryptionConfiguration', {}],
  ['DeleteBucketLifecycle', 'PutLifecycleConfiguration', {}],
  ['DeleteBucketOwnershipControls', 'PutBucketOwnershipControls', {}],
  ['DeleteBucketPolicy', 'DeleteBucketPolicy', {}],
  ['DeleteBucketTagging', 'PutBucketTagging', {}],
  ['DeletePublicAccessBlock', 'PutBucketPublicAccessBlock', {}],
  ['GetBucketAcl', 'GetBucketAcl', {}],
  ['GetBucketCors', 'GetBucketCORS', {}],
  ['GetBucketEncryption', 'GetEncryptionConfiguration', {}],
  ['GetBucketLifecycleConfiguration', 'GetLifecycleConfiguration', {}],
  ['GetBucketLocation', 'GetBucketLocation', {}],
  ['GetBucketOwnershipControls', 'GetBucketOwnershipControls', {}],
  ['GetBucketPolicy', 'GetBucketPolicy', {}],
  ['GetBucketPolicyStatus', 'GetBucketPolicyStatus', {}],
  ['GetBucketTagging', 'GetBucketTagging', {}],
  ['GetBucketVersioning', 'GetBucketVersioning', {}],
  ['GetObjectLockConfiguration', 'GetBucketObjectLockConfiguration', {}],
  ['GetPublicAccessBlock', 'GetBucketPublicAccessBlock', {}],
  ['HeadBucket', 'ListBucket', {}],
  ['PutBucketAcl', 'PutBucketAcl', { ACL: 'public-read' }],
  ['PutBucketCors', 'PutBucketCORS', { CORSConfiguration: { CORSRules: [] } }],
  [
    'PutBucketEncryption',
    'PutEncryptionConfiguration',
    { ServerSideEncryptionConfiguration: { Rules: [] } },
  ],
  ['PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration', {}],
  [
    'PutBucketOwnershipControls',
    'PutBucketOwnershipControls',
    { OwnershipControls: { Rules: [] } },
  ],
  ['PutBucketPolicy', 'PutBucketPolicy', { Policy: '{}' }],
  ['PutBucketTagging', 'PutBucketTagging', { Tagging: { TagSet: [] } }],
  ['PutBucketVersioning', 'PutBucketVersioning', { VersioningConfiguration: {} }],
  ['PutObjectLockConfiguration', 'PutBucketObjectLockConfiguration', {}],
  ['PutPublicAccessBlock', 'PutBucketPublicAccessBlock', { PublicAccessBlockConfiguration: {} }],
]

describe('an operation on a bucket', () => {
  it.each(ACTIONS)('%s needs s3:%s, and nothing else', async (named, permission, more) => {
    const [operation, action] = [named as 'HeadBucket', `s3:${permission}`]
    const name = await bucketWith()
    const input = { Bucket: name, ...more }
    const others = userWith({ identity: [allow('s3:*'), deny(action)] })
    const refused = await house.refusal(operation, input, others)
    expect(refused).toMatchObject({
      code: 'AccessDeniedException',
      message: `User: ${ANN} is not authorized to perform: ${action} on resource: "arn:aws:s3:::${name}" with an explicit deny in an identity-based policy`,
    })
    const only = userWith({ identity: [allow(action, { Resource: `arn:aws:s3:::${name}` })] })
    expect((await house.refusal(operation, input, only)).code).not.toBe('AccessDeniedException')
  })

  it('ListBuckets needs s3:ListAllMyBuckets', async () => {
    const able = userWith({ identity: [allow('s3:ListAllMyBuckets')] })
    expect((await house.refusal('ListBuckets', {}, able)).code).toBe('done')
    expect(await house.refusal('ListBuckets', {}, userWith({}))).toMatchObject({
      message: `User: ${ANN} is not authorized to perform: s3:ListAllMyBuckets on resource: "arn:aws:s3:::*" because no identity-based policy allows the s3:ListAllMyBuckets action`,
    })
  })

  it('CreateBucket needs what it sets, too', async () => {
    const Tags = [{ Key: 'team', Value: 'logs' }]
    const tagged = { CreateBucketConfiguration: { LocationConstraint: REGION, Tags } }
    const cases: ReadonlyArray<readonly [string, object]> = [
      ['s3:CreateBucket', {}],
      ['s3:PutBucketObjectLockConfiguration', { ObjectLockEnabledForBucket: true }],
      ['s3:PutBucketVersioning', { ObjectLockEnabledForBucket: true }],
      ['s3:PutBucketOwnershipControls', { ObjectOwnership: 'ObjectWriter' }],
      ['s3:PutBucketAcl', { ACL: 'public-read', ObjectOwnership: 'ObjectWriter' }],
      ['s3:TagResource', tagged],
    ]
    for (const [action, more] of cases) {
      const caller = userWith({ identity: [allow('s3:*'), deny(action)] })
      const input = { Bucket: 'not-allowed', ...here(REGION), ...more }
      const { message } = await house.refusal('CreateBucket', input, caller)
      expect(message).toContain(`perform: ${action} on resource: "arn:aws:s3:::not-allowed"`)
    }
    expect((await house.refusal('HeadBucket', { Bucket: 'not-allowed' })).code).toBe('NoSuchBucket')
    const Condition = { StringEquals: { 'aws:RequestTag/team': 'logs' } }
    const onlyLogs = userWith({
      identity: [allow('s3:CreateBucket'), allow('s3:TagResource', { Condition })],
    })
    const other = { ...tagged.CreateBucketConfiguration, Tags: [{ Key: 'team', Value: 'x' }] }
    const input = { Bucket: 'for-the-logs', CreateBucketConfiguration: other } as const
    expect((await house.refusal('CreateBucket', input, onlyLogs)).code).toBe(
      'AccessDeniedException',
    )
    await house.call('CreateBucket', { ...input, ...tagged } as typeof input, onlyLogs)
  })
})

async function found(name: string): Promise<Bucket> {
  return (await house.parts.buckets.find(name))!
}
