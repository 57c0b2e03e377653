/**
 * How a write wants its object encrypted: what it says itself, else what its bucket says, else SSE-S3.
 *
 *     SSE-C members                         customer, where the bucket does not block it
 *     x-amz-server-side-encryption          AES256, aws:kms
 *     neither                               the bucket's default
 *
 * What does not fit together is refused in AWS's words. Two layers (aws:kms:dsse) are not offered: one layer under that
 * name would be a lie. Source: Amazon S3 user guide, "Specifying server-side encryption with AWS KMS", and AWS's own
 * answers.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { arnOfCaller } from '../../service/caller.js'
import type { Call } from '../../service/calls/call.js'
import { type Bucket, objectArn } from '../buckets/bucket.js'
import { type CustomerKeyMembers, customerKeyOf } from './customer-key.js'
import { pairsOf } from './kms-context.js'
import type { SseWanted } from './object-keys.js'

/** The members of PutObject, CopyObject and CreateMultipartUpload that say it. */
export interface SseMembers extends CustomerKeyMembers {
  readonly ServerSideEncryption?: string | undefined
  readonly SSEKMSKeyId?: string | undefined
  /** Base64 of JSON. */
  readonly SSEKMSEncryptionContext?: string | undefined
  readonly BucketKeyEnabled?: boolean | undefined
}

/** Whether buckets that say nothing of it take SSE-C. */
export type SseCSetting = 'block' | 'allow'

const HEADER = 'x-amz-server-side-encryption'
const SSE_C = 'SSE-C'

/**
 * For the object `key`. The bytes of a customer's key are to be wiped by whoever asked.
 * @throws SealtrailError `InvalidArgument`, `InvalidEncryptionAlgorithmError`, `AccessDeniedException`, `NotImplemented`
 */
export function sseWanted(
  call: Call,
  bucket: Bucket,
  key: string,
  members: SseMembers,
  sseC: SseCSetting,
): SseWanted {
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = members
  if ((SSECustomerAlgorithm ?? SSECustomerKey ?? SSECustomerKeyMD5) !== undefined) {
    checkSseC(call, bucket, key, sseC)
    return customerWanted(members)
  }
  const { ServerSideEncryption: given, SSEKMSKeyId, SSEKMSEncryptionContext } = members
  if (given !== undefined) checkAlgorithm(given)
  if (given !== 'aws:kms' && (SSEKMSKeyId ?? SSEKMSEncryptionContext) !== undefined) {
    const says = `Server Side Encryption with AWS KMS managed key requires HTTP header ${HEADER} : aws:kms`
    throw invalid(says, given ?? 'null')
  }
  return given === undefined
    ? defaultWanted(bucket, members)
    : requestedWanted(bucket, key, given, members)
}

/**
 * Whether a write to `key` may use SSE-C: asked for the parts of an upload, too.
 * @throws SealtrailError `AccessDeniedException`
 */
export function checkSseC(call: Call, bucket: Bucket, key: string, sseC: SseCSetting): void {
  const { blocked = sseC === 'allow' ? [] : [SSE_C] } = bucket.config.encryption ?? {}
  if (!blocked.includes(SSE_C)) return
  const who = `User: ${arnOfCaller(call.caller)} is not authorized to perform: ${actionOf(call)}`
  const what = `on resource: "${objectArn(bucket, key)}"`
  const why =
    'because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type'
  throw new SealtrailError('AccessDeniedException', `${who} ${what} ${why}`)
}

/**
 * Reads choose no encryption. `given` is the header of a request for GetObject or HeadObject.
 * @throws SealtrailError `InvalidArgument`
 */
export function refuseSseOfRead(given: string | undefined): void {
  if (given === undefined) return
  throw invalid(`${HEADER} header is not supported for this operation.`, given)
}

function customerWanted(members: SseMembers): SseWanted {
  const { ServerSideEncryption: given } = members
  if (given !== undefined) {
    const says =
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified'
    throw invalid(says, given)
  }
  if ((members.SSEKMSKeyId ?? members.SSEKMSEncryptionContext) !== undefined) {
    const says = `Server Side Encryption with AWS KMS managed key requires HTTP header ${HEADER} : aws:kms`
    throw invalid(says, 'null')
  }
  return { algorithm: 'customer', ...customerKeyOf(members)! }
}

function requestedWanted(
  bucket: Bucket,
  key: string,
  algorithm: string,
  members: SseMembers,
): SseWanted {
  if (algorithm === 'AES256') return { algorithm }
  const { SSEKMSKeyId: keyId, SSEKMSEncryptionContext: text, BucketKeyEnabled } = members
  const context = text === undefined ? undefined : pairsOf(text, bucket, key)
  return {
    algorithm: 'aws:kms',
    bucketKey: BucketKeyEnabled ?? bucket.config.encryption?.bucketKey ?? false,
    ...(keyId === undefined ? {} : { keyId }),
    ...(context === undefined ? {} : { context }),
  }
}

function defaultWanted({ config }: Bucket, { BucketKeyEnabled }: SseMembers): SseWanted {
  const { algorithm = 'AES256', keyId, bucketKey = false } = config.encryption ?? {}
  checkAlgorithm(algorithm)
  if (algorithm !== 'aws:kms') return { algorithm: 'AES256' }
  const key = keyId === undefined ? {} : { keyId }
  return { algorithm, bucketKey: BucketKeyEnabled ?? bucketKey, ...key }
}

function checkAlgorithm(algorithm: string): void {
  if (algorithm === 'AES256' || algorithm === 'aws:kms') return
  if (algorithm !== 'aws:kms:dsse') {
    throw invalid('The encryption method specified is not supported', algorithm)
  }
  throw new SealtrailError(
    'NotImplemented',
    'A header you provided implies functionality that is not implemented: aws:kms:dsse',
    { Header: HEADER },
  )
}

/** As policies name it: parts and copies are put, too. */
function actionOf({ operation }: Call): string {
  return operation === 'CopyObject' ? 's3:CopyObject' : 's3:PutObject'
}

function invalid(message: string, ArgumentValue: string): SealtrailError {
  return new SealtrailError('InvalidArgument', message, { ArgumentName: HEADER, ArgumentValue })
}
