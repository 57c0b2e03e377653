/**
 * An upload is given up, and its parts go.
 *
 * @module
 */
import type { Bucket } from '../buckets/bucket.js'
import { lockOfUpload, noSuchUpload } from '../multipart/find-upload.js'
import { readUpload } from '../multipart/rows.js'
import type { S3Parts } from '../parts.js'
import { leavingUpload, letGo } from './leaving.js'
import type { Commit } from './remove.js'

/** @throws SealtrailError `NoSuchUpload` when it is not open, or of another bucket or key. */
export async function giveUpUpload(
  parts: S3Parts,
  bucket: Bucket,
  id: string,
  commit: Commit,
  key?: string,
): Promise<void> {
  await parts.locks.run([lockOfUpload(id)], async () => {
    const upload = await readUpload(parts, id)
    const isIt = upload?.bucketId === bucket.id && !upload.isComplete
    if (!isIt || (key !== undefined && upload.key !== key)) throw noSuchUpload(id)
    const leaving = await leavingUpload(parts, id)
    await letGo(parts, leaving, () => commit(leaving.changes))
  })
}
