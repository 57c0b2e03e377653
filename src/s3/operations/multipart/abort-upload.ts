/**
 * AbortMultipartUpload.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { giveUpUpload } from '../../versions/give-up.js'
import { committing } from '../../versions/remove.js'

export async function abortMultipartUpload(
  parts: S3Parts,
  call: Call,
  input: InputOf<'AbortMultipartUpload'>,
) {
  const bucket = await bucketNamed(parts, call, input)
  mayObject(call, bucket, input.Key, 's3:AbortMultipartUpload')
  await giveUpUpload(parts, bucket, input.UploadId, committing(call), input.Key)
}
