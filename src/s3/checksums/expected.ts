/**
 * Which checksum an upload comes with: in a header, in a trailer, or none, and then S3 makes its own.
 *
 *     x-amz-checksum-crc32: …                                 its value
 *     x-amz-trailer: x-amz-checksum-crc32                     its value comes behind the bytes
 *     x-amz-sdk-checksum-algorithm: CRC32                     what one of the two says as well
 *     Content-MD5: …                                          besides, and not kept
 *
 * Form only; the bytes are held against it in checked-body.ts. Source: PutObject and UploadPart of the API model.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  checksumMember,
  DEFAULT_ALGORITHM,
  isChecksumAlgorithm,
  isDigest,
} from './algorithms.js'

/** Of an operation's input. */
export type ChecksumInput = {
  /** x-amz-sdk-checksum-algorithm */
  readonly ChecksumAlgorithm?: string | undefined
  readonly ContentMD5?: string | undefined
} & { readonly [A in ChecksumAlgorithm as `Checksum${A}`]?: string | undefined }

export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; undefined where it comes in a trailer, or not at all. */
  readonly value: string | undefined
  readonly isTrailing: boolean
  /** Base64. */
  readonly contentMd5: string | undefined
}

/**
 * @param announced the names of trailers to come, in lower case.
 * @throws SealtrailError `InvalidRequest` for more than one checksum, or what is none; `InvalidDigest` for a
 * Content-MD5 that is none; `BadDigest` for an algorithm that is not the checksum's.
 */
export function expectedChecksum(
  input: ChecksumInput,
  announced: readonly string[] = [],
): ExpectedChecksum {
  const inHeader = CHECKSUM_ALGORITHMS.filter((name) => input[checksumMember(name)] !== undefined)
  const inTrailer = CHECKSUM_ALGORITHMS.filter((name) => announced.includes(checksumHeader(name)))
  const [given, ...more] = [...inHeader, ...inTrailer]
  if (more.length > 0) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  checkAlgorithm(input.ChecksumAlgorithm, given)
  const algorithm = given ?? DEFAULT_ALGORITHM
  const value = input[checksumMember(algorithm)]
  if (value !== undefined && !isDigest(algorithm, value)) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`)
  }
  const contentMd5 = input.ContentMD5
  if (contentMd5 !== undefined && !isDigest('MD5', contentMd5)) {
    throw new SealtrailError('InvalidDigest', 'The Content-MD5 you specified was invalid.')
  }
  return { algorithm, value, isTrailing: inTrailer.length > 0, contentMd5 }
}

function checkAlgorithm(said: string | undefined, given: ChecksumAlgorithm | undefined): void {
  if (said === undefined) return
  const algorithm = said.toUpperCase()
  if (!isChecksumAlgorithm(algorithm)) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.')
  }
  if (given === undefined) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    )
  }
  if (algorithm !== given) {
    throw new SealtrailError(
      'BadDigest',
      `The x-amz-sdk-checksum-algorithm you specified is not that of ${checksumHeader(given)}.`,
    )
  }
}

export function invalidRequest(message: string): SealtrailError {
  return new SealtrailError('InvalidRequest', message)
}
