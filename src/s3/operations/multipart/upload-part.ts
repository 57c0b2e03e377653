/**
 * UploadPart and UploadPartCopy: a part is sealed as it comes, under the upload's data key.
 *
 * @module
 */
import { streamOf } from '../../../aws/forms/streams.js'
import type { StreamingBody } from '../../../aws/streaming.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { checkedBody } from '../../checksums/checked-body.js'
import { type ExpectedChecksum, expectedChecksum } from '../../checksums/expected.js'
import { untilFound } from '../../contents/until-found.js'
import { forget, writeBody } from '../../contents/write.js'
import { sseMembers } from '../../encryption/reply.js'
import { partKeyOf } from '../../encryption/shown-key.js'
import type { InputOf } from '../../model.js'
import { lockOfUpload, openUpload } from '../../multipart/find-upload.js'
import { putPart, readParts } from '../../multipart/rows.js'
import type { Part, Upload } from '../../multipart/upload.js'
import { copyRangeOf } from '../../objects/range.js'
import { wrapsOf } from '../../objects/rewrapped.js'
import type { S3Parts } from '../../parts.js'
import { showAnswered, showReceived } from '../../records/answer.js'
import { invalidArgument } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { removeBlobs } from '../../versions/leaving.js'
import { whileThere } from '../../versions/while-there.js'
import { findSource, openSource } from '../objects/copy-source.js'
import { versionMember } from '../objects/members.js'

/** 5 GiB. */
const PART_BYTES_MAX = 5 * 1024 ** 3
const PARTS_MAX = 10_000

type Input = InputOf<'UploadPart'>
type CopyInput = InputOf<'UploadPartCopy'>

const NOTHING = streamOf(new Uint8Array(0))

export async function uploadPart(parts: S3Parts, call: Call, input: Input) {
  const { bucket, upload } = await find(parts, call, input)
  const { Body: body = NOTHING } = input
  const expected = expectedChecksum(input, body.announced)
  const { checked, kept } = await asUpload(upload, expected, body)
  const part = await putPartOf(parts, call, {
    bucket,
    upload,
    input,
    body: checked,
    expected: kept,
  })
  return {
    ETag: `"${part.etag}"`,
    [`Checksum${upload.facts.checksum.algorithm}`]: part.facts.checksum,
    ...sseMembers(upload.facts.sse),
  }
}

export async function uploadPartCopy(parts: S3Parts, call: Call, input: CopyInput) {
  const { bucket, upload } = await find(parts, call, input)
  return await untilFound(() => copyPart(parts, call, bucket, upload, input))
}

async function copyPart(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  upload: Upload,
  input: CopyInput,
) {
  const source = await findSource(parts, call, input)
  const range = copyRangeOf(input.CopySourceRange, source.version.bytes)
  const { body, content } = await openSource(parts, call, source, input, range)
  try {
    const expected = ownChecksum(upload)
    const part = await putPartOf(parts, call, { bucket, upload, input, body, expected })
    const { VersionId } = versionMember(source.bucket, source.version)
    return {
      CopyPartResult: {
        ETag: `"${part.etag}"`,
        LastModified: new Date(part.modifiedAt),
        [`Checksum${upload.facts.checksum.algorithm}`]: part.facts.checksum,
      },
      ...(VersionId === undefined ? {} : { CopySourceVersionId: VersionId }),
      ...sseMembers(upload.facts.sse),
    }
  } finally {
    await content.close()
  }
}

async function find(parts: S3Parts, call: Call, input: Input | CopyInput) {
  const bucket = await bucketNamed(parts, call, input)
  mayObject(call, bucket, input.Key, 's3:PutObject')
  const { PartNumber: number } = input
  if (number < 1 || number > PARTS_MAX) {
    const says = 'Part number must be an integer between 1 and 10000, inclusive'
    throw invalidArgument(says, 'partNumber', String(number))
  }
  return { bucket, upload: await openUpload(parts, bucket, input) }
}

/**
 * A part of an upload whose checksum S3 makes may come with any; of another upload it must be that one's.
 * @throws SealtrailError `InvalidRequest`
 */
async function asUpload(
  upload: Upload,
  expected: ExpectedChecksum,
  body: StreamingBody,
): Promise<{ readonly checked: StreamingBody; readonly kept: ExpectedChecksum }> {
  const { algorithm, isAsked } = upload.facts.checksum
  const isGiven = expected.value !== undefined || expected.isTrailing
  if (expected.algorithm === algorithm && (isGiven || !isAsked))
    return { checked: body, kept: expected }
  if (!isGiven && !isAsked) {
    return { checked: body, kept: { ...ownChecksum(upload), contentMd5: expected.contentMd5 } }
  }
  if (isAsked) {
    const wanted = algorithm.toLowerCase()
    const actual = isGiven ? expected.algorithm.toLowerCase() : 'null'
    const says = `Checksum Type mismatch occurred, expected checksum Type: ${wanted}, actual checksum Type: ${actual}`
    throw new SealtrailError('InvalidRequest', says)
  }
  const { body: checked } = await checkedBody(body, expected, { md5: false })
  return { checked, kept: ownChecksum(upload) }
}

function ownChecksum({ facts }: Upload): ExpectedChecksum {
  const { algorithm } = facts.checksum
  return { algorithm, value: undefined, isTrailing: false, contentMd5: undefined }
}

interface NewPart {
  readonly bucket: Bucket
  readonly upload: Upload
  readonly input: Input | CopyInput
  readonly body: StreamingBody
  readonly expected: ExpectedChecksum
}

async function putPartOf(parts: S3Parts, call: Call, given: NewPart): Promise<Part> {
  const { bucket, upload, input, body, expected } = given
  const { sse, wraps } = upload.facts
  const customerKey = partKeyOf(sse, input)
  const { encryptionContext, encryptedDataKeys } = wrapsOf(wraps)
  const sealed = { sse, encryptionContext, encryptedDataKeys }
  const dataKey = await parts.keys
    .open(call, bucket, upload.key, sealed, customerKey)
    .finally(() => customerKey?.fill(0))
  const written = await writeBody(
    parts,
    { dataKey, ...sealed },
    body,
    expected,
    PART_BYTES_MAX,
  ).finally(() => dataKey.release())
  const part: Part = {
    ...{ uploadId: upload.id, number: input.PartNumber, bytes: written.bytes },
    ...{ etag: written.etag, modifiedAt: parts.clock.now(), blob: written.blob },
    facts: { messageId: written.messageId, checksum: written.checksum.value },
  }
  showReceived(call, written.bytes)
  showAnswered(call, sseMembers(sse))
  try {
    await parts.locks.run([lockOfUpload(upload.id)], async () => {
      await openUpload(parts, bucket, input)
      const [old] = await readParts(parts, upload.id, part.number - 1, 1)
      await whileThere(parts, bucket, () => call.succeed([putPart(parts.root, part)]))
      parts.blobs.settle([part.blob])
      if (old?.number === part.number) removeBlobs(parts, { blobs: [old.blob] })
    })
    return part
  } catch (error) {
    forget(parts, written)
    throw error
  }
}
