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
