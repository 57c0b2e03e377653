/**
 * Whether an AWS service may deliver into a bucket, asked beforehand: it looks at the bucket's ACL, and puts objects.
 *
 * What is asked of policies is what the operations ask; nothing is done. Source: AWS CloudTrail user guide, "Amazon S3
 * bucket policy for CloudTrail".
 *
 * @module
 */
import { isSealtrailError, type SealtrailError } from '../../errors.js'
import type { CallContext } from '../../service/calls/call-context.js'
import { type Service, valuesOf } from '../../service/service.js'
import type { S3Parts } from '../parts.js'
import { bucketNamed } from './find-bucket.js'
import { mayBucket, mayObject } from './may.js'

/** Members of PutObject. */
export interface Delivery {
  readonly Bucket: string
  readonly Key: string
  readonly ACL: string
  readonly ServerSideEncryption?: string
  readonly SSEKMSKeyId?: string
}

export async function denialOfDelivery(
  parts: S3Parts,
  service: Service<S3Parts>,
  context: CallContext,
  delivery: Delivery,
): Promise<SealtrailError | undefined> {
  const { Bucket, Key } = delivery
  try {
    const look = service.begin('GetBucketAcl', context)
    look.takes(valuesOf({ Bucket })(look.shape))
    mayBucket(look, await bucketNamed(parts, look, { Bucket }), 's3:GetBucketAcl')
    const put = service.begin('PutObject', context)
    put.takes(valuesOf(delivery)(put.shape))
    mayObject(put, await bucketNamed(parts, put, { Bucket }), Key, 's3:PutObject')
    return undefined
  } catch (error) {
    if (isSealtrailError(error)) return error
    throw error
  }
}
