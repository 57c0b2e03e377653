/**
 * CreateMultipartUpload: what the object will have, and the data key of all its parts.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import { arnOfCaller } from '../../../service/caller.js'
import type { Call } from '../../../service/calls/call.js'
import {
  type ChecksumType,
  checksumAlgorithm,
  DEFAULT_ALGORITHM,
  multipartType,
} from '../../checksums/algorithms.js'
import { sseMembersOfWrite } from '../../encryption/reply.js'
import { wipeWanted } from '../../encryption/shown-key.js'
import { sseWanted } from '../../encryption/wanted.js'
import type { InputOf } from '../../model.js'
import { putUpload } from '../../multipart/rows.js'
import type { Upload, UploadFacts } from '../../multipart/upload.js'
import { newUploadId } from '../../multipart/upload-id.js'
import { described } from '../../objects/described.js'
import { lockOfNew } from '../../objects/lock.js'
import { rewrappedOf } from '../../objects/rewrapped.js'
import type { S3Parts } from '../../parts.js'
import { showAnswered, showApplied } from '../../records/answer.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { whileThere } from '../../versions/while-there.js'
import { checkAcl } from '../buckets/acls.js'
import { mayWrite } from '../objects/may-write.js'

type Input = InputOf<'CreateMultipartUpload'>

export async function createMultipartUpload(parts: S3Parts, call: Call, input: Input) {
  const { Key: key } = input
  const bucket = await bucketNamed(parts, call, input)
  mayWrite(call, bucket, key, input)
  checkAcl(bucket, input)
  const checksum = checksumOf(input)
  const description = described(input)
  const lock = lockOfNew(input, bucket.config.objectLock, parts.clock.now())
  const wanted = sseWanted(call, bucket, key, input, parts.sseC)
  const { dataKey, sse, ...wraps } = await parts.keys
    .sealUpload(call, bucket, key, wanted)
    .finally(() => wipeWanted(wanted))
  dataKey.release()
  const now = parts.clock.now()
  const upload: Upload = {
    ...{ id: newUploadId(now), bucketId: bucket.id, key },
    initiatedAt: now,
    isComplete: false,
    facts: {
      ...{ owner: bucket.account, initiator: initiatorOf(call), checksum, sse },
      ...{ wraps: rewrappedOf(wraps), ...description, ...lock },
    },
  }
  showApplied(call, sse)
  showAnswered(call, sseMembersOfWrite(sse))
  await whileThere(parts, bucket, () => call.succeed([putUpload(parts.root, upload)]))
  return {
    ...{ Bucket: bucket.name, Key: key, UploadId: upload.id },
    ...sseMembersOfWrite(sse),
    ...(checksum.isAsked
      ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }
      : {}),
  }
}

/** @throws SealtrailError `InvalidRequest` */
function checksumOf({ ChecksumAlgorithm: name, ChecksumType }: Input): UploadFacts['checksum'] {
  if (name === undefined && ChecksumType !== undefined) {
    const says =
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.'
    throw new SealtrailError('InvalidRequest', says)
  }
  const algorithm = checksumAlgorithm(name ?? DEFAULT_ALGORITHM)
  const type = multipartType(algorithm, ChecksumType as ChecksumType | undefined)
  return { algorithm, type, isAsked: name !== undefined }
}

function initiatorOf({ caller }: Call): UploadFacts['initiator'] {
  const arn = arnOfCaller(caller)
  return { id: arn, name: arn.slice(arn.lastIndexOf('/') + 1) }
}
