/**
 * CompleteMultipartUpload: the parts become a version, all at once.
 *
 * A second call of one that went well is answered as the first was: a client that did not hear of it asks again.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { checksumMember } from '../../checksums/algorithms.js'
import { hasMd5 } from '../../contents/write.js'
import { sseMembers } from '../../encryption/reply.js'
import { partKeyOf } from '../../encryption/shown-key.js'
import { expirationMember } from '../../lifecycle/shown.js'
import type { InputOf } from '../../model.js'
import { lockOfUpload, noSuchUpload, uploadNamed } from '../../multipart/find-upload.js'
import { checksumOfParts, chosenParts, etagOfParts } from '../../multipart/manifest.js'
import { marksOf } from '../../multipart/marks.js'
import { dropPart, putUpload, readParts } from '../../multipart/rows.js'
import type { Part, Upload } from '../../multipart/upload.js'
import { wrapsOf } from '../../objects/rewrapped.js'
import { readLatest } from '../../objects/rows.js'
import type { ObjectChecksum, ObjectVersion } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { invalidRequest } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { removeBlobs } from '../../versions/leaving.js'
import { placeVersion } from '../../versions/place.js'
import { mayMatch } from '../objects/may-write.js'
import { checksumMembers, versionMember } from '../objects/members.js'

type Input = InputOf<'CompleteMultipartUpload'>

export async function completeMultipartUpload(parts: S3Parts, call: Call, input: Input) {
  const bucket = await bucketNamed(parts, call, input)
  const { Key: key } = input
  mayObject(call, bucket, key, 's3:PutObject')
  mayMatch(call, bucket, key, input.IfMatch)
  return await parts.locks.run([lockOfUpload(input.UploadId)], async () => {
    const upload = await uploadNamed(parts, bucket, input)
    const version = upload.isComplete
      ? await again(parts, call, bucket, upload)
      : await complete(parts, call, bucket, upload, input)
    return answerOf(call, bucket, version)
  })
}

async function complete(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  upload: Upload,
  input: Input,
): Promise<ObjectVersion> {
  const there = await readParts(parts, upload.id)
  const chosen = chosenParts(upload, there, input.MultipartUpload?.Parts ?? [])
  const checksum = await checksumOfParts(upload, chosen)
  checkSaid(upload, checksum, chosen, input)
  await mayOpen(parts, call, bucket, upload, input)
  const isChosen = new Set(chosen)
  const left = there.filter((part) => !isChosen.has(part))
  const { wraps: _, initiator: __, checksum: ___, ...facts } = upload.facts
  const completed = {
    ...upload,
    isComplete: true,
    facts: { ...upload.facts, marks: marksOf(chosen) },
  }
  const version = await placeVersion(
    parts,
    call,
    bucket,
    {
      ...{ key: upload.key, isMarker: false, uploadId: upload.id },
      bytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0),
      etag: etagOfParts(chosen, hasMd5(facts.sse)),
      facts: { ...facts, checksum, parts: chosen.length },
    },
    {
      conditions: input,
      changes: [...left.map(dropPart), putUpload(parts.root, completed)],
    },
  )
  removeBlobs(parts, { blobs: left.map(({ blob }) => blob) })
  return version
}

/**
 * Who completes an upload whose checksum was asked for must be allowed to read it: under a KMS key a Decrypt, recorded.
 * @throws SealtrailError as ObjectKeys.open
 */
async function mayOpen(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  { key, facts }: Upload,
  input: Input,
): Promise<void> {
  if (!facts.checksum.isAsked) return
  const customerKey = partKeyOf(facts.sse, input)
  const sealed = { sse: facts.sse, ...wrapsOf(facts.wraps) }
  const dataKey = await parts.keys
    .open(call, bucket, key, sealed, customerKey)
    .finally(() => customerKey?.fill(0))
  dataKey.release()
}

/** @throws SealtrailError `NoSuchUpload` when its object is not the newest any more. */
async function again(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  upload: Upload,
): Promise<ObjectVersion> {
  const version = await readLatest(parts, bucket.id, upload.key)
  if (version?.uploadId !== upload.id) throw noSuchUpload(upload.id)
  await call.succeed()
  return version
}

/** @throws SealtrailError `BadDigest`, `InvalidRequest` */
function checkSaid(
  upload: Upload,
  checksum: ObjectChecksum,
  parts: readonly Part[],
  input: Input,
): void {
  const { algorithm, type } = upload.facts.checksum
  if (input.ChecksumType !== undefined && input.ChecksumType !== type) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${type}, actual checksum Type: ${input.ChecksumType}`,
    )
  }
  const said = input[checksumMember(algorithm)]
  if (said !== undefined && said !== checksum.value) {
    const says = `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`
    throw new SealtrailError('BadDigest', says)
  }
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== bytes) {
    const says =
      'The provided x-amz-mp-object-size header does not match what was computed. Please retry with correct object size.'
    throw invalidRequest(says)
  }
}

function answerOf(call: Call, bucket: Bucket, version: ObjectVersion) {
  const { sse, checksum } = version.facts
  return {
    Location: `https://${bucket.name}.s3.${call.region}.amazonaws.com/${encodeURIComponent(version.key).replaceAll('%2F', '/')}`,
    ...{ Bucket: bucket.name, Key: version.key, ETag: `"${version.etag}"` },
    ...checksumMembers(checksum!),
    ...sseMembers(sse!),
    ...versionMember(bucket, version),
    ...expirationMember(bucket, version),
  }
}
