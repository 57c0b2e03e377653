/**
 * What a view begins with: the newest copy of its tables that is as it was written.
 *
 *     sealtrail.sqlite            as it was closed last
 *     sealtrail.sqlite.before     that file, put aside: an older version closed it, or it is the last that there is
 *     snapshots/…                 (snapshots.ts)
 *
 * Each is known by its hash, which the mark has. A copy of an older version is carried over into a new file
 * (view/carry.ts), and stays as it is. What is put aside stays until the mark knows a copy that was made since: whatever
 * dies before leaves it to begin with again. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import { join } from 'node:path'
import { damaged } from '../damage.js'
import { copyTo, keepCopy, moveTo, removeAt } from '../files/held-file.js'
import type { MarkState } from '../journal/mark.js'
import { isAs, removeDatabase, removeLogs, versionAt } from '../view/database-file.js'
import { OLDEST_CARRIED, SCHEMA_VERSION } from '../view/schema.js'
import { View } from '../view/view.js'
import { SNAPSHOTS_DIRECTORY, snapshotPath } from './snapshots.js'
import { OBJECTS_NAME } from './start-objects.js'

export const VIEW_NAME = 'sealtrail.sqlite'
const BEFORE_NAME = `${VIEW_NAME}.before`

export interface Base {
  readonly sequence: number
  /** Of a database file; undefined: nothing, where all journals begin. */
  readonly path: string | undefined
  /** Its tables are those of an older version. */
  readonly isOlder: boolean
  /** Without it there is nothing to begin with. */
  readonly isLast: boolean
}

/**
 * The newest copy that is as it was written, and that the journal joins.
 * @throws SealtrailError `StoreDamaged` when there is none, and the journal does not go back to its beginning.
 */
export function findBase(dataDir: string, mark: Known): Base {
  const { sequence: oldest } = mark.oldest
  const bases = basesIn(dataDir, mark)
  const { value: newest } = bases.next()
  // Where the beginning is there, so is a way without any copy.
  if (oldest === 1) {
    return { ...(newest ?? { sequence: 0, path: undefined, isOlder: false }), isLast: false }
  }
  if (newest !== undefined) return { ...newest, isLast: bases.next().done === true }
  throw damaged({
    file: join(dataDir, SNAPSHOTS_DIRECTORY),
    sequence: 1,
    reason:
      `no copy of the tables is as it was written and of a version from ${OLDEST_CARRIED} to ${SCHEMA_VERSION}, ` +
      `and the journal goes back to sequence ${oldest} only`,
  })
}

type Known = Pick<MarkState, 'oldest' | 'view' | 'snapshots'>

/** Newest first. */
function* basesIn(
  dataDir: string,
  { oldest, view, snapshots }: Known,
): Generator<Omit<Base, 'isLast'>, undefined> {
  const copies = snapshots.map((copy) => ({ copy, path: snapshotPath(dataDir, copy) }))
  for (const name of view === undefined ? [] : [BEFORE_NAME, VIEW_NAME]) {
    copies.unshift({ copy: view!, path: join(dataDir, name) })
  }
  copies.sort((a, b) => b.copy.sequence - a.copy.sequence)
  for (const { copy, path } of copies) {
    const { sequence } = copy
    // The journal must go back to it.
    if (sequence + 1 < oldest.sequence || !isAs(path, copy)) continue
    const version = versionAt(path) ?? 0
    if (version < OLDEST_CARRIED || version > SCHEMA_VERSION) continue
    yield { sequence, path, isOlder: version < SCHEMA_VERSION }
  }
}

/** The view of the directory, as its base has it. */
export function viewOn(dataDir: string, base: Base): View {
  const viewPath = join(dataDir, VIEW_NAME)
  const path = join(dataDir, BEFORE_NAME)
  if (base.path !== viewPath || !isToStay(base)) return viewAt(viewPath, base)
  if (!base.isOlder) {
    keepCopy(viewPath, path)
    return viewAt(viewPath, base)
  }
  moveTo(viewPath, path)
  return viewAt(viewPath, { ...base, path })
}

/** Nothing that this version made would do in its place: a snapshot is due. */
export function isToStay({ isOlder, isLast }: Base): boolean {
  return isOlder || isLast
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

/** For who has made another copy known: the mark, and what it names, are on the disk. */
export function dropBefore(dataDir: string): void {
  removeAt(join(dataDir, BEFORE_NAME))
}

/** Copies that whoever died was making, or had made to look at; nobody else has the directory. */
export function dropLeftOvers(dataDir: string): void {
  removeAt(join(dataDir, `${BEFORE_NAME}.part`))
  for (const name of [VIEW_NAME, OBJECTS_NAME]) removeDatabase(join(dataDir, `${name}.copy`))
}
