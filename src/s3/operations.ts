/**
 * Every operation of S3 that we offer, in one table.
 *
 * A row is the operation's function, whether it changes nothing (CloudTrail's readOnly), and its name in CloudTrail where
 * that is another one. Adding an operation is a function in its family's file, a row here, and its name in
 * scripts/aws-model.mjs.
 *
 * @module
 */
import type { Call } from '../service/calls/call.js'
import type { OperationRow } from '../service/service.js'
import type { OperationName } from './model.js'
import * as acls from './operations/buckets/acls.js'
import * as buckets from './operations/buckets/buckets.js'
import * as cors from './operations/buckets/cors.js'
import { createBucket } from './operations/buckets/create.js'
import * as encryption from './operations/buckets/encryption.js'
import * as lifecycle from './operations/buckets/lifecycle.js'
import * as objectAcls from './operations/buckets/object-acls.js'
import * as objectLock from './operations/buckets/object-lock.js'
import * as ownership from './operations/buckets/ownership.js'
import * as policies from './operations/buckets/policies.js'
import * as tagging from './operations/buckets/tagging.js'
import * as versioning from './operations/buckets/versioning.js'
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
import { showBucketCall, showObjectCall } from './records/request.js'

type Row = OperationRow<S3Parts>
type Run<Input> = (parts: S3Parts, call: Call, input: Input) => Promise<unknown>

export const OPERATIONS = {
  CreateBucket: writes(createBucket),
  DeleteBucket: writes(buckets.deleteBucket),
  DeleteBucketCors: writes(cors.deleteBucketCors),
  DeleteBucketEncryption: writes(encryption.deleteBucketEncryption),
  DeleteBucketLifecycle: writes(lifecycle.deleteLifecycle),
  DeleteBucketOwnershipControls: writes(ownership.deleteOwnership),
  DeleteBucketPolicy: writes(policies.deleteBucketPolicy),
  DeleteBucketTagging: writes(tagging.deleteBucketTagging),
  DeletePublicAccessBlock: writes(ownership.deletePublicAccess, 'DeleteBucketPublicAccessBlock'),
  GetBucketAcl: reads(acls.getBucketAcl),
  GetBucketCors: reads(cors.getBucketCors),
  GetBucketEncryption: reads(encryption.getBucketEncryption),
  GetBucketLifecycleConfiguration: reads(lifecycle.getLifecycle, 'GetBucketLifecycle'),
  GetBucketLocation: reads(buckets.getBucketLocation),
  GetBucketOwnershipControls: reads(ownership.getOwnership),
  GetBucketPolicy: reads(policies.getBucketPolicy),
  GetBucketPolicyStatus: reads(policies.getBucketPolicyStatus),
  GetBucketTagging: reads(tagging.getBucketTagging),
  GetBucketVersioning: reads(versioning.getBucketVersioning),
  GetObjectAcl: readsObjects(objectAcls.getObjectAcl),
  GetObjectLockConfiguration: reads(objectLock.getObjectLock, 'GetBucketObjectLockConfiguration'),
  GetPublicAccessBlock: reads(ownership.getPublicAccess, 'GetBucketPublicAccessBlock'),
  HeadBucket: readsObjects(buckets.headBucket),
  ListBuckets: reads(buckets.listBuckets),
  PutBucketAcl: writes(acls.putBucketAcl),
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
  PutBucketCors: writes(cors.putBucketCors),
  PutBucketEncryption: writes(encryption.putBucketEncryption),
  PutBucketLifecycleConfiguration: writes(lifecycle.putLifecycle, 'PutBucketLifecycle'),
  PutBucketOwnershipControls: writes(ownership.putOwnership),
  PutBucketPolicy: writes(policies.putBucketPolicy),
  PutBucketTagging: writes(tagging.putBucketTagging),
  PutBucketVersioning: writes(versioning.putBucketVersioning),
  PutObjectAcl: changesObjects(objectAcls.putObjectAcl),
  PutObjectLockConfiguration: writes(objectLock.putObjectLock, 'PutBucketObjectLockConfiguration'),
  PutPublicAccessBlock: writes(ownership.putPublicAccess, 'PutBucketPublicAccessBlock'),
} as const satisfies Partial<Record<OperationName, Row>>

function reads<Input>(run: Run<Input>, eventName?: string): Row {
  return managing(run, true, eventName)
}

function writes<Input>(run: Run<Input>, eventName?: string): Row {
  return managing(run, false, eventName)
}

function managing<Input>(run: Run<Input>, isReadOnly: boolean, eventName?: string): Row {
  return {
    isReadOnly,
    ...(eventName === undefined ? {} : { eventName }),
    run(parts, call, input) {
      showBucketCall(call)
      return run(parts, call, input as Input)
    },
  }
}

function readsObjects<Input>(run: Run<Input>, eventName?: string): Row {
  return ofObjects(run, true, eventName)
}

function changesObjects<Input>(run: Run<Input>): Row {
  return ofObjects(run, false)
}

/** CloudTrail's data events. */
function ofObjects<Input>(run: Run<Input>, isReadOnly: boolean, eventName?: string): Row {
  return {
    isReadOnly,
    isDataEvent: true,
    showMalformed: showObjectCall,
    ...(eventName === undefined ? {} : { eventName }),
    run(parts, call, input) {
      showObjectCall(call)
      return run(parts, call, input as Input)
    },
  }
}
