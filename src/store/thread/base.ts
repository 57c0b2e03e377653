/**
 * What a view begins with: the newest copy of its tables that is as it was written.
 *
 *     sealtrail.sqlite            as it was closed last
 *     sealtrail.sqlite.older      that file, when an older version closed it, until a copy of this version is known
 *     snapshots/…                 (snapshots.ts)
 *
 * Each is known by its hash, which the mark has. A copy of an older version is carried over into a new file
 * (view/carry.ts), and stays as it is: until the mark knows a copy that this version made, whatever dies leaves
 * the older one to begin with again. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import { join } from 'node:path'
import { damaged } from '../damage.js'
import { copyTo, moveTo, removeAt } from '../files/held-file.js'
import type { MarkState } from '../journal/mark.js'
import { isAs, removeDatabase, removeLogs, versionAt } from '../view/database-file.js'
import { OLDEST_CARRIED, SCHEMA_VERSION } from '../view/schema.js'
import { View } from '../view/view.js'
import { SNAPSHOTS_DIRECTORY, snapshotPath } from './snapshots.js'

export const VIEW_NAME = 'sealtrail.sqlite'
const OLDER_NAME = `${VIEW_NAME}.older`

export interface Base {
  readonly sequence: number
  /** Of a database file; undefined: nothing, where all journals begin. */
  readonly path: string | undefined
  /** Its tables are those of an older version. */
  readonly isOlder: boolean
}

/**
 * The newest copy that is as it was written, and that the journal joins.
 * @throws SealtrailError `StoreDamaged` when there is none, and the journal does not go back to its beginning.
 */
export function findBase(
  dataDir: string,
  mark: Pick<MarkState, 'oldest' | 'view' | 'snapshots'>,
): Base {
  const { sequence: oldest } = mark.oldest
  const copies = mark.snapshots.map((copy) => ({ copy, path: snapshotPath(dataDir, copy) }))
  for (const name of mark.view === undefined ? [] : [OLDER_NAME, VIEW_NAME]) {
    copies.unshift({ copy: mark.view!, path: join(dataDir, name) })
  }
  copies.sort((a, b) => b.copy.sequence - a.copy.sequence)
  for (const { copy, path } of copies) {
    const { sequence } = copy
    // The journal must go back to it.
    if (sequence + 1 < oldest || !isAs(path, copy)) continue
    const version = versionAt(path) ?? 0
    if (version === SCHEMA_VERSION) return { sequence, path, isOlder: false }
    if (version >= OLDEST_CARRIED && version < SCHEMA_VERSION)
      return { sequence, path, isOlder: true }
  }
  if (oldest === 1) return { sequence: 0, path: undefined, isOlder: false }
  throw damaged({
    file: join(dataDir, SNAPSHOTS_DIRECTORY),
    sequence: 1,
    reason:
      `no copy of the tables is as it was written and of a version from ${OLDEST_CARRIED} to ${SCHEMA_VERSION}, ` +
      `and the journal goes back to sequence ${oldest} only`,
  })
}

/** The view of the directory, as its base has it. */
export function viewOn(dataDir: string, base: Base): View {
  const viewPath = join(dataDir, VIEW_NAME)
  if (!base.isOlder || base.path !== viewPath) return viewAt(viewPath, base)
  const olderPath = join(dataDir, OLDER_NAME)
  moveTo(viewPath, olderPath)
  return viewAt(viewPath, { ...base, path: olderPath })
}

/** A view at `target`, in the place of what may be there, as `base` has it. */
export function viewAt(target: string, { path, sequence, isOlder }: Base): View {
  if (path !== target) removeDatabase(target)
  // Of a process that died: what is in it is in the journal too.
  removeLogs(target)
  if (isOlder) return View.carriedFrom(path!, sequence, target)
  if (path !== undefined && path !== target) copyTo(path, target)
  return View.open(target)
}

/** For who has made a copy of this version known: the mark, and what it names, are on the disk. */
export function dropOlder(dataDir: string): void {
  removeAt(join(dataDir, OLDER_NAME))
}
