/**
 * CopyObject.
 *
 * The plain bytes pass from one key to the other in memory, frame by frame; nobody but the engine sees either key.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { checksumAlgorithm, DEFAULT_ALGORITHM } from '../../checksums/algorithms.js'
import { untilFound } from '../../contents/until-found.js'
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
import { showAnswered } from '../../records/answer.js'
import { invalidArgument } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { checkFreeToPlace } from '../../versions/place.js'
import { writeVersion } from '../../versions/write.js'
import { checkAcl } from '../buckets/acls.js'
import { type CopySource, findSource, openSource, readSource } from './copy-source.js'
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
  return await untilFound(() => copy(parts, call, bucket, input))
}

async function copy(parts: S3Parts, call: Call, bucket: Bucket, input: Input) {
  const { Key: key } = input
  const source = await findSource(parts, call, input)
  checkSize(source.version)
  const { VersionId: CopySourceVersionId } = versionMember(source.bucket, source.version)
  showAnswered(call, { CopySourceVersionId })
  const description = descriptionOf(call, bucket, source, input)
  const expected = plainChecksum(input, source.version)
  const lock = lockOfNew(input, bucket.config.objectLock, parts.clock.now())
  const wanted = sseWanted(call, bucket, key, input, parts.sseC)
  const { body, content } = await openFor(parts, call, bucket, source, input, wanted).catch(
    (error) => {
      wipeWanted(wanted)
      throw error
    },
  )
  try {
    const version = await writeVersion(parts, call, bucket, {
      ...{ key, wanted, body, expected, bytesMax: COPY_BYTES_MAX },
      ...{ said: { ...description, ...lock }, conditions: input },
    })
    return {
      CopyObjectResult: resultOf(version),
      ...(CopySourceVersionId === undefined ? {} : { CopySourceVersionId }),
      ...sseMembersOfWrite(version.facts.sse!),
      ...versionMember(bucket, version),
      ...expirationMember(bucket, version),
    }
  } finally {
    await content.close()
  }
}

/** The source's bytes, where a copy of them may come to be. */
async function openFor(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  source: CopySource,
  input: Input,
  wanted: SseWanted,
) {
  const isSame = isOnItself(source, bucket.id, input.Key)
  if (isSame && changesNothing(source.version, input, wanted)) throw illegalCopy()
  await checkFreeToPlace(parts, bucket, input.Key, input)
  return await openSource(parts, call, source, input)
}

function resultOf(version: ObjectVersion) {
  return {
    ETag: `"${version.etag}"`,
    LastModified: new Date(version.modifiedAt),
    ...checksumMembers(version.facts.checksum!),
  }
}

/** The one that was asked for, or the source's. @throws SealtrailError `InvalidRequest` */
function plainChecksum(
  { ChecksumAlgorithm: asked }: Pick<Input, 'ChecksumAlgorithm'>,
  { facts }: ObjectVersion,
) {
  const name = asked ?? facts.checksum?.algorithm ?? DEFAULT_ALGORITHM
  const algorithm = checksumAlgorithm(name)
  return { algorithm, value: undefined, isTrailing: false, contentMd5: undefined }
}

/** What the copy says of itself: what the source says, or what the request does. */
function descriptionOf(call: Call, target: Bucket, { bucket, version }: CopySource, input: Input) {
  const metadata = directive(input.MetadataDirective, 'metadata')
  const tagging = directive(input.TaggingDirective, 'tagging')
  const own = described({ ...input, Tagging: tagging === 'REPLACE' ? input.Tagging : undefined })
  const { facts } = version
  const isCopied = metadata === 'COPY'
  let { tags } = own
  if (tagging === 'COPY' && facts.tags !== undefined && facts.tags.length > 0) {
    const { versionId } = readSource(input.CopySource)
    const action = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging'
    mayObject(call, bucket, version.key, action, { existingTags: facts.tags, versionId })
    mayObject(call, target, input.Key, 's3:PutObjectTagging', { requestTags: facts.tags })
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

/** @throws SealtrailError `InvalidArgument` */
function directive(given = 'COPY', what: string): 'COPY' | 'REPLACE' {
  if (given === 'COPY' || given === 'REPLACE') return given
  throw invalidArgument(`Unknown ${what} directive.`, `x-amz-${what}-directive`, given)
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
