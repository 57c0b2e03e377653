/**
 * The upload that a call names, as long as it is open.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Bucket } from '../buckets/bucket.js'
import type { Kept } from '../objects/rows.js'
import { readUpload } from './rows.js'
import type { Upload } from './upload.js'

interface NamesUpload {
  readonly Key: string
  readonly UploadId: string
}

/** Open or completed. @throws SealtrailError `NoSuchUpload` */
export async function uploadNamed(
  kept: Kept,
  bucket: Bucket,
  { Key: key, UploadId: id }: NamesUpload,
): Promise<Upload> {
  const upload = await readUpload(kept, id)
  if (upload === undefined || upload.bucketId !== bucket.id || upload.key !== key) {
    throw noSuchUpload(id)
  }
  return upload
}

/** @throws SealtrailError `NoSuchUpload` */
export async function openUpload(kept: Kept, bucket: Bucket, input: NamesUpload): Promise<Upload> {
  const upload = await uploadNamed(kept, bucket, input)
  if (upload.isComplete) throw noSuchUpload(upload.id)
  return upload
}

/** Who changes an upload or its parts holds this name. */
export function lockOfUpload(id: string): string {
  return `upload/${id}`
}

export function noSuchUpload(id: string): SealtrailError {
  const says =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.'
  return new SealtrailError('NoSuchUpload', says, { UploadId: id })
}
