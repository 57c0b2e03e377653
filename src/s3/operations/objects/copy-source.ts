/**
 * Where a copy comes from: `x-amz-copy-source`, for whoever may read it.
 *
 *     /logs/a%20b.gz?versionId=…      logs/a b.gz
 *
 * Source: Amazon S3 API reference, CopyObject, UploadPartCopy.
 *
 * @module
 */
import type { StreamingBody } from '../../../aws/streaming.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { type Bucket, objectArn } from '../../buckets/bucket.js'
import { lyingOf } from '../../contents/lying.js'
import { type OpenContent, openContent } from '../../contents/open.js'
import { sourceKeyMembers } from '../../encryption/customer-key.js'
import { readKeyOf } from '../../encryption/shown-key.js'
import type { InputOf } from '../../model.js'
import { checkCopySource } from '../../objects/conditions.js'
import type { ByteRange } from '../../objects/range.js'
import type { ObjectVersion } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { OBJECT } from '../../records/request.js'
import { invalidArgument } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { versionFor } from './find-version.js'

type SourceInput = Pick<
  InputOf<'CopyObject'>,
  | ('CopySource' | 'ExpectedSourceBucketOwner' | 'CopySourceIfMatch' | 'CopySourceIfNoneMatch')
  | ('CopySourceIfModifiedSince' | 'CopySourceIfUnmodifiedSince' | 'CopySourceSSECustomerKey')
  | ('CopySourceSSECustomerKeyMD5' | 'CopySourceSSECustomerAlgorithm')
>

export interface CopySource {
  readonly bucket: Bucket
  readonly version: ObjectVersion
}

const NO_TRAILERS: ReadonlyMap<string, string> = new Map()

/** @throws SealtrailError `InvalidArgument`, `PreconditionFailed`, as GetObject. */
export async function findSource(
  parts: S3Parts,
  call: Call,
  input: SourceInput,
): Promise<CopySource> {
  const { name, key, versionId } = readSource(input.CopySource)
  const owner = input.ExpectedSourceBucketOwner
  const bucket = await bucketNamed(parts, call, { Bucket: name, ExpectedBucketOwner: owner })
  call.usesOnce({ type: OBJECT, arn: objectArn(bucket, key) })
  const version = await sourceVersion(parts, call, bucket, { Key: key, VersionId: versionId })
  checkCopySource(version, {
    IfMatch: input.CopySourceIfMatch,
    IfNoneMatch: input.CopySourceIfNoneMatch,
    IfModifiedSince: input.CopySourceIfModifiedSince,
    IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  })
  return { bucket, version }
}

/** The plain bytes, on their way. Whoever asked closes it. */
export async function openSource(
  parts: S3Parts,
  call: Call,
  { bucket, version }: CopySource,
  input: SourceInput,
  range: ByteRange = { offset: 0, bytes: version.bytes },
): Promise<{ readonly body: StreamingBody; readonly content: OpenContent }> {
  const customerKey = readKeyOf(version.facts.sse!, sourceKeyMembers(input))
  try {
    const lying = await lyingOf(parts, version)
    const content = await openContent(parts, call, bucket, version, lying, range, customerKey)
    const { pieces, bytes } = content
    return { content, body: { bytes, pieces, whole: undefined, trailers: () => NO_TRAILERS } }
  } finally {
    customerKey?.fill(0)
  }
}

/** A marker is no source, and AWS says so in other words than to a reader. */
async function sourceVersion(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  input: { readonly Key: string; readonly VersionId: string | undefined },
): Promise<ObjectVersion> {
  try {
    return await versionFor(parts, call, bucket, input)
  } catch (error) {
    if (!(error instanceof SealtrailError) || error.code !== 'MethodNotAllowed') throw error
    const says =
      'The source of a copy request may not specifically refer to a delete marker by version id.'
    throw new SealtrailError('InvalidRequest', says)
  }
}

/** @throws SealtrailError `InvalidArgument` */
export function readSource(header: string) {
  const [path = '', query] = header.replace(/^\//, '').split('?', 2)
  const [, bucket, key] = /^([^/]+)\/(.+)$/s.exec(path.replace(/%2F/i, '/')) ?? []
  const [, versionId] = /^versionId=(.+)$/.exec(query ?? '') ?? []
  try {
    if (bucket === undefined || key === undefined) throw new Error('no bucket or no key')
    if (query !== undefined && versionId === undefined) throw new Error('no version')
    return {
      name: decodeURIComponent(bucket),
      key: decodeURIComponent(key),
      versionId: versionId && decodeURIComponent(versionId),
    }
  } catch {
    const says = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'
    throw invalidArgument(says, 'x-amz-copy-source', header)
  }
}
