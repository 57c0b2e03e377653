/**
 * A directory that a newer version has written to is refused, by name and number, before what is not known of it is taken for damage,
 * or for nothing.
 *
 * Each file says its version in the same place in all versions: journal and mark under a CRC-32, databases in
 * their head. Source: docs/FORMAT.md §5.6.
 *
 * @module
 */
import { join } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { namesIn } from '../files/held-file.js'
import { MARK_VERSION, markVersion } from '../journal/mark.js'
import {
  firstSequences,
  headBytes,
  JOURNAL_DIRECTORY,
  MARK_NAME,
  markBytes,
} from '../journal/recover.js'
import { SEGMENT_VERSION, segmentName, segmentVersion } from '../journal/segment.js'
import { versionAt } from '../view/database-file.js'
import { OBJECTS_VERSION, SCHEMA_VERSION } from '../view/schema.js'
import { VIEW_NAME } from './base.js'
import { SNAPSHOTS_DIRECTORY, sequenceOfSnapshot } from './snapshots.js'
import { OBJECTS_NAME } from './start-objects.js'

/** @throws SealtrailError `StoreFailed` */
export function checkNotNewer(dataDir: string): void {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const markPath = join(directory, MARK_NAME)
  check(markPath, markVersion(markBytes(markPath) ?? Buffer.alloc(0)), MARK_VERSION)
  const last = firstSequences(directory).at(-1)
  if (last !== undefined) {
    const path = join(directory, segmentName(last))
    check(path, segmentVersion(headBytes(path)), SEGMENT_VERSION)
  }
  const snapshots = join(dataDir, SNAPSHOTS_DIRECTORY)
  for (const name of namesIn(snapshots)) {
    if (sequenceOfSnapshot(name) === undefined) continue
    check(join(snapshots, name), versionAt(join(snapshots, name)), SCHEMA_VERSION)
  }
  const viewPath = join(dataDir, VIEW_NAME)
  check(viewPath, versionAt(viewPath), SCHEMA_VERSION)
  const objectsPath = join(dataDir, OBJECTS_NAME)
  check(objectsPath, versionAt(objectsPath), OBJECTS_VERSION)
}

function check(path: string, found: number | undefined, known: number): void {
  if (found === undefined || found <= known) return
  throw new SealtrailError(
    'StoreFailed',
    `${path} is of version ${found} of its format, and this sealtrail knows none behind ${known}: a newer one wrote it. ` +
      'Use that one, or restore a backup from before it. Nothing was changed',
    { path, found, known },
  )
}
