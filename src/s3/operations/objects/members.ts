/**
 * Members that several operations answer of a version.
 *
 * @module
 */
import type { Bucket } from '../../buckets/bucket.js'
import { isChecksumAlgorithm } from '../../checksums/algorithms.js'
import { sseMembers } from '../../encryption/reply.js'
import type { ObjectChecksum, ObjectVersion } from '../../objects/version.js'
import { NULL_VERSION } from '../../objects/version-id.js'

/** Of a bucket that never had versions, none is told; of others also `null`. */
export function versionMember(
  { config }: Pick<Bucket, 'config'>,
  { id }: Pick<ObjectVersion, 'id'>,
): { readonly VersionId?: string } {
  return config.versioning === undefined && id === NULL_VERSION ? {} : { VersionId: id }
}

export function checksumMembers({ algorithm, value, type }: ObjectChecksum): object {
  return isChecksumAlgorithm(algorithm)
    ? { [`Checksum${algorithm}`]: value, ChecksumType: type }
    : {}
}

/** Of GetObject and HeadObject alike. */
export function headMembers(bucket: Bucket, { facts, ...version }: ObjectVersion) {
  const { metadata = {}, headers, storageClass, tags, lock, sse } = facts
  return {
    AcceptRanges: 'bytes',
    ETag: `"${version.etag}"`,
    LastModified: new Date(version.modifiedAt),
    Metadata: metadata,
    ...headers,
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
    ...(tags === undefined || tags.length === 0 ? {} : { TagCount: tags.length }),
    ...(lock?.mode === undefined ? {} : { ObjectLockMode: lock.mode }),
    ...(lock?.until === undefined ? {} : { ObjectLockRetainUntilDate: new Date(lock.until) }),
    ...(lock?.hold === undefined ? {} : { ObjectLockLegalHoldStatus: lock.hold ? 'ON' : 'OFF' }),
    ...sseMembers(sse!),
    ...versionMember(bucket, version),
  }
}
