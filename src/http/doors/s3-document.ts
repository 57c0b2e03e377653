/**
 * Documents of S3's requests, held against the checksum that they come with: as a header, behind the bytes, or as
 * Content-MD5.
 *
 * Some operations insist on one, and so do locks on new objects. Of CompleteMultipartUpload, the checksums are the
 * object's. Source: httpChecksum in the API model; Amazon S3 API reference, by operation.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import {
  CHECKSUM_ALGORITHMS,
  checksumHeader,
  checksumMember,
} from '../../s3/checksums/algorithms.js'
import { checkedBody } from '../../s3/checksums/checked-body.js'
import { type ChecksumInput, expectedChecksum } from '../../s3/checksums/expected.js'
import { collected, streamingBody } from '../bodies/streaming-body.js'
import type { Asked } from '../protocols/rest-xml/rest-xml.js'
import type { Received } from '../received.js'

/** The model says that they insist; clients that send none, such as s3cmd, have always been answered. */
const FORGIVING: ReadonlySet<string> = new Set(['PutBucketAcl', 'PutObjectAcl'])
const LOCKS = ['mode', 'retain-until-date', 'legal-hold'].map((name) => `x-amz-object-lock-${name}`)

/** @throws SealtrailError as wholeBody, `InvalidRequest`, `BadDigest`, `InvalidDigest` */
export async function documentBody(request: Received, asked: Asked): Promise<Buffer> {
  const body = streamingBody(request)
  const expected = expectedChecksum(checksumsSaid(asked), body.announced)
  const isSaid = expected.value !== undefined || expected.isTrailing
  if (!isSaid && expected.contentMd5 === undefined) {
    const { name, http } = asked.operation
    if (http?.isChecked === true && !FORGIVING.has(name)) throw missingChecksum()
    return await collected(body, request, asked.bodyBytesMax)
  }
  const checked = await checkedBody(body, expected, { md5: false })
  return await collected(checked.body, request, asked.bodyBytesMax)
}

/** @throws SealtrailError `InvalidRequest` for a PutObject with a lock and no checksum. */
export function checkLocked(request: Received, { operation, header }: Asked): void {
  if (operation.name !== 'PutObject' || !LOCKS.some((name) => header(name) !== undefined)) return
  const names = CHECKSUM_ALGORITHMS.map(checksumHeader)
  const announced = request.headers.get('x-amz-trailer')?.toLowerCase() ?? ''
  if (['content-md5', ...names].some((name) => header(name) !== undefined)) return
  if (names.some((name) => announced.includes(name))) return
  const says =
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters'
  throw new SealtrailError('InvalidRequest', says)
}

function checksumsSaid({ operation, header }: Asked): ChecksumInput {
  const ContentMD5 = header('content-md5')
  const isOfObject = operation.input?.members.some(({ name }) => name === 'ChecksumCRC32')
  if (isOfObject) return { ContentMD5 }
  const values = CHECKSUM_ALGORITHMS.map((algorithm) => [
    checksumMember(algorithm),
    header(checksumHeader(algorithm)),
  ])
  const ChecksumAlgorithm = header('x-amz-sdk-checksum-algorithm')
  return { ChecksumAlgorithm, ContentMD5, ...Object.fromEntries(values) }
}

function missingChecksum(): SealtrailError {
  const says = 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*'
  return new SealtrailError('InvalidRequest', says)
}
