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
import * as cors from './operations/buckets/cors.js'
import { createBucket } from './operations/buckets/create.js'
import * as encryption from './operations/buckets/encryption.js'
import * as lifecycle from './operations/buckets/lifecycle.js'
import * as objectAcls from './operations/buckets/object-acls.js'
import * as objectLock from './operations/buckets/object-lock.js'
import * as ownership from './operations/buckets/ownership.js'
import * as policies from './operations/buckets/policies.js'
import { showBucketCall } from './operations/buckets/shown.js'
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

type Row = OperationRow<S3Parts>
type Run<Input> = (parts: S3Parts, call: Call, input: Input) => Promise<unknown>

export const OPERATIONS = {
  CreateBucket: writes(createBucket),
  DeleteBucket: writes(buckets.deleteBucket),
  DeleteBucketCors: writes(cors.deleteBucketCors, 'cors'),
  DeleteBucketEncryption: writes(encryption.deleteBucketEncryption, 'encryption'),
  DeleteBucketLifecycle: writes(lifecycle.deleteLifecycle, 'lifecycle'),
  DeleteBucketOwnershipControls: writes(ownership.deleteOwnership, 'ownershipControls'),
  DeleteBucketPolicy: writes(policies.deleteBucketPolicy, 'policy'),
  DeleteBucketTagging: writes(tagging.deleteBucketTagging, 'tagging'),
  DeletePublicAccessBlock: writes(
    ownership.deletePublicAccess,
    'publicAccessBlock',
    'DeleteBucketPublicAccessBlock',
  ),
  GetBucketAcl: reads(acls.getBucketAcl, 'acl'),
  GetBucketCors: reads(cors.getBucketCors, 'cors'),
  GetBucketEncryption: reads(encryption.getBucketEncryption, 'encryption'),
  GetBucketLifecycleConfiguration: reads(lifecycle.getLifecycle, 'lifecycle', 'GetBucketLifecycle'),
  GetBucketLocation: reads(buckets.getBucketLocation, 'location'),
  GetBucketOwnershipControls: reads(ownership.getOwnership, 'ownershipControls'),
  GetBucketPolicy: reads(policies.getBucketPolicy, 'policy'),
  GetBucketPolicyStatus: reads(policies.getBucketPolicyStatus, 'policyStatus'),
  GetBucketTagging: reads(tagging.getBucketTagging, 'tagging'),
  GetBucketVersioning: reads(versioning.getBucketVersioning, 'versioning'),
  GetObjectAcl: ofObjects(reads(objectAcls.getObjectAcl, 'acl')),
  GetObjectLockConfiguration: reads(
    objectLock.getObjectLock,
    'object-lock',
    'GetBucketObjectLockConfiguration',
  ),
  GetPublicAccessBlock: reads(
    ownership.getPublicAccess,
    'publicAccessBlock',
    'GetBucketPublicAccessBlock',
  ),
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
  PutBucketCors: writes(cors.putBucketCors, 'cors'),
  PutBucketEncryption: writes(encryption.putBucketEncryption, 'encryption'),
  PutBucketLifecycleConfiguration: writes(
    lifecycle.putLifecycle,
    'lifecycle',
    'PutBucketLifecycle',
  ),
  PutBucketOwnershipControls: writes(ownership.putOwnership, 'ownershipControls'),
  PutBucketPolicy: writes(policies.putBucketPolicy, 'policy'),
  PutBucketTagging: writes(tagging.putBucketTagging, 'tagging'),
  PutBucketVersioning: writes(versioning.putBucketVersioning, 'versioning'),
  PutObjectAcl: ofObjects(writes(objectAcls.putObjectAcl, 'acl')),
  PutObjectLockConfiguration: writes(
    objectLock.putObjectLock,
    'object-lock',
    'PutBucketObjectLockConfiguration',
  ),
  PutPublicAccessBlock: writes(
    ownership.putPublicAccess,
    'publicAccessBlock',
    'PutBucketPublicAccessBlock',
  ),
} as const satisfies Partial<Record<OperationName, Row>>

/** CloudTrail counts them among the data events. */
function ofObjects(row: Row): Row {
  return { ...row, isDataEvent: true }
}

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
