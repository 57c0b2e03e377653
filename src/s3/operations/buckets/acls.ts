/**
 * Access control lists: GetBucketAcl, PutBucketAcl; what an object's operations ask of them.
 *
 * We keep none: the owner of a bucket has full control of it and of all that is in it, and nobody else has any, which is
 * what AWS does with BucketOwnerEnforced, its default. Where a bucket has other ownership controls, a list that says more
 * than that is refused as what we do not offer; one that is public, as AWS does while public lists are blocked. Source:
 * Amazon S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { canonicalUserOf } from '../../../service/canonical-user.js'
import { type Bucket, regionHeader } from '../../buckets/bucket.js'
import type { InputOf, ShapeValue } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import {
  accessDenied,
  invalidArgument,
  invalidRequest,
  malformedXml,
  notImplemented,
} from '../../refusals.js'
import { bucketFor } from '../../use/find-bucket.js'
import { publicAccessOf } from '../../use/policy.js'

/** How inputs say an ACL. */
export interface AclInput {
  readonly ACL?: string | undefined
  readonly GrantFullControl?: string | undefined
  readonly GrantRead?: string | undefined
  readonly GrantReadACP?: string | undefined
  readonly GrantWrite?: string | undefined
  readonly GrantWriteACP?: string | undefined
  readonly AccessControlPolicy?: ShapeValue<'AccessControlPolicy'> | undefined
}

type Grants = 'public' | 'others'

/** What says no more than that the owner has full control. */
const OWNERS_ONLY = new Set(['private', 'bucket-owner-full-control'])
const OTHER_ACLS = new Set(['aws-exec-read', 'bucket-owner-read', 'log-delivery-write'])
const PUBLIC_ACLS = new Set(['public-read', 'public-read-write', 'authenticated-read'])
const PUBLIC_GROUP = /groups\/global\/(?:AllUsers|AuthenticatedUsers)/
const GRANT_HEADERS = [
  ...(['GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWrite', 'GrantWriteACP'] as const),
]

/**
 * Whether the headers give others anything; undefined when they do not.
 * @throws SealtrailError `InvalidArgument` for an ACL that there is not.
 */
export function grantsIn(input: AclInput): Grants | undefined {
  if (input.ACL !== undefined && !OWNERS_ONLY.has(input.ACL)) {
    if (PUBLIC_ACLS.has(input.ACL)) return 'public'
    if (OTHER_ACLS.has(input.ACL)) return 'others'
    throw invalidArgument('The value of x-amz-acl is not valid', 'x-amz-acl', input.ACL)
  }
  const headers = GRANT_HEADERS.flatMap((name) => input[name] ?? [])
  if (headers.length === 0) return undefined
  return headers.some((header) => PUBLIC_GROUP.test(header)) ? 'public' : 'others'
}

/**
 * Of a put, a copy or an upload: an ACL that changes nothing is accepted.
 * @throws SealtrailError `AccessControlListNotSupported`, `AccessDeniedException`, `NotImplemented`
 */
export function checkAcl(bucket: Bucket, input: AclInput): void {
  const grants = grantsIn(input) ?? grantsOfDocument(bucket, input.AccessControlPolicy)
  if (grants !== undefined) throw refusal(bucket, grants)
}

export async function getBucketAcl(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketAcl'>,
): Promise<object> {
  const bucket = await bucketFor(parts, call, input, 's3:GetBucketAcl')
  await call.succeed()
  return aclOf(bucket)
}

export async function putBucketAcl(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketAcl'>,
): Promise<void> {
  const bucket = await bucketFor(parts, call, input, 's3:PutBucketAcl')
  checkGivenAcl(bucket, input)
  await call.succeed()
}

/** Of PutBucketAcl and PutObjectAcl, where there must be one. @throws SealtrailError as {@link checkAcl} */
export function checkGivenAcl(bucket: Bucket, input: AclInput): void {
  const { ACL, AccessControlPolicy } = input
  const headers = GRANT_HEADERS.some((name) => input[name] !== undefined)
  if (ACL !== undefined && headers) {
    throw invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed')
  }
  const hasHeaders = ACL !== undefined || headers
  if (hasHeaders && AccessControlPolicy !== undefined) {
    const says = 'This request does not support content'
    throw new SealtrailError('InvalidRequest', says)
  }
  if (!hasHeaders && AccessControlPolicy === undefined) {
    throw invalidRequest('Your request was missing a required header')
  }
  checkAcl(bucket, input)
}

/** The list of a bucket, and of every object in it. */
export function aclOf({ account }: Bucket): object {
  const ID = canonicalUserOf(account)
  const Grantee = { ID, Type: 'CanonicalUser' }
  return { Owner: { ID }, Grants: [{ Grantee, Permission: 'FULL_CONTROL' }] }
}

function grantsOfDocument(
  { account }: Bucket,
  document: AclInput['AccessControlPolicy'],
): Grants | undefined {
  if (document === undefined) return undefined
  const { Grants, Owner } = document
  if (Grants === undefined || Owner === undefined) {
    throw new SealtrailError('MalformedACLError', malformedXml().message)
  }
  const owner = canonicalUserOf(account)
  const isOwners = Grants.every(
    ({ Grantee, Permission }) => Grantee?.ID === owner && Permission === 'FULL_CONTROL',
  )
  if (Owner.ID === owner && isOwners) return undefined
  const isPublic = Grants.some(({ Grantee }) => PUBLIC_GROUP.test(Grantee?.URI ?? ''))
  return isPublic ? 'public' : 'others'
}

function refusal(bucket: Bucket, grants: Grants): SealtrailError {
  const { ownership = 'BucketOwnerEnforced' } = bucket.config
  if (ownership === 'BucketOwnerEnforced') {
    return new SealtrailError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
  }
  const { blockPublicAcls } = publicAccessOf(bucket)
  if (grants === 'public' && blockPublicAcls) return accessDenied(regionHeader(bucket))
  return notImplemented()
}
