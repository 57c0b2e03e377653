/**
 * CopyObject.
 *
 * The plain bytes pass from one key to the other in memory, frame by frame; nobody but the engine sees either key.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/call.js'
import { DEFAULT_ALGORITHM, isChecksumAlgorithm } from '../../checksums/algorithms.js'
import { forget, writeBody } from '../../contents/write.js'
import type { SseWanted } from '../../encryption/object-keys.js'
import { sseMembersOfWrite } from '../../encryption/reply.js'
import { wipeWanted } from '../../encryption/shown-key.js'
import { sseWanted } from '../../encryption/wanted.js'
import { expirationMember } from '../../lifecycle/shown.js'
import type { InputOf } from '../../model.js'
import { type Description, described } from '../../objects/described.js'
import { lockOfNew } from '../../objects/lock.js'
import type { ObjectVersion, VersionFacts } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { checkFreeToPlace, placeVersion } from '../../versions/place.js'
import { checkAcl } from '../buckets/acls.js'
import { type CopySource, findSource, openSource } from './copy-source.js'
import { mayWrite } from './may-write.js'
import { checksumMembers, versionMember } from './members.js'

/** 5 GiB. */
const COPY_BYTES_MAX = 5 * 1024 ** 3

type Input = InputOf<'CopyObject'>

export async function copyObject(parts: S3Parts, call: Call, input: Input) {
  const { Key: key } = input
  const bucket = await bucketNamed(parts, call, input)
  mayWrite(call, bucket, key, input)
  checkAcl(bucket, input)
  const source = await findSource(parts, call, input)
  checkSize(source.version)
  const description = descriptionOf(call, source, input)
  const lock = lockOfNew(input, bucket.config.objectLock, parts.clock.now())
  const wanted = sseWanted(call, bucket, key, input, parts.sseC)
  if (isOnItself(source, bucket.id, key) && changesNothing(source.version, input, wanted)) {
    throw illegalCopy()
  }
  await checkFreeToPlace(parts, bucket, key, input)
  const { body, content } = await openSource(parts, call, source, input)
  try {
    const sealing = await parts.keys
      .seal(call, bucket, key, wanted)
      .finally(() => wipeWanted(wanted))
    const expected = plainChecksum(input, source.version)
    const written = await writeBody(parts, sealing, body, expected, COPY_BYTES_MAX).finally(() =>
      sealing.dataKey.release(),
    )
    try {
      const draft = {
        ...{ key, isMarker: false, bytes: written.bytes, etag: written.etag, blob: written.blob },
        facts: {
          ...{ owner: bucket.account, sse: sealing.sse, messageId: written.messageId },
          ...{ checksum: written.checksum, ...description, ...lock },
        },
      }
      const version = await placeVersion(parts, call, bucket, draft, { conditions: input })
      const { VersionId } = versionMember(source.version)
      return {
        CopyObjectResult: resultOf(version),
        ...(VersionId === undefined ? {} : { CopySourceVersionId: VersionId }),
        ...sseMembersOfWrite(sealing.sse),
        ...versionMember(version),
        ...expirationMember(bucket, version),
      }
    } catch (error) {
      forget(parts, written)
      throw error
    }
  } finally {
    await content.close()
  }
}

export function resultOf(version: ObjectVersion) {
  return {
    ETag: `"${version.etag}"`,
    LastModified: new Date(version.modifiedAt),
    ...checksumMembers(version.facts.checksum!),
  }
}

/** The one that was asked for, or the source's. */
export function plainChecksum(
  { ChecksumAlgorithm: asked }: Pick<Input, 'ChecksumAlgorithm'>,
  { facts }: ObjectVersion,
) {
  const name = asked ?? facts.checksum?.algorithm ?? DEFAULT_ALGORITHM
  const algorithm = isChecksumAlgorithm(name) ? name : DEFAULT_ALGORITHM
  return { algorithm, value: undefined, isTrailing: false, contentMd5: undefined }
}

/** What the copy says of itself: what the source says, or what the request does. */
function descriptionOf(call: Call, { bucket, version }: CopySource, input: Input) {
  const { MetadataDirective: metadata = 'COPY', TaggingDirective: tagging = 'COPY' } = input
  const own = described({ ...input, Tagging: tagging === 'REPLACE' ? input.Tagging : undefined })
  const { facts } = version
  const isCopied = metadata === 'COPY'
  let { tags } = own
  if (tagging === 'COPY' && facts.tags !== undefined && facts.tags.length > 0) {
    mayObject(call, bucket, version.key, 's3:GetObjectTagging', { existingTags: facts.tags })
    tags = facts.tags
  }
  const redirect = own.headers?.WebsiteRedirectLocation
  const headers = isCopied ? withRedirect(facts.headers, redirect) : own.headers
  return {
    headers: headers ?? {},
    metadata: (isCopied ? facts.metadata : own.metadata) ?? {},
    ...(own.storageClass === undefined ? {} : { storageClass: own.storageClass }),
    ...(tags === undefined ? {} : { tags }),
  }
}

/** It is never copied. */
function withRedirect(headers: VersionFacts['headers'], redirect: string | undefined) {
  const { WebsiteRedirectLocation: _, ...others } = headers ?? {}
  return redirect === undefined ? others : { ...others, WebsiteRedirectLocation: redirect }
}

function isOnItself({ bucket, version }: CopySource, bucketId: string, key: string): boolean {
  return bucket.id === bucketId && version.key === key && version.isLatest
}

function changesNothing({ facts }: ObjectVersion, input: Input, wanted: SseWanted): boolean {
  const said: readonly (keyof Description | keyof Input)[] = [
    ...(['StorageClass', 'WebsiteRedirectLocation', 'ServerSideEncryption'] as const),
    ...(['SSEKMSKeyId', 'SSECustomerKey', 'BucketKeyEnabled', 'ChecksumAlgorithm'] as const),
  ]
  if (input.MetadataDirective === 'REPLACE' || said.some((name) => input[name as never])) {
    return false
  }
  return facts.sse?.algorithm === wanted.algorithm
}

function checkSize({ bytes }: ObjectVersion): void {
  if (bytes <= COPY_BYTES_MAX) return
  const says = `The specified copy source is larger than the maximum allowable size for a copy source: ${COPY_BYTES_MAX}`
  throw new SealtrailError('InvalidRequest', says)
}

function illegalCopy(): SealtrailError {
  const says =
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
  return new SealtrailError('InvalidRequest', says)
}
