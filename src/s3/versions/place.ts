/**
 * A new version takes its place: the newest of its key, instead of the null version or before all others.
 *
 *     under the key's lock: what is newest now → conditions → one commit: new row, old row no longer the newest, or gone
 *
 * Its bytes are durable before. So readers see the old object or the new one, whole, and of many writers who say "only
 * if there is none" one wins. Source: Amazon S3 user guide, "How S3 Versioning works".
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Change } from '../../store/change.js'
import type { Bucket } from '../buckets/bucket.js'
import { sseMembers } from '../encryption/reply.js'
import { checkWrite, type WriteConditions } from '../objects/conditions.js'
import { lockOfKey, putVersion, readLatest, readVersion } from '../objects/rows.js'
import type { ObjectVersion } from '../objects/version.js'
import { NULL_VERSION, newVersionId, nextOrder } from '../objects/version-id.js'
import type { S3Parts } from '../parts.js'
import { showAnswered } from '../records/answer.js'
import { type Leaving, leavingOf, letGo, NOTHING_LEAVES } from './leaving.js'
import { whileThere } from './while-there.js'

export type Draft = Pick<
  ObjectVersion,
  'key' | 'isMarker' | 'bytes' | 'etag' | 'blob' | 'uploadId' | 'facts'
>

export interface Placing {
  readonly conditions?: WriteConditions
  /** Committed with it. */
  readonly changes?: readonly Change[]
}

/**
 * Leaves the record of `call`.
 * @throws SealtrailError `PreconditionFailed`, `NoSuchKey`, `NoSuchBucket` when the bucket has gone meanwhile.
 */
export async function placeVersion(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  draft: Draft,
  { conditions = {}, changes = [] }: Placing = {},
): Promise<ObjectVersion> {
  const { root, clock, blobs } = parts
  const { key } = draft
  return await parts.locks.run([lockOfKey(bucket.id, key)], async () => {
    const latest = await readLatest(parts, bucket.id, key)
    checkWrite(latest, conditions, key)
    const version = await whileThere(parts, bucket, async ({ config }) => {
      // As it is now: the bytes may have taken their time.
      const isVersioned = config.versioning === 'Enabled'
      const leaving = isVersioned ? NOTHING_LEAVES : await leavingNull(parts, bucket, key, latest)
      const now = clock.now()
      const order = nextOrder(now, latest?.order)
      const version: ObjectVersion = {
        ...draft,
        bucketId: bucket.id,
        id: isVersioned ? newVersionId(order) : NULL_VERSION,
        order,
        isLatest: true,
        modifiedAt: now,
      }
      const older = [...leaving.changes, ...noLonger(root, latest, isVersioned)]
      const told = config.versioning === undefined ? {} : { VersionId: version.id }
      showAnswered(call, { ...sseMembers(version.facts.sse!), ...told })
      const all = [...older, ...changes, putVersion(root, version)]
      await letGo(parts, leaving, () => call.succeed(all))
      return version
    })
    if (version.blob !== undefined) blobs.settle([version.blob])
    return version
  })
}

async function leavingNull(
  parts: S3Parts,
  bucket: Bucket,
  key: string,
  latest: ObjectVersion | undefined,
): Promise<Leaving> {
  if (latest === undefined) return NOTHING_LEAVES
  const old =
    latest.id === NULL_VERSION ? latest : await readVersion(parts, bucket.id, key, NULL_VERSION)
  return old === undefined ? NOTHING_LEAVES : await leavingOf(parts, old)
}

/** The one that was the newest, unless it goes. */
function noLonger(
  root: S3Parts['root'],
  latest: ObjectVersion | undefined,
  isVersioned: boolean,
): Change[] {
  const stays = latest !== undefined && (isVersioned || latest.id !== NULL_VERSION)
  return stays ? [putVersion(root, { ...latest, isLatest: false })] : []
}

/**
 * Before the bytes are taken: whether they could take their place now. Asked again when they do.
 * @throws SealtrailError as {@link placeVersion}
 */
export async function checkFreeToPlace(
  parts: S3Parts,
  bucket: Bucket,
  key: string,
  conditions: WriteConditions,
): Promise<void> {
  if (conditions.IfMatch === undefined && conditions.IfNoneMatch === undefined) return
  checkWrite(await readLatest(parts, bucket.id, key), conditions, key)
}
