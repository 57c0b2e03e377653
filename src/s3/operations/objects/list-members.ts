/**
 * What the lists of S3 have in common: limits, encoded keys, entries, owners.
 *
 * Source: Amazon S3 API reference, ListObjectsV2, ListObjectVersions, ListMultipartUploads.
 *
 * @module
 */
import { encodeUri } from '../../../aws/query-string.js'
import { canonicalUserOf } from '../../../service/canonical-user.js'
import type { ObjectVersion } from '../../objects/version.js'
import { invalidArgument } from '../../refusals.js'

const ENTRIES_MAX = 1000

export interface ListInput {
  readonly Prefix?: string | undefined
  readonly Delimiter?: string | undefined
  readonly EncodingType?: string | undefined
  readonly MaxKeys?: number | undefined
}

/** @throws SealtrailError `InvalidArgument` */
export function limitOf(given = ENTRIES_MAX, name = 'max-keys'): number {
  if (given >= 0 && given <= 2 ** 31 - 1) return Math.min(given, ENTRIES_MAX)
  const says = `Argument ${name} must be an integer between 0 and 2147483647`
  throw invalidArgument(says, name, String(given))
}

/** Of a list of parts. @throws SealtrailError `InvalidArgument` */
export function markerOf(given = 0): number {
  if (given >= 0) return given
  const says = 'Argument part-number-marker must be an integer between 0 and 2147483647'
  throw invalidArgument(says, 'part-number-marker', String(given))
}

/** Keys hold what XML cannot. @throws SealtrailError `InvalidArgument` */
export function encoderOf({ EncodingType }: ListInput): (text: string) => string {
  if (EncodingType === undefined) return (text) => text
  if (EncodingType === 'url') return encodeKey
  const says = 'Invalid Encoding Method specified in Request'
  throw invalidArgument(says, 'encoding-type', EncodingType)
}

export function ownerMember(account: string) {
  return { ID: canonicalUserOf(account), DisplayName: account }
}

export function entryMember(version: ObjectVersion, encode: (text: string) => string): object {
  const { checksum, storageClass = 'STANDARD' } = version.facts
  return {
    Key: encode(version.key),
    LastModified: new Date(version.modifiedAt),
    ETag: `"${version.etag}"`,
    ...(checksum === undefined
      ? {}
      : { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
    Size: version.bytes,
    StorageClass: storageClass,
  }
}

function encodeKey(text: string): string {
  return encodeUri(text).replaceAll('%2F', '/').replaceAll('%20', '+')
}
