/**
 * Every operation of S3 that we offer, in one table.
 *
 * A row is the operation's function, whether it changes nothing (CloudTrail's readOnly), and its name in CloudTrail where
 * that is another one. Adding an operation is a function in its family's file, a row here, and its name in
 * scripts/aws-model.mjs.
 *
 * @module
 */
import type { Call } from '../service/call.js'
import type { OperationRow } from '../service/service.js'
import type { OperationName } from './model.js'
import * as acls from './operations/buckets/acls.js'
import * as buckets from './operations/buckets/buckets.js'
import { createBucket } from './operations/buckets/create.js'
import { showBucketCall } from './operations/buckets/shown.js'
import { abortMultipartUpload } from './operations/multipart/abort-upload.js'
import { completeMultipartUpload } from './operations/multipart/complete-upload.js'
import { createMultipartUpload } from './operations/multipart/create-upload.js'
import { listMultipartUploads, listParts } from './operations/multipart/list-uploads.js'
import { uploadPart, uploadPartCopy } from './operations/multipart/upload-part.js'
import { getObjectAttributes } from './operations/objects/attributes.js'
import { copyObject } from './operations/objects/copy-object.js'
import { deleteObject, deleteObjects } from './operations/objects/delete-objects.js'
import { getObject, headObject } from './operations/objects/get-object.js'
import { listObjects, listObjectsV2 } from './operations/objects/list-objects.js'
import { listObjectVersions } from './operations/objects/list-versions.js'
import * as locks from './operations/objects/locks.js'
import { updateObjectEncryption } from './operations/objects/object-encryption.js'
import { putObject } from './operations/objects/put-object.js'
import * as tags from './operations/objects/tags.js'
import type { S3Parts } from './parts.js'

type Row = OperationRow<S3Parts>
type Run<Input> = (parts: S3Parts, call: Call, input: Input) => Promise<unknown>

export const OPERATIONS = {
  CreateBucket: writes(createBucket),
  DeleteBucket: writes(buckets.deleteBucket),
  GetBucketAcl: reads(acls.getBucketAcl, 'acl'),
  GetBucketLocation: reads(buckets.getBucketLocation, 'location'),
  HeadBucket: reads(buckets.headBucket),
  ListBuckets: reads(buckets.listBuckets),
  PutBucketAcl: writes(acls.putBucketAcl, 'acl'),
  AbortMultipartUpload: changesObjects(abortMultipartUpload),
  CompleteMultipartUpload: changesObjects(completeMultipartUpload),
  CopyObject: changesObjects(copyObject),
  CreateMultipartUpload: changesObjects(createMultipartUpload),
  DeleteObject: changesObjects(deleteObject),
  DeleteObjectTagging: changesObjects(tags.deleteObjectTagging),
  DeleteObjects: changesObjects(deleteObjects),
  GetObject: readsObjects(getObject),
  GetObjectAttributes: readsObjects(getObjectAttributes),
  GetObjectLegalHold: readsObjects(locks.getObjectLegalHold),
  GetObjectRetention: readsObjects(locks.getObjectRetention),
  GetObjectTagging: readsObjects(tags.getObjectTagging),
  HeadObject: readsObjects(headObject),
  ListMultipartUploads: readsObjects(listMultipartUploads),
  ListObjectVersions: readsObjects(listObjectVersions),
  ListObjects: readsObjects(listObjects),
  ListObjectsV2: readsObjects(listObjectsV2, 'ListObjects'),
  ListParts: readsObjects(listParts),
  PutObject: changesObjects(putObject),
  PutObjectLegalHold: changesObjects(locks.putObjectLegalHold),
  PutObjectRetention: changesObjects(locks.putObjectRetention),
  PutObjectTagging: changesObjects(tags.putObjectTagging),
  UpdateObjectEncryption: changesObjects(updateObjectEncryption),
  UploadPart: changesObjects(uploadPart),
  UploadPartCopy: changesObjects(uploadPartCopy),
} as const satisfies Partial<Record<OperationName, Row>>

/** @param resource the sub-resource that its record shows. */
function reads<Input>(run: Run<Input>, resource?: string, eventName?: string): Row {
  return managing(run, true, resource, eventName)
}

function writes<Input>(run: Run<Input>, resource?: string, eventName?: string): Row {
  return managing(run, false, resource, eventName)
}

function managing<Input>(
  run: Run<Input>,
  isReadOnly: boolean,
  resource: string | undefined,
  eventName: string | undefined,
): Row {
  return {
    isReadOnly,
    ...(eventName === undefined ? {} : { eventName }),
    run(parts, call, input) {
      showBucketCall(call, resource)
      return run(parts, call, input as Input)
    },
  }
}

/** CloudTrail's data events. */
function readsObjects<Input>(run: Run<Input>, eventName?: string): Row {
  return { ...managing(run, true, undefined, eventName), isDataEvent: true }
}

function changesObjects<Input>(run: Run<Input>): Row {
  return { ...managing(run, false, undefined, undefined), isDataEvent: true }
}
