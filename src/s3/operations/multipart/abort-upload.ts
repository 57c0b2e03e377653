/**
 * AbortMultipartUpload.
 *
 * @module
 */
import type { Call } from '../../../service/call.js'
import type { InputOf } from '../../model.js'
import { lockOfUpload, openUpload } from '../../multipart/find-upload.js'
import type { S3Parts } from '../../parts.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { leavingUpload, removeBlobs } from '../../versions/leaving.js'

export async function abortMultipartUpload(
  parts: S3Parts,
  call: Call,
  input: InputOf<'AbortMultipartUpload'>,
) {
  const bucket = await bucketNamed(parts, call, input)
  mayObject(call, bucket, input.Key, 's3:AbortMultipartUpload')
  await parts.locks.run([lockOfUpload(input.UploadId)], async () => {
    const upload = await openUpload(parts, bucket, input)
    const leaving = await leavingUpload(parts, upload.id)
    await call.succeed(leaving.changes)
    removeBlobs(parts, leaving)
  })
}
