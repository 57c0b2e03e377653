/**
 * UpdateObjectEncryption: an object's data key is wrapped anew, and no byte of the object moves.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { lyingOf } from '../../contents/lying.js'
import { headerOf } from '../../contents/open.js'
import type { SseWanted } from '../../encryption/object-keys.js'
import type { InputOf } from '../../model.js'
import { isLocked } from '../../objects/lock.js'
import { rewrappedOf, wrapsOf } from '../../objects/rewrapped.js'
import type { ObjectVersion, Sse } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument, invalidRequest, malformedXml } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { alterVersion } from '../../versions/alter.js'
import { versionFor } from './find-version.js'

/** Of a named version, too. */
const UPDATE = {
  plain: 's3:UpdateObjectEncryption',
  ofVersion: 's3:UpdateObjectEncryption',
}

export async function updateObjectEncryption(
  parts: S3Parts,
  call: Call,
  input: InputOf<'UpdateObjectEncryption'>,
) {
  const { Key: key } = input
  const bucket = await bucketNamed(parts, call, input)
  const find = () => versionFor(parts, call, bucket, input, UPDATE)
  await alterVersion(parts, call, bucket, key, find, async (version) => {
    const { facts } = version
    checkNotLocked(version, parts.clock.now())
    const wanted = wantedOf(facts.sse!, input)
    const wraps =
      facts.wraps === undefined
        ? await headerOf(parts.blobs, await lyingOf(parts, version))
        : wrapsOf(facts.wraps)
    const { sse, ...rewrapped } = await parts.keys.rewrap(
      ...([call, bucket, key, { sse: facts.sse!, ...wraps }, wanted] as const),
    )
    return { ...facts, sse, wraps: rewrappedOf(rewrapped) }
  })
}

/** Who has the new key could take a locked object away with it. @throws SealtrailError `InvalidRequest` */
function checkNotLocked(version: ObjectVersion, now: number): void {
  if (!isLocked(version, now)) return
  const says =
    'The encryption type for the specified object can’t be updated because that object is protected by S3 Object Lock.'
  throw invalidRequest(says)
}

/**
 * From S3's keys, or KMS's, to a KMS key.
 * @throws SealtrailError `InvalidRequest`
 */
function wantedOf(sse: Sse, { ObjectEncryption }: InputOf<'UpdateObjectEncryption'>): SseWanted {
  if (sse.algorithm === 'customer') {
    const says =
      'Objects that are encrypted with customer-provided keys (SSE-C) cannot be updated to another encryption.'
    throw invalidRequest(says)
  }
  const { KMSKeyArn: keyId, BucketKeyEnabled: bucketKey = false } = ObjectEncryption.SSEKMS ?? {}
  if (keyId === undefined) throw malformedXml()
  if (!keyId.startsWith('arn:')) {
    throw invalidArgument('The KMS key must be named by its ARN.', 'KMSKeyArn', keyId)
  }
  return { algorithm: 'aws:kms', keyId, bucketKey }
}
