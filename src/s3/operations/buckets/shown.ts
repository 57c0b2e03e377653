/**
 * A call about a bucket, as its record shows it: CloudTrail's own form of S3's requests.
 *
 *     { bucketName, Host, acl: '', 'x-amz-acl': 'private', bucketPolicy: { … } }
 *
 * Headers under their names, the parameter that makes the sub-resource as an empty text, documents under the name of
 * their element. Source: CloudTrail records of S3 that accounts have published.
 *
 * @module
 */
import { type ShownValue, shownDate } from '../../../aws/shown.js'
import { isTooLong, readDocument } from '../../../policy/document.js'
import type { Call } from '../../../service/call.js'

/** Where an input is shown under another name than its own. */
const HEADERS: Readonly<Record<string, string>> = {
  ACL: 'x-amz-acl',
  BucketNamespace: 'x-amz-bucket-namespace',
  ConfirmRemoveSelfBucketAccess: 'x-amz-confirm-remove-self-bucket-access',
  ExpectedBucketOwner: 'x-amz-expected-bucket-owner',
  GrantFullControl: 'x-amz-grant-full-control',
  GrantRead: 'x-amz-grant-read',
  GrantReadACP: 'x-amz-grant-read-acp',
  GrantWrite: 'x-amz-grant-write',
  GrantWriteACP: 'x-amz-grant-write-acp',
  ObjectLockEnabledForBucket: 'x-amz-bucket-object-lock-enabled',
  ObjectOwnership: 'x-amz-object-ownership',
  TransitionDefaultMinimumObjectSize: 'x-amz-transition-default-minimum-object-size',
  Bucket: 'bucketName',
  Key: 'key',
  VersionId: 'versionId',
  MaxBuckets: 'max-buckets',
  ContinuationToken: 'continuation-token',
  Prefix: 'prefix',
  BucketRegion: 'bucket-region',
}
/** Of the transfer, or secret. */
const LEFT_OUT = new Set(['ContentMD5', 'ChecksumAlgorithm', 'RequestPayer', 'MFA', 'Token'])

/** @param resource the sub-resource that the call is about, such as `versioning`. */
export function showBucketCall(call: Call, resource: string | undefined): void {
  const shown: Record<string, ShownValue> = {}
  for (const [name, value] of Object.entries(call.input ?? {})) {
    if (value === undefined || LEFT_OUT.has(name)) continue
    if (name === 'Policy') Object.assign(shown, policyShown(value as string))
    else shown[HEADERS[name] ?? name] = valueShown(value)
  }
  const { http } = call.context
  if (http !== undefined) shown.Host = http.host
  if (resource !== undefined) shown[resource] = ''
  call.show(shown)
}

/** Nothing of what is no policy: it may be of any size and depth. */
function policyShown(text: string): { readonly bucketPolicy?: ShownValue } {
  const bucketPolicy = isTooLong(text, 'bucket') ? undefined : readDocument(text)
  return bucketPolicy === undefined ? {} : { bucketPolicy }
}

function valueShown(value: unknown): ShownValue {
  if (value instanceof Date) return shownDate(value)
  if (Array.isArray(value)) return value.map(valueShown)
  if (typeof value !== 'object' || value === null) return value as ShownValue
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, valueShown(item)]))
}
