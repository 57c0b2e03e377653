/**
 * How a reply says in what way its object is encrypted: the members that outputs of S3's operations share.
 *
 * @module
 */
import type { Sse } from '../objects/version.js'
import { textOfPairs } from './kms-context.js'

export interface SseReply {
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  /** The ARN of the key. */
  readonly SSEKMSKeyId?: string
  /** Said only when it is true. */
  readonly BucketKeyEnabled?: boolean
  /** Base64 of JSON: the caller's pairs. */
  readonly SSEKMSEncryptionContext?: string
  readonly SSECustomerAlgorithm?: 'AES256'
  readonly SSECustomerKeyMD5?: string
}

/** Of a read, and of what is done with an object that is there. */
export function sseMembers(sse: Sse): SseReply {
  if (sse.algorithm === 'AES256') return { ServerSideEncryption: 'AES256' }
  if (sse.algorithm === 'customer') {
    return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: sse.keyMd5 }
  }
  const bucketKey = sse.bucketKey ? { BucketKeyEnabled: true } : {}
  return { ServerSideEncryption: sse.algorithm, SSEKMSKeyId: sse.keyArn, ...bucketKey }
}

/** Of a write: reads do not show the caller's pairs. */
export function sseMembersOfWrite(sse: Sse): SseReply {
  const pairs = 'context' in sse ? sse.context : undefined
  const shown = pairs === undefined ? {} : { SSEKMSEncryptionContext: textOfPairs(pairs) }
  return { ...sseMembers(sse), ...shown }
}
