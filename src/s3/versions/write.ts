/**
 * A new version of bytes that come, from a client or from another object: its data key, its bytes durable, its place.
 *
 * @module
 */
import type { StreamingBody } from '../../aws/streaming.js'
import type { Call } from '../../service/calls/call.js'
import type { Change } from '../../store/change.js'
import type { Bucket } from '../buckets/bucket.js'
import type { ExpectedChecksum } from '../checksums/expected.js'
import { forget, writeBody } from '../contents/write.js'
import type { SealingKey, SseWanted } from '../encryption/object-keys.js'
import { wipeWanted } from '../encryption/shown-key.js'
import type { WriteConditions } from '../objects/conditions.js'
import type { ObjectVersion, VersionFacts } from '../objects/version.js'
import type { S3Parts } from '../parts.js'
import { showApplied, showReceived } from '../records/answer.js'
import { placeVersion } from './place.js'

export interface NewVersion {
  readonly key: string
  /** A customer's key in it is wiped. */
  readonly wanted: SseWanted
  readonly body: StreamingBody
  readonly expected: ExpectedChecksum
  /** Plain bytes. */
  readonly bytesMax: number
  /** What its writer says of it. */
  readonly said: Pick<VersionFacts, 'headers' | 'metadata' | 'storageClass' | 'tags' | 'lock'>
  readonly conditions: WriteConditions
  readonly together?: Together | undefined
}

/**
 * For who has something to say in the very entry that says the version is there: he calls `place` once, with it. What he
 * throws before leaves nothing.
 */
export type Together = (
  place: (changes: readonly Change[]) => Promise<ObjectVersion>,
) => Promise<ObjectVersion>

/**
 * Leaves the record of `call`.
 * @throws SealtrailError as ObjectKeys.seal, {@link writeBody} and {@link placeVersion}: then nothing is left.
 */
export async function writeVersion(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  { key, wanted, body, expected, bytesMax, said, conditions, together }: NewVersion,
): Promise<ObjectVersion> {
  const sealing = await sealingKey(parts, call, bucket, key, wanted, body)
  const written = await writeBody(parts, sealing, body, expected, bytesMax).finally(() =>
    sealing.dataKey.release(),
  )
  const { bytes, etag, blob, messageId, checksum } = written
  showReceived(call, bytes)
  showApplied(call, sealing.sse)
  const facts = { owner: bucket.account, sse: sealing.sse, messageId, checksum, ...said }
  try {
    const draft = { key, isMarker: false, bytes, etag, blob, facts }
    const place = (changes: readonly Change[]) =>
      placeVersion(parts, call, bucket, draft, { conditions, changes })
    return together === undefined ? await place([]) : await together(place)
  } catch (error) {
    forget(parts, written)
    throw error
  }
}

async function sealingKey(
  { keys }: S3Parts,
  call: Call,
  bucket: Bucket,
  key: string,
  wanted: SseWanted,
  { whole }: StreamingBody,
): Promise<SealingKey> {
  try {
    // Nobody is waited for any more whose bytes are here.
    return await keys.seal(call, bucket, key, wanted, whole !== undefined)
  } finally {
    wipeWanted(wanted)
  }
}
