/**
 * How an object that is written is to be encrypted: `--sse` and its like, as the members of S3's operations.
 *
 * Without any of them the bucket's default counts. Customers' keys (SSE-C) are not given on a command line, where others
 * of the machine can read them.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import { contextPair } from '../seal.js'

export const SSE_NAMES = ['sse', 'sseKmsKeyId', 'bucketKey', 'context'] as const

export interface SseOptions {
  readonly sse?: 'AES256' | 'aws:kms'
  readonly sseKmsKeyId?: string
  readonly bucketKey?: boolean
  readonly context?: Readonly<Record<string, string>>
}

export function withSseOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--sse <how>', "encryption; the bucket's default unless said").choices([
        'AES256',
        'aws:kms',
      ]),
    )
    .option('--sse-kms-key-id <key>', 'key id, key ARN, alias name or alias ARN; implies aws:kms')
    .option('--bucket-key', 'ask KMS once for many objects')
    .option('--no-bucket-key', 'ask KMS for each object')
    .option('--context <k=v>', 'encryption context pair; repeat for more', contextPair)
}

export function sseMembers({ sse, sseKmsKeyId, bucketKey, context }: SseOptions) {
  const implied = sseKmsKeyId !== undefined || context !== undefined ? 'aws:kms' : undefined
  const how = sse ?? implied
  return {
    ...(how === undefined ? {} : { ServerSideEncryption: how }),
    ...(sseKmsKeyId === undefined ? {} : { SSEKMSKeyId: sseKmsKeyId }),
    ...(bucketKey === undefined ? {} : { BucketKeyEnabled: bucketKey }),
    ...(context === undefined
      ? {}
      : { SSEKMSEncryptionContext: Buffer.from(JSON.stringify(context)).toString('base64') }),
  }
}
