/**
 * A version goes, or a delete marker takes its place: what DeleteObject does to a key.
 *
 *     with a version id    that version goes for good, unless it is locked; the one before is the newest again
 *     without, versions    a delete marker is put; of a suspended bucket, instead of the null version
 *     without, none        the object goes
 *
 * Source: Amazon S3 user guide, "Deleting object versions", "How S3 Object Lock works".
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Change } from '../../store/change.js'
import type { Bucket } from '../buckets/bucket.js'
import { checkDelete, type DeleteConditions } from '../objects/conditions.js'
import { checkUnlocked } from '../objects/lock.js'
import { lockOfKey, putVersion, readBefore, readLatest, readVersion } from '../objects/rows.js'
import type { ObjectVersion } from '../objects/version.js'
import { NULL_VERSION, newVersionId, nextOrder } from '../objects/version-id.js'
import type { S3Parts } from '../parts.js'
import { type Leaving, leavingOf, letGo, NOTHING_LEAVES } from './leaving.js'
import { whileThere } from './while-there.js'

export interface Removal {
  readonly key: string
  readonly versionId?: string | undefined
  readonly conditions: DeleteConditions
  /** The caller may pass by a lock of mode GOVERNANCE, and says so. */
  readonly bypassesGovernance: boolean
  /** Nothing is removed, and nothing said, unless it holds of what would be. */
  readonly isStill?: (version: ObjectVersion) => Promise<boolean>
}

export interface Removed {
  /** What went, or the marker that came; undefined when nothing was there, which is no failure. */
  readonly version?: ObjectVersion | undefined
  readonly isNewMarker: boolean
}

/** How the facts of a removal are committed: with a record of a call, or with others'. */
export type Commit = (changes: readonly Change[]) => Promise<void>

/**
 * @param commit is told what will have been removed.
 * @throws SealtrailError `PreconditionFailed`, `NoSuchKey`, `AccessDeniedException` for what is locked, `NoSuchBucket`
 */
export async function removeVersion(
  parts: S3Parts,
  bucket: Bucket,
  removal: Removal,
  commit: (changes: readonly Change[], removed: Removed) => Promise<void>,
): Promise<Removed> {
  const { key, versionId } = removal
  return await parts.locks.run([lockOfKey(bucket.id, key)], async () => {
    return await whileThere(parts, bucket, async (now) => {
      const { removed, changes, leaving } =
        versionId === undefined
          ? await hide(parts, now, removal)
          : await removeOne(parts, now, removal, versionId)
      await letGo(parts, leaving, () => commit(changes, removed))
      return removed
    })
  })
}

interface Steps {
  readonly removed: Removed
  readonly changes: readonly Change[]
  readonly leaving: Leaving
}

async function removeOne(
  parts: S3Parts,
  bucket: Bucket,
  { key, conditions, bypassesGovernance, isStill }: Removal,
  versionId: string,
): Promise<Steps> {
  // Conditions are about the current version, whichever goes.
  checkDelete(await readLatest(parts, bucket.id, key), conditions, key)
  const version = await readVersion(parts, bucket.id, key, versionId)
  if (version === undefined || (await isStill?.(version)) === false) return NO_STEPS
  checkUnlocked(version, parts.clock.now(), bypassesGovernance)
  const leaving = await leavingOf(parts, version)
  const before = version.isLatest
    ? await readBefore(parts, bucket.id, key, version.order)
    : undefined
  const newest = before === undefined ? [] : [putVersion(parts.root, { ...before, isLatest: true })]
  const changes = [...leaving.changes, ...newest]
  return { removed: { version, isNewMarker: false }, changes, leaving }
}

async function hide(
  parts: S3Parts,
  bucket: Bucket,
  { key, conditions, isStill }: Removal,
): Promise<Steps> {
  const { root, clock } = parts
  const latest = await readLatest(parts, bucket.id, key)
  checkDelete(latest, conditions, key)
  const isGone = latest === undefined || (await isStill?.(latest)) === false
  if (isStill !== undefined && isGone) return NO_STEPS
  const { versioning } = bucket.config
  if (versioning === undefined) {
    if (latest === undefined) return NO_STEPS
    const leaving = await leavingOf(parts, latest)
    return { removed: { version: latest, isNewMarker: false }, changes: leaving.changes, leaving }
  }
  const isVersioned = versioning === 'Enabled'
  const old = isVersioned ? undefined : await nullVersion(parts, bucket, key, latest)
  const leaving = old === undefined ? NOTHING_LEAVES : await leavingOf(parts, old)
  const now = clock.now()
  const order = nextOrder(now, latest?.order)
  const marker: ObjectVersion = {
    ...{ bucketId: bucket.id, key, isLatest: true, isMarker: true, bytes: 0, etag: '' },
    id: isVersioned ? newVersionId(order) : NULL_VERSION,
    order,
    modifiedAt: now,
    facts: { owner: bucket.account },
  }
  const stays = latest !== undefined && latest.order !== old?.order
  const older = stays ? [putVersion(root, { ...latest, isLatest: false })] : []
  const changes = [...leaving.changes, ...older, putVersion(root, marker)]
  return { removed: { version: marker, isNewMarker: true }, changes, leaving }
}

const NO_STEPS: Steps = { removed: { isNewMarker: false }, changes: [], leaving: NOTHING_LEAVES }

async function nullVersion(
  parts: S3Parts,
  { id }: Bucket,
  key: string,
  latest: ObjectVersion | undefined,
): Promise<ObjectVersion | undefined> {
  if (latest === undefined || latest.id === NULL_VERSION) return latest
  return await readVersion(parts, id, key, NULL_VERSION)
}

/** The record of `call` goes with it. */
export function committing(call: Call): Commit {
  return (changes) => call.succeed(changes)
}
