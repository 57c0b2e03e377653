/**
 * The database of objects of a closed data directory, looked at as a whole: every row against the witness, and SQLite's own
 * check. Looks at a copy, because SQLite writes to what it opens.
 *
 * Whether the root sealed the witness, only who has its key can say. Source: docs/FORMAT.md §6.1.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { BlobRef } from '../blobs/blobs.js'
import { type FoundObjects, OBJECTS_NAME } from '../thread/start-objects.js'
import { copyBeside, removeDatabase } from '../view/database-file.js'
import { ObjectView } from '../view/object-view.js'

export interface ObjectsReport {
  /** Up to here it was told; 0 when it is not believed. */
  readonly sequence: number
  /** Why it is not what was written; undefined: it is. */
  readonly doubt: string | undefined
  /** Refs of all blobs that its rows name; none when it is not believed. */
  readonly blobs: readonly BlobRef[]
  /** A start finds that before it serves anything, and not some time after. */
  readonly isFoundAtOnce: boolean
}

export function inspectObjects(dataDir: string): ObjectsReport {
  return onCopy(dataDir, (found) => {
    if (typeof found === 'string')
      return { sequence: 0, doubt: found, blobs: [], isFoundAtOnce: true }
    const doubt = found.wrong()
    const { sequence } = found.witness
    const blobs = doubt === undefined ? blobsIn(found) : []
    return { sequence, doubt, blobs, isFoundAtOnce: false }
  })
}

/** False when another one sealed what they were told; true, too, when they were told nothing, or are not believed. */
export function areSealedBy(dataDir: string, key: KeyObject): boolean {
  return onCopy(dataDir, (found) => typeof found === 'string' || found.sealWith(key))
}

function onCopy<Answer>(dataDir: string, work: (found: FoundObjects) => Answer): Answer {
  const copy = copyBeside(join(dataDir, OBJECTS_NAME))
  let found: FoundObjects | undefined
  try {
    found = ObjectView.find(copy)
    return work(found)
  } finally {
    if (found !== undefined && typeof found !== 'string') found.close()
    removeDatabase(copy)
  }
}

function blobsIn(objects: ObjectView): BlobRef[] {
  const sql = `select blob from s3_version where blob is not null union all select blob from s3_part`
  return objects.read(sql, []).map(({ blob }) => blob as BlobRef)
}
