/**
 * GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption: what writes that say nothing of it get.
 *
 * Every bucket encrypts: with S3's own keys where nothing else is set. The key that is named is not looked up; whoever
 * writes hears of it. Source: Amazon S3 API reference, by operation; user guide, "Blocking or unblocking SSE-C".
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { BucketEncryption } from '../../buckets/bucket.js'
import type { InputOf, ShapeValue } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument, malformedXml } from '../../refusals.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'

type Configuration = ShapeValue<'ServerSideEncryptionConfiguration'>

const READ = 's3:GetEncryptionConfiguration'
const WRITE = 's3:PutEncryptionConfiguration'
/** New buckets take no keys of customers. */
const BLOCKED = ['SSE-C'] as const

export async function getBucketEncryption(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketEncryption'>,
): Promise<object> {
  const { config } = await bucketFor(parts, call, input, READ)
  await call.succeed()
  const { algorithm, keyId, bucketKey, blocked } = config.encryption ?? ({} as BucketEncryption)
  const isNamed = keyId !== undefined
  const rule = {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: algorithm ?? 'AES256',
      ...(isNamed ? { KMSMasterKeyID: keyId } : {}),
    },
    BucketKeyEnabled: bucketKey ?? false,
    BlockedEncryptionTypes: { EncryptionType: blocked ?? BLOCKED },
  }
  return { ServerSideEncryptionConfiguration: { Rules: [rule] } }
}

export async function putBucketEncryption(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketEncryption'>,
): Promise<void> {
  await changeBucket(parts, call, input, WRITE, ({ config }) => ({
    ...config,
    encryption: encryptionOf(input.ServerSideEncryptionConfiguration, config.encryption),
  }))
}

export async function deleteBucketEncryption(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucketEncryption'>,
): Promise<void> {
  await changeBucket(parts, call, input, WRITE, ({ config }) => {
    const { encryption, ...others } = config
    const { blocked } = encryption ?? {}
    // What is blocked is not what is done by default.
    return blocked === undefined
      ? others
      : { ...others, encryption: { algorithm: 'AES256', blocked } }
  })
}

function encryptionOf(
  { Rules }: Configuration,
  before: BucketEncryption | undefined,
): BucketEncryption {
  const [rule, ...more] = Rules
  if (rule === undefined || more.length > 0) throw malformedXml()
  const { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: bucketKey } = rule
  const types = rule.BlockedEncryptionTypes?.EncryptionType
  if (byDefault === undefined && types === undefined) throw malformedXml()
  const blocked = types === undefined ? before?.blocked : blockedOf(types)
  const { SSEAlgorithm: algorithm = 'AES256', KMSMasterKeyID: keyId } = byDefault ?? {}
  if (algorithm === 'aws:fsx' || algorithm === 'aws:backup') throw malformedXml()
  if (algorithm === 'AES256' && keyId !== undefined) {
    const says =
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse'
    throw invalidArgument(says, 'ApplyServerSideEncryptionByDefault')
  }
  return {
    algorithm,
    ...(keyId !== undefined && keyId !== '' && { keyId }),
    ...(bucketKey !== undefined && { bucketKey }),
    ...(blocked !== undefined && { blocked }),
  }
}

/** `NONE` stands by itself: nothing is blocked. */
function blockedOf(types: readonly ('NONE' | 'SSE-C')[]): readonly string[] {
  if (types.length === 0 || (types.includes('NONE') && types.length > 1)) throw malformedXml()
  return types
}
