import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InputOf } from '../../../src/s3/model.js'
import { BucketsHouse, strangersRoot } from './buckets-house.js'

let house: BucketsHouse
beforeAll(async () => {
  house = await BucketsHouse.open()
})
afterAll(async () => {
  await house.remove()
})

const MALFORMED =
  'The XML you provided was not well-formed or did not validate against our published schema'
let count = 0
const fresh = () => house.bucket(`configured-${++count}`)

describe('versioning', () => {
  const put = (Bucket: string, Status?: 'Enabled' | 'Suspended', MFADelete?: 'Enabled') => ({
    ...{ Bucket, VersioningConfiguration: { Status, MFADelete } },
  })

  it('is not there, then enabled, then suspended, and enabled again', async () => {
    const Bucket = await fresh()
    expect(await house.call('GetBucketVersioning', { Bucket })).toEqual({})
    for (const Status of ['Enabled', 'Suspended', 'Enabled'] as const) {
      await house.call('PutBucketVersioning', put(Bucket, Status))
      expect(await house.call('GetBucketVersioning', { Bucket })).toEqual({ Status })
    }
  })

  it('is refused without a status, and with a second factor', async () => {
    const Bucket = await fresh()
    const nothing = await house.refusal('PutBucketVersioning', put(Bucket))
    expect(nothing).toMatchObject({ code: 'MalformedXML', message: MALFORMED })
    const factor = await house.refusal('PutBucketVersioning', put(Bucket, 'Enabled', 'Enabled'))
    expect(factor.code).toBe('NotImplemented')
    expect(await house.call('GetBucketVersioning', { Bucket })).toEqual({})
  })

  it('is not suspended where objects can be locked', async () => {
    const Bucket = await fresh()
    await house.call('PutBucketVersioning', put(Bucket, 'Enabled'))
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' } as const
    await house.call('PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration })
    expect(await house.refusal('PutBucketVersioning', put(Bucket, 'Suspended'))).toMatchObject({
      code: 'InvalidBucketState',
      message:
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    })
    await house.call('PutBucketVersioning', put(Bucket, 'Enabled'))
  })
})

describe('the encryption of a bucket', () => {
  type Rules = InputOf<'PutBucketEncryption'>['ServerSideEncryptionConfiguration']['Rules']
  const put = (Bucket: string, Rules: Rules) => ({
    ...{ Bucket, ServerSideEncryptionConfiguration: { Rules } },
  })
  const ruleOf = async (Bucket: string) => {
    const answer = await house.call('GetBucketEncryption', { Bucket })
    return (answer.ServerSideEncryptionConfiguration as { Rules: Rules }).Rules
  }
  const none = {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
    BucketKeyEnabled: false,
    BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
  }

  it('is always there', async () => {
    const Bucket = await fresh()
    expect(await ruleOf(Bucket)).toEqual([none])
    await house.call('DeleteBucketEncryption', { Bucket })
    await house.call('DeleteBucketEncryption', { Bucket })
    expect(await ruleOf(Bucket)).toEqual([none])
  })

  it('is as it was put, until it is deleted, whether the key is there or not', async () => {
    const Bucket = await fresh()
    const ApplyServerSideEncryptionByDefault = {
      ...({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/nobody-has-this' } as const),
    }
    const BlockedEncryptionTypes = { EncryptionType: ['NONE'] } as const
    const rule = {
      ApplyServerSideEncryptionByDefault,
      BucketKeyEnabled: true,
      BlockedEncryptionTypes,
    }
    await house.call('PutBucketEncryption', put(Bucket, [rule]))
    expect(await ruleOf(Bucket)).toEqual([rule])
    await house.call('DeleteBucketEncryption', { Bucket })
    expect(await ruleOf(Bucket)).toEqual([{ ...none, BlockedEncryptionTypes }])
  })

  it('may block customers’ keys or not, and nothing else with it', async () => {
    const Bucket = await fresh()
    const block = (...EncryptionType: ('NONE' | 'SSE-C')[]) =>
      put(Bucket, [{ BlockedEncryptionTypes: { EncryptionType } }])
    await house.call('PutBucketEncryption', block('NONE'))
    expect((await ruleOf(Bucket))[0]?.BlockedEncryptionTypes).toEqual({ EncryptionType: ['NONE'] })
    await house.call('PutBucketEncryption', block('SSE-C'))
    expect((await ruleOf(Bucket))[0]?.BlockedEncryptionTypes).toEqual({ EncryptionType: ['SSE-C'] })
    expect((await house.refusal('PutBucketEncryption', block('NONE', 'SSE-C'))).code).toBe(
      'MalformedXML',
    )
    expect((await house.refusal('PutBucketEncryption', block())).code).toBe('MalformedXML')
  })

  it('is refused where it makes no sense', async () => {
    const Bucket = await fresh()
    const aes = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } as const
    const fsx = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:fsx' } } as const
    for (const rules of [[], [aes, aes], [{}], [fsx]]) {
      const refusal = await house.refusal('PutBucketEncryption', put(Bucket, rules))
      expect(refusal).toMatchObject({ code: 'MalformedXML', message: MALFORMED })
    }
    const ApplyServerSideEncryptionByDefault = {
      ...({ SSEAlgorithm: 'AES256', KMSMasterKeyID: 'a' } as const),
    }
    const rule = { ApplyServerSideEncryptionByDefault }
    expect(await house.refusal('PutBucketEncryption', put(Bucket, [rule]))).toEqual({
      code: 'InvalidArgument',
      message:
        'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      detail: { ArgumentName: 'ApplyServerSideEncryptionByDefault' },
    })
  })
})

describe('ownership controls', () => {
  it('are there from the start, changed, and deleted', async () => {
    const Bucket = await fresh()
    const rules = (ObjectOwnership: string) => ({
      ...{ OwnershipControls: { Rules: [{ ObjectOwnership }] } },
    })
    const get = () => house.call('GetBucketOwnershipControls', { Bucket })
    expect(await get()).toEqual(rules('BucketOwnerEnforced'))
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } as const
    await house.call('PutBucketOwnershipControls', { Bucket, OwnershipControls })
    expect(await get()).toEqual(rules('ObjectWriter'))
    await house.call('DeleteBucketOwnershipControls', { Bucket })
    await house.call('DeleteBucketOwnershipControls', { Bucket })
    expect(await house.refusal('GetBucketOwnershipControls', { Bucket })).toEqual({
      code: 'OwnershipControlsNotFoundError',
      message: 'The bucket ownership controls were not found',
      detail: { BucketName: Bucket },
    })
  })

  it('have one rule', async () => {
    const Bucket = await fresh()
    const rule = { ObjectOwnership: 'ObjectWriter' } as const
    for (const Rules of [[], [rule, rule]]) {
      const input = { Bucket, OwnershipControls: { Rules } }
      expect((await house.refusal('PutBucketOwnershipControls', input)).code).toBe('MalformedXML')
    }
  })
})

describe('the public-access block', () => {
  const all = (is: boolean) => ({
    ...{ BlockPublicAcls: is, IgnorePublicAcls: is, BlockPublicPolicy: is },
    RestrictPublicBuckets: is,
  })

  it('is on from the start, changed, and deleted', async () => {
    const Bucket = await fresh()
    const get = async () =>
      (await house.call('GetPublicAccessBlock', { Bucket })).PublicAccessBlockConfiguration
    expect(await get()).toEqual(all(true))
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: true }
    await house.call('PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration })
    expect(await get()).toEqual({ ...all(false), BlockPublicPolicy: true })
    await house.call('DeletePublicAccessBlock', { Bucket })
    await house.call('DeletePublicAccessBlock', { Bucket })
    expect(await house.refusal('GetPublicAccessBlock', { Bucket })).toEqual({
      code: 'NoSuchPublicAccessBlockConfiguration',
      message: 'The public access block configuration was not found',
      detail: { BucketName: Bucket },
    })
  })

  it('says something', async () => {
    const Bucket = await fresh()
    const input = { Bucket, PublicAccessBlockConfiguration: {} }
    expect((await house.refusal('PutPublicAccessBlock', input)).code).toBe('MalformedXML')
  })
})

describe('access control lists', () => {
  it('give the owner full control, and nobody else anything', async () => {
    const Bucket = await fresh()
    const { Owner, Grants } = await house.call('GetBucketAcl', { Bucket })
    const { ID } = Owner as { ID: string }
    expect(ID).toMatch(/^[0-9a-f]{64}$/)
    const Grantee = { ID, Type: 'CanonicalUser' } as const
    expect(Grants).toEqual([{ Grantee, Permission: 'FULL_CONTROL' }])
    for (const ACL of ['private', 'bucket-owner-full-control']) {
      await house.call('PutBucketAcl', { Bucket, ACL })
    }
    const AccessControlPolicy = {
      ...{ Owner: { ID }, Grants: [{ Grantee, Permission: 'FULL_CONTROL' } as const] },
    }
    await house.call('PutBucketAcl', { Bucket, AccessControlPolicy })
  })

  it('that give others something are refused', async () => {
    const Bucket = await fresh()
    const notSupported = {
      ...{ code: 'AccessControlListNotSupported', message: 'The bucket does not allow ACLs' },
    }
    const stranger = { ID: 'f'.repeat(64), Type: 'CanonicalUser' } as const
    const Grants = [{ Grantee: stranger, Permission: 'READ' } as const]
    for (const more of [
      { ACL: 'public-read' } as const,
      { GrantRead: 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
      { AccessControlPolicy: { Owner: stranger, Grants } },
    ]) {
      const refusal = await house.refusal('PutBucketAcl', { Bucket, ...more })
      expect(refusal).toMatchObject(notSupported)
    }
    expect((await house.refusal('PutBucketAcl', { Bucket })).code).toBe('InvalidRequest')
    const odd = await house.refusal('PutBucketAcl', { Bucket, ACL: 'everybodys' })
    expect(odd.code).toBe('InvalidArgument')
    const AccessControlPolicy = { Grants }
    expect((await house.refusal('PutBucketAcl', { Bucket, AccessControlPolicy })).code).toBe(
      'MalformedACLError',
    )
    const both = { Bucket, ACL: 'private', GrantRead: 'id=1' } as const
    expect((await house.refusal('PutBucketAcl', both)).code).toBe('InvalidRequest')
  })

  it('are not public while that is blocked, and not offered after', async () => {
    const Bucket = await fresh()
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } as const
    await house.call('PutBucketOwnershipControls', { Bucket, OwnershipControls })
    const input = { Bucket, ACL: 'public-read' } as const
    expect((await house.refusal('PutBucketAcl', input)).code).toBe('AccessDeniedException')
    await house.call('DeletePublicAccessBlock', { Bucket })
    expect((await house.refusal('PutBucketAcl', input)).code).toBe('NotImplemented')
  })

  it('are none that a bucket is made with', async () => {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const
    const made = { Bucket: 'made-with-acl', CreateBucketConfiguration, ACL: 'public-read' } as const
    expect(await house.refusal('CreateBucket', made)).toMatchObject({
      code: 'InvalidBucketAclWithObjectOwnership',
      message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    })
    const loose = { ...made, ObjectOwnership: 'ObjectWriter' } as const
    expect(await house.refusal('CreateBucket', loose)).toMatchObject({
      code: 'InvalidBucketAclWithBlockPublicAccessError',
      message: 'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
    })
    await house.call('CreateBucket', { ...made, ACL: 'private' })
  })

  it('of an object are those of its bucket', async () => {
    const Bucket = await fresh()
    const bucketId = (await house.parts.buckets.find(Bucket))!.id
    const row = (object_key: string, is_marker: number) => ({
      ...{ bucket_id: bucketId, object_key, version_order: -1, version_id: 'v1', is_latest: 1 },
      ...{ is_marker, bytes: 0, etag: '', modified_at: 0, blob: null, upload_id: null },
      ...{ facts: '{}', mac: Buffer.alloc(32) },
    })
    const rows = [row('there', 0), row('marked', 1)]
    const changes = rows.map((row) => ({ put: 's3_version', row }) as const)
    await house.kms.store.commit({ changes })
    const there = { Bucket, Key: 'there' }
    expect(await house.call('GetObjectAcl', there)).toEqual(
      await house.call('GetBucketAcl', { Bucket }),
    )
    await house.call('PutObjectAcl', { ...there, ACL: 'bucket-owner-full-control' })
    await house.call('PutObjectAcl', { ...there, VersionId: 'v1', ACL: 'private' })
    const open = { ...there, ACL: 'public-read' } as const
    expect((await house.refusal('PutObjectAcl', open)).code).toBe('AccessControlListNotSupported')
    const codes = async (Key: string, VersionId?: string) =>
      (await house.refusal('GetObjectAcl', { Bucket, Key, VersionId })).code
    expect(await codes('absent')).toBe('NoSuchKey')
    expect(await codes('marked')).toBe('NoSuchKey')
    expect(await codes('marked', 'v1')).toBe('MethodNotAllowed')
    expect(await codes('there', 'v2')).toBe('NoSuchVersion')
  })
})

describe('the tags of a bucket', () => {
  const tag = (Key: string, Value = '') => ({ Key, Value })

  it('are put, replaced, and deleted', async () => {
    const Bucket = await fresh()
    const put = (TagSet: { Key: string; Value: string }[]) =>
      house.call('PutBucketTagging', { Bucket, Tagging: { TagSet } })
    const noTags = { code: 'NoSuchTagSet', message: 'The TagSet does not exist' }
    const get = () => house.refusal('GetBucketTagging', { Bucket })
    expect(await get()).toMatchObject({ ...noTags, detail: { BucketName: Bucket } })
    await put([tag('tag1', 'tag1'), tag('tag2')])
    const two = await house.call('GetBucketTagging', { Bucket })
    expect(two).toEqual({ TagSet: [tag('tag1', 'tag1'), tag('tag2')] })
    await put([tag('tag3', 'æ +-=._:/@')])
    const one = await house.call('GetBucketTagging', { Bucket })
    expect(one).toEqual({ TagSet: [tag('tag3', 'æ +-=._:/@')] })
    await put([])
    expect(await get()).toMatchObject(noTags)
    await put([tag('tag4')])
    await house.call('DeleteBucketTagging', { Bucket })
    await house.call('DeleteBucketTagging', { Bucket })
    expect(await get()).toMatchObject(noTags)
  })

  it.each([
    [[tag('a'), tag('a')], 'Cannot provide multiple Tags with the same key', { TagKey: 'a' }],
    [[tag('a,b')], 'The TagKey you have provided is invalid', { TagKey: 'a,b' }],
    [[tag('k'.repeat(129))], 'The TagKey you have provided is invalid', {}],
    [[tag('a', 'b,c')], 'The TagValue you have provided is invalid', { TagValue: 'b,c' }],
    [[tag('a', 'v'.repeat(257))], 'The TagValue you have provided is invalid', {}],
    [[tag('aws:a')], 'System tags cannot be added/updated by requester', { TagKey: 'aws:a' }],
    [
      Array.from({ length: 51 }, (_, i) => tag(`k${i}`)),
      ...(['Bucket tag count cannot be greater than 50', {}] as const),
    ],
  ])('are refused when they are none: %#', async (TagSet, message, detail) => {
    const Bucket = await fresh()
    const refusal = await house.refusal('PutBucketTagging', { Bucket, Tagging: { TagSet } })
    expect(refusal).toMatchObject({ code: 'InvalidTag', message, detail })
  })
})

describe('the CORS rules of a bucket', () => {
  const rule = { AllowedMethods: ['GET'], AllowedOrigins: ['https://*.example.com'] }
  const put = (Bucket: string, CORSRules: object[]) =>
    ({ Bucket, CORSConfiguration: { CORSRules } }) as unknown as InputOf<'PutBucketCors'>

  it('are put, read back, and deleted', async () => {
    const Bucket = await fresh()
    const none = {
      code: 'NoSuchCORSConfiguration',
      message: 'The CORS configuration does not exist',
    }
    expect(await house.refusal('GetBucketCors', { Bucket })).toMatchObject(none)
    const more = { ID: 'a', AllowedHeaders: ['*'], ExposeHeaders: ['ETag'], MaxAgeSeconds: 30 }
    await house.call('PutBucketCors', put(Bucket, [rule, { ...rule, ...more }]))
    const { CORSRules } = await house.call('GetBucketCors', { Bucket })
    expect(CORSRules).toEqual([rule, { ...rule, ...more }])
    await house.call('DeleteBucketCors', { Bucket })
    expect(await house.refusal('GetBucketCors', { Bucket })).toMatchObject(none)
  })

  it.each([
    [[], 'MalformedXML', MALFORMED],
    [Array.from({ length: 101 }, () => rule), 'MalformedXML', MALFORMED],
    [[{ ...rule, AllowedMethods: [] }], 'MalformedXML', MALFORMED],
    [[{ ...rule, AllowedOrigins: [] }], 'MalformedXML', MALFORMED],
    [[{ ...rule, ID: 'i'.repeat(256) }], 'MalformedXML', MALFORMED],
    [
      [{ ...rule, AllowedMethods: ['GET', 'PATCH'] }],
      'InvalidRequest',
      'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
    ],
    [
      [{ ...rule, AllowedOrigins: ['https://*.*.com'] }],
      'InvalidRequest',
      'AllowedOrigin "https://*.*.com" can not have more than one wildcard.',
    ],
    [
      [{ ...rule, AllowedHeaders: ['x-*-*'] }],
      'InvalidRequest',
      'AllowedHeader "x-*-*" can not have more than one wildcard.',
    ],
    [
      [{ ...rule, ExposeHeaders: ['x-*'] }],
      'InvalidRequest',
      'ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.',
    ],
  ])('are refused when a browser could not go by them: %#', async (rules, code, message) => {
    const Bucket = await fresh()
    const refusal = await house.refusal('PutBucketCors', put(Bucket, rules))
    expect(refusal).toMatchObject({ code, message })
  })
})

describe('object lock', () => {
  type Configuration = InputOf<'PutObjectLockConfiguration'>['ObjectLockConfiguration']
  const versioned = async () => {
    const Bucket = await fresh()
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await house.call('PutBucketVersioning', { Bucket, VersioningConfiguration })
    return Bucket
  }
  const lock = (retention?: object) => {
    const Rule = retention && { DefaultRetention: retention }
    return { ObjectLockEnabled: 'Enabled', Rule } as Configuration
  }

  it('is switched on later, given a default, and the default taken away', async () => {
    const Bucket = await versioned()
    expect(await house.refusal('GetObjectLockConfiguration', { Bucket })).toEqual({
      code: 'ObjectLockConfigurationNotFoundError',
      message: 'Object Lock configuration does not exist for this bucket',
      detail: { BucketName: Bucket },
    })
    for (const retention of [
      { Mode: 'GOVERNANCE', Days: 1 },
      { Mode: 'COMPLIANCE', Years: 3 },
      undefined,
    ]) {
      const ObjectLockConfiguration = lock(retention)
      await house.call('PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration })
      const Rule = retention && { DefaultRetention: retention }
      expect(await house.call('GetObjectLockConfiguration', { Bucket })).toEqual({
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...(Rule && { Rule }) },
      })
    }
  })

  it('needs versions', async () => {
    const Bucket = await fresh()
    const input = { Bucket, ObjectLockConfiguration: lock() }
    const refused = {
      code: 'InvalidBucketState',
      message: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    }
    expect(await house.refusal('PutObjectLockConfiguration', input)).toMatchObject(refused)
    const VersioningConfiguration = { Status: 'Suspended' } as const
    await house.call('PutBucketVersioning', { Bucket, VersioningConfiguration })
    expect(await house.refusal('PutObjectLockConfiguration', input)).toMatchObject(refused)
  })

  it.each([
    [undefined, 'MalformedXML'],
    [{}, 'MalformedXML'],
    [{ ObjectLockEnabled: 'Enabled', Rule: {} }, 'MalformedXML'],
    [lock({}), 'MalformedXML'],
    [lock({ Mode: 'GOVERNANCE' }), 'MalformedXML'],
    [lock({ Days: 1 }), 'MalformedXML'],
    [lock({ Mode: 'GOVERNANCE', Days: 1, Years: 1 }), 'MalformedXML'],
    [lock({ Mode: 'GOVERNANCE', Days: 0 }), 'InvalidArgument'],
    [lock({ Mode: 'GOVERNANCE', Years: -1 }), 'InvalidArgument'],
    [lock({ Mode: 'GOVERNANCE', Days: 36_501 }), 'InvalidArgument'],
    [lock({ Mode: 'GOVERNANCE', Years: 101 }), 'InvalidArgument'],
  ])('is refused with a configuration that says nothing definite: %#', async (given, code) => {
    const Bucket = await versioned()
    const input = { Bucket, ObjectLockConfiguration: given as Configuration }
    expect((await house.refusal('PutObjectLockConfiguration', input)).code).toBe(code)
  })
})

describe('what is set on a bucket', () => {
  it('is nothing that another account sees or changes', async () => {
    const Bucket = await fresh()
    for (const name of [
      ...([
        'GetBucketVersioning',
        'GetBucketEncryption',
        'GetBucketPolicy',
        'GetBucketCors',
      ] as const),
      ...(['GetBucketAcl', 'GetBucketTagging', 'GetPublicAccessBlock', 'HeadBucket'] as const),
      ...(['DeleteBucket', 'DeleteBucketPolicy', 'DeleteBucketLifecycle'] as const),
      ...(['DeleteBucketTagging', 'DeletePublicAccessBlock', 'GetBucketLocation'] as const),
    ]) {
      const refusal = await house.refusal(name, { Bucket }, strangersRoot)
      expect([name, refusal.code, refusal.message]).toEqual([
        ...[name, 'AccessDeniedException', 'Access Denied'],
      ])
    }
    expect((await house.refusal('HeadBucket', { Bucket })).code).toBe('done')
  })

  it('survives changes of anything else, many at once', async () => {
    const Bucket = await fresh()
    const TagSet = [{ Key: 'a', Value: 'b' }]
    const VersioningConfiguration = { Status: 'Enabled' } as const
    const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }]
    await Promise.all([
      house.call('PutBucketTagging', { Bucket, Tagging: { TagSet } }),
      house.call('PutBucketVersioning', { Bucket, VersioningConfiguration }),
      house.call('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules } }),
      house.call('DeletePublicAccessBlock', { Bucket }),
    ])
    const { config } = (await house.parts.buckets.find(Bucket))!
    expect(config).toEqual({
      ...{ tags: TagSet, versioning: 'Enabled', cors: { CORSRules }, publicAccess: null },
    })
  })
})
