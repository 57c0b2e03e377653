/**
 * What policies can ask of a call of S3: the condition keys that begin with `s3:`.
 *
 *     headers and parameters   x-amz-acl, x-amz-server-side-encryption, prefix, VersionId, if-match, …
 *     tags                     ExistingObjectTag/*, RequestObjectTag/*, RequestObjectTagKeys
 *     locks                    object-lock-mode, -retain-until-date, -remaining-retention-days, -legal-hold
 *     the request itself       authType, signatureversion, signatureAge, TlsVersion, x-amz-content-sha256
 *     the rest                 ResourceAccount, LocationConstraint, ObjectCreationOperation
 *
 * Each is looked up when a policy asks for it. Source: Service authorization reference, "Actions, resources, and condition
 * keys for Amazon S3".
 *
 * @module
 */
import { parseQuery } from '../../aws/query-string.js'
import type { Call } from '../../service/calls/call.js'
import type { Tag } from '../../service/policies.js'
import { keyOfTag, valuesOfTag } from '../../service/tags.js'
import type { Bucket } from '../buckets/bucket.js'

/** What an operation knows of the object that it asks about. */
export interface ObjectFacts {
  /** Of the version that is there. */
  readonly existingTags?: readonly Tag[] | undefined
  /** Those that it is to have, where the request does not say them itself. */
  readonly requestTags?: readonly Tag[] | undefined
  /** Of the version that is asked about, where it is not the input's `VersionId`. */
  readonly versionId?: string | undefined
}

/** A call, as far as conditions of S3 look at it. */
export interface S3Asked {
  readonly call: Call
  readonly bucket: Bucket | undefined
  readonly object: ObjectFacts | undefined
}

type Fact = (asked: S3Asked) => string | readonly string[] | undefined

/** Keys whose value is what a member of the input says; in lower case, without `s3:`. */
const MEMBERS: Readonly<Record<string, string>> = {
  'x-amz-acl': 'ACL',
  'x-amz-bucket-namespace': 'BucketNamespace',
  'x-amz-grant-full-control': 'GrantFullControl',
  'x-amz-grant-read': 'GrantRead',
  'x-amz-grant-read-acp': 'GrantReadACP',
  'x-amz-grant-write': 'GrantWrite',
  'x-amz-grant-write-acp': 'GrantWriteACP',
  'x-amz-metadata-directive': 'MetadataDirective',
  'x-amz-object-ownership': 'ObjectOwnership',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  delimiter: 'Delimiter',
  'if-match': 'IfMatch',
  'if-none-match': 'IfNoneMatch',
  'max-keys': 'MaxKeys',
  prefix: 'Prefix',
}

/** Which operations make an object, and which only prepare one. */
const CREATES: Readonly<Record<string, string>> = {
  ...{ PutObject: 'true', CopyObject: 'true', CompleteMultipartUpload: 'true' },
  ...{ CreateMultipartUpload: 'false', UploadPart: 'false', UploadPartCopy: 'false' },
}

const DAY_MS = 24 * 60 * 60 * 1000

const FACTS: Readonly<Record<string, Fact>> = {
  authtype: ({ call }) => call.context.http?.authType,
  locationconstraint: ({ call }) => inputOf(call).CreateBucketConfiguration?.LocationConstraint,
  objectcreationoperation: ({ call }) => CREATES[call.operation],
  'object-lock-legal-hold': ({ call }) => {
    const { ObjectLockLegalHoldStatus, LegalHold } = inputOf(call)
    return ObjectLockLegalHoldStatus ?? LegalHold?.Status
  },
  'object-lock-mode': ({ call }) => {
    const { ObjectLockMode, Retention } = inputOf(call)
    return ObjectLockMode ?? Retention?.Mode
  },
  'object-lock-remaining-retention-days': ({ call }) => {
    const until = retainUntil(call)
    return until && String(Math.floor((until.getTime() - call.time) / DAY_MS))
  },
  'object-lock-retain-until-date': ({ call }) => retainUntil(call)?.toISOString(),
  requestobjecttagkeys: (asked) => requestTags(asked)?.map(keyOfTag),
  resourceaccount: ({ call, bucket }) => bucket?.account ?? call.caller.account,
  signatureage: ({ call }) => {
    const signedAt = call.context.http?.presignedAt
    return signedAt === undefined ? undefined : String(Math.max(0, call.time - signedAt))
  },
  signatureversion: ({ call }) => call.context.http && 'AWS4-HMAC-SHA256',
  tlsversion: ({ call }) => call.context.tls?.tlsVersion.replace(/^TLSv/, ''),
  versionid: ({ call, object }) => object?.versionId ?? inputOf(call).VersionId,
  'x-amz-content-sha256': ({ call }) => call.context.http?.contentSha256,
  'x-amz-copy-source': ({ call }) => copySource(inputOf(call).CopySource),
}

/** `key` in lower case; undefined for what the call does not have, or what is no key of these. */
export function s3Fact(asked: S3Asked, key: string): readonly string[] | undefined {
  if (!key.startsWith('s3:')) return undefined
  const name = key.slice('s3:'.length)
  const slash = name.indexOf('/')
  if (slash >= 0) return valuesOfTag(tagsOf(asked, name.slice(0, slash)), name.slice(slash + 1))
  const value = Object.hasOwn(FACTS, name) ? FACTS[name]!(asked) : memberNamed(asked.call, name)
  return typeof value === 'string' ? [value] : value
}

function tagsOf(asked: S3Asked, prefix: string): readonly Tag[] | undefined {
  if (prefix === 'existingobjecttag') return asked.object?.existingTags
  return prefix === 'requestobjecttag' ? requestTags(asked) : undefined
}

/** The members that are looked at here; a member means the same in every operation that has it. */
interface S3Input {
  readonly CopySource?: string
  readonly CreateBucketConfiguration?: { readonly LocationConstraint?: string }
  readonly LegalHold?: { readonly Status?: string }
  readonly ObjectLockLegalHoldStatus?: string
  readonly ObjectLockMode?: string
  readonly ObjectLockRetainUntilDate?: Date
  readonly Retention?: { readonly Mode?: string; readonly RetainUntilDate?: Date }
  /** As the header x-amz-tagging has it, or as a document. */
  readonly Tagging?: string | { readonly TagSet?: readonly Tag[] }
  readonly TaggingDirective?: string
  readonly VersionId?: string
}

function inputOf({ input }: Call): S3Input {
  return input ?? {}
}

function memberNamed({ input }: Call, name: string): string | undefined {
  const member = Object.hasOwn(MEMBERS, name) ? MEMBERS[name]! : undefined
  if (member === undefined) return undefined
  const value = (input as Readonly<Record<string, unknown>> | undefined)?.[member]
  return value === undefined ? undefined : String(value)
}

function retainUntil(call: Call): Date | undefined {
  const { ObjectLockRetainUntilDate, Retention } = inputOf(call)
  return ObjectLockRetainUntilDate ?? Retention?.RetainUntilDate
}

/** Of a copy that has its source's, those. What cannot be read is refused by the operation, and is none here. */
function requestTags({ call, object }: S3Asked): readonly Tag[] | undefined {
  if (object?.requestTags !== undefined) return object.requestTags
  const { Tagging, TaggingDirective } = inputOf(call)
  if (call.operation === 'CopyObject' && TaggingDirective !== 'REPLACE') return undefined
  if (typeof Tagging !== 'string') return Tagging?.TagSet
  try {
    return parseQuery(Tagging).map(([Key, Value]) => ({ Key, Value }))
  } catch {
    return undefined
  }
}

/** Bucket and key, as policies write them: `/logs/a%20b?versionId=1` is `logs/a b`. */
function copySource(given: string | undefined): string | undefined {
  const path = given?.replace(/^\//, '').replace(/\?versionId=.*$/, '')
  try {
    return path && decodeURIComponent(path)
  } catch {
    // The operation refuses it.
    return path
  }
}
