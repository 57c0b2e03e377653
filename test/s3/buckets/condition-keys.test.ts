import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bucket } from '../../../src/s3/buckets/bucket.js'
import type { InputOf, OperationName } from '../../../src/s3/model.js'
import type { ObjectFacts } from '../../../src/s3/use/facts.js'
import { mayBucket, mayInAccount, mayObject } from '../../../src/s3/use/may.js'
import type { CallContext } from '../../../src/service/calls/call-context.js'
import { allow, userWith } from '../../kms/bound.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import { beginCall } from './begin-call.js'
import { BucketsHouse } from './buckets-house.js'

let house: BucketsHouse
let bucket: Bucket
beforeAll(async () => {
  house = await BucketsHouse.open()
  bucket = (await house.parts.buckets.find(await house.bucket('conditioned')))!
})
afterAll(async () => {
  await house.remove()
})

interface Case {
  readonly key: string
  /** Of the policy. */
  readonly value: string | readonly string[]
  readonly operator?: string
  readonly operation: OperationName
  readonly input?: object
  /** As `input`, of a call that the condition does not allow; none unless said. */
  readonly other?: object
  readonly context?: Partial<CallContext>
  readonly otherContext?: Partial<CallContext>
  readonly facts?: ObjectFacts
  readonly otherFacts?: ObjectFacts
}

const time = () => house.kms.clock.now()
const IDS = { requestId: '0123456789ABCDEF', hostId: 'aG9zdA==' }
const http = (more: Partial<CallContext['http']>) => ({
  http: { ...IDS, host: 'h', authType: 'REST-HEADER' as const, ...more },
})
const tls = (tlsVersion: string) => ({ tls: { tlsVersion, cipherSuite: 'c' } })
const inDays = (days: number) => new Date(Date.UTC(2026, 0, 2 + days, 3))

/** A header or parameter that its operation takes as it is. */
const plain = (key: string, operation: OperationName, member: string, value: unknown): Case => ({
  ...{ key, value: String(value), operation, input: { [member]: value } },
})

const CASES: readonly Case[] = [
  plain('x-amz-acl', 'PutObject', 'ACL', 'bucket-owner-full-control'),
  plain('x-amz-grant-read', 'PutBucketAcl', 'GrantRead', 'id=1'),
  plain('x-amz-grant-write', 'PutBucketAcl', 'GrantWrite', 'id=1'),
  plain('x-amz-grant-read-acp', 'PutBucketAcl', 'GrantReadACP', 'id=1'),
  plain('x-amz-grant-write-acp', 'PutBucketAcl', 'GrantWriteACP', 'id=1'),
  plain('x-amz-grant-full-control', 'PutBucketAcl', 'GrantFullControl', 'id=1'),
  plain('x-amz-object-ownership', 'CreateBucket', 'ObjectOwnership', 'ObjectWriter'),
  plain('x-amz-bucket-namespace', 'CreateBucket', 'BucketNamespace', 'global'),
  plain('x-amz-server-side-encryption', 'PutObject', 'ServerSideEncryption', 'aws:kms'),
  plain('x-amz-server-side-encryption-aws-kms-key-id', 'PutObject', 'SSEKMSKeyId', 'arn:aws:kms:x'),
  plain(
    'x-amz-server-side-encryption-customer-algorithm',
    ...(['PutObject', 'SSECustomerAlgorithm', 'AES256'] as const),
  ),
  plain('x-amz-storage-class', 'PutObject', 'StorageClass', 'STANDARD_IA'),
  plain('x-amz-website-redirect-location', 'PutObject', 'WebsiteRedirectLocation', '/x'),
  plain('x-amz-metadata-directive', 'CopyObject', 'MetadataDirective', 'REPLACE'),
  plain('if-match', 'PutObject', 'IfMatch', '"etag"'),
  plain('if-none-match', 'PutObject', 'IfNoneMatch', '*'),
  plain('prefix', 'ListObjectsV2', 'Prefix', 'home/ann/'),
  plain('delimiter', 'ListObjectsV2', 'Delimiter', '/'),
  plain('VersionId', 'GetObject', 'VersionId', 'v1'),
  {
    ...{ key: 'max-keys', value: '10', operator: 'NumericLessThanEquals' },
    ...{ operation: 'ListObjectsV2', input: { MaxKeys: 10 }, other: { MaxKeys: 11 } },
  },
  {
    ...{ key: 'VersionId', value: 'v2', operation: 'DeleteObjects', facts: { versionId: 'v2' } },
    otherFacts: { versionId: 'v3' },
  },
  {
    ...{ key: 'x-amz-copy-source', value: 'logs/a b/*', operator: 'StringLike' },
    ...{ operation: 'CopyObject', input: { CopySource: '/logs/a%20b/c?versionId=v1' } },
    other: { CopySource: 'logs/a/b/c' },
  },
  {
    ...{ key: 'ExistingObjectTag/team', value: 'logs', operation: 'GetObject' },
    facts: { existingTags: [{ Key: 'team', Value: 'logs' }] },
    otherFacts: { existingTags: [{ Key: 'team', Value: 'other' }] },
  },
  {
    ...{ key: 'RequestObjectTag/team', value: 'the logs', operation: 'PutObject' },
    ...{ input: { Tagging: 'team=the+logs&x=y' }, other: { Tagging: 'team=the' } },
  },
  {
    ...{ key: 'RequestObjectTag/team', value: 'logs', operation: 'PutObjectTagging' },
    input: { Tagging: { TagSet: [{ Key: 'team', Value: 'logs' }] } },
    other: { Tagging: { TagSet: [{ Key: 'team', Value: 'x' }] } },
  },
  {
    ...{ key: 'RequestObjectTagKeys', value: ['team', 'cost'] },
    ...{ operator: 'ForAllValues:StringEquals', operation: 'PutObject' },
    ...{ input: { Tagging: 'team=a&cost=b' }, other: { Tagging: 'team=a&other=b' } },
  },
  {
    ...{ key: 'LocationConstraint', value: REGION, operation: 'CreateBucket' },
    input: { CreateBucketConfiguration: { LocationConstraint: REGION } },
    other: { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } },
  },
  { key: 'ObjectCreationOperation', value: 'true', operator: 'Bool', operation: 'PutObject' },
  {
    ...{
      key: 'ObjectCreationOperation',
      value: 'false',
      operator: 'Bool',
      operation: 'UploadPart',
    },
    input: { PartNumber: 1, UploadId: 'u' },
  },
  plain('object-lock-mode', 'PutObject', 'ObjectLockMode', 'COMPLIANCE'),
  plain('object-lock-legal-hold', 'PutObject', 'ObjectLockLegalHoldStatus', 'ON'),
  {
    ...{ key: 'object-lock-mode', value: 'GOVERNANCE', operation: 'PutObjectRetention' },
    input: { Retention: { Mode: 'GOVERNANCE' } },
    other: { Retention: { Mode: 'COMPLIANCE' } },
  },
  {
    ...{ key: 'object-lock-legal-hold', value: 'ON', operation: 'PutObjectLegalHold' },
    ...{ input: { LegalHold: { Status: 'ON' } }, other: { LegalHold: { Status: 'OFF' } } },
  },
  {
    ...{ key: 'object-lock-retain-until-date', value: '2026-02-01T00:00:00Z' },
    ...{ operator: 'DateLessThan', operation: 'PutObject' },
    ...{ input: { ObjectLockRetainUntilDate: inDays(10) } },
    other: { ObjectLockRetainUntilDate: inDays(100) },
  },
  {
    ...{ key: 'object-lock-remaining-retention-days', value: '10' },
    ...{ operator: 'NumericLessThanEquals', operation: 'PutObjectRetention' },
    ...{ input: { Retention: { RetainUntilDate: inDays(10) } } },
    other: { Retention: { RetainUntilDate: inDays(11) } },
  },
  {
    ...{ key: 'authType', value: 'REST-QUERY-STRING', operation: 'GetObject' },
    ...{ context: http({ authType: 'REST-QUERY-STRING' }), otherContext: http({}) },
  },
  {
    ...{ key: 'signatureversion', value: 'AWS4-HMAC-SHA256', operation: 'GetObject' },
    context: http({}),
  },
  {
    ...{ key: 'x-amz-content-sha256', value: 'UNSIGNED-PAYLOAD', operation: 'PutObject' },
    context: http({ contentSha256: 'UNSIGNED-PAYLOAD' }),
    otherContext: http({ contentSha256: 'a'.repeat(64) }),
  },
  {
    ...{ key: 'TlsVersion', value: '1.2', operator: 'NumericGreaterThan', operation: 'GetObject' },
    ...{ context: tls('TLSv1.3'), otherContext: tls('TLSv1.2') },
  },
  { key: 'ResourceAccount', value: ACCOUNT, operation: 'GetObject' },
  { key: 'ResourceAccount', value: ACCOUNT, operation: 'ListBuckets' },
]

/** Whether a caller to whom the condition allows all may do it. */
function may(
  { key, value, operator = 'StringEquals', operation }: Case,
  input: object | undefined,
  context: Partial<CallContext> = {},
  facts?: ObjectFacts,
): boolean {
  const Condition = { [operator]: { [`s3:${key}`]: value } }
  const caller = userWith({ identity: [allow('s3:*', { Condition })] })
  const base = { Bucket: 'conditioned', Key: 'k', ...MORE[operation], ...input }
  const call = beginCall(house, operation, base as unknown as InputOf<'GetObject'>, caller, context)
  try {
    if (/^(?:CreateBucket|ListBuckets)$/.test(operation))
      mayInAccount(call, 's3:X', 'arn:aws:s3:::x')
    else if (/Bucket|List/.test(operation)) mayBucket(call, bucket, 's3:X')
    else mayObject(call, bucket, 'k', 's3:X', facts)
    return true
  } catch {
    return false
  }
}

/** What inputs must have besides. */
const MORE: Partial<Record<OperationName, object>> = {
  CopyObject: { CopySource: 'b/k' },
  DeleteObjects: { Delete: { Objects: [] } },
  PutObjectTagging: { Tagging: { TagSet: [] } },
}

describe('a condition on', () => {
  it.each(CASES)('s3:$key decides in $operation', (one) => {
    expect(may(one, one.input, one.context, one.facts)).toBe(true)
    const isVaried = one.other ?? one.otherContext ?? one.otherFacts
    if (isVaried !== undefined) {
      expect(
        may(one, one.other ?? one.input, one.otherContext ?? one.context, one.otherFacts),
      ).toBe(false)
    }
    const isValue = one.operator === undefined || one.operator === 'Bool'
    if (isValue) {
      const value = one.operator === 'Bool' ? String(one.value !== 'true') : `not ${one.value}`
      expect(may({ ...one, value }, one.input, one.context, one.facts)).toBe(false)
    }
  })

  it.each(CASES.filter(({ input }) => input !== undefined))(
    's3:$key is not met in $operation where nothing is said of it',
    (one) => {
      if (one.operator?.startsWith('ForAllValues') || one.key.startsWith('ObjectCreation')) return
      expect(may(one, {}, one.context)).toBe(false)
    },
  )

  it('s3:signatureAge decides how old a presigned request may be', () => {
    const one: Case = {
      ...{ key: 'signatureAge', value: '600000', operator: 'NumericLessThanEquals' },
      operation: 'GetObject',
    }
    const aged = (ageMs: number) => http({ presignedAt: time() - ageMs })
    expect(may(one, {}, aged(600_000))).toBe(true)
    expect(may(one, {}, aged(600_001))).toBe(false)
    expect(may(one, {}, http({}))).toBe(false)
  })

  it('a key that is none of S3’s, or a member’s, is never met', () => {
    for (const key of ['constructor', 'Bucket', 'Key', '__proto__', 'x-amz-unknown', 'Tag/a']) {
      const one: Case = { key, value: '*', operator: 'StringLike', operation: 'GetObject' }
      expect(may(one, {})).toBe(false)
    }
  })
})
