/**
 * A data directory as a start finds it: made, opened, or refused.
 *
 *     mark → a copy of the view that is as it was closed or taken → the journal, every block → facts behind the objects
 *     told to them (start-objects.ts) → facts behind the copy told to the view → shreds held against what facts name
 *
 * A view is believed when its file is, byte for byte, as it was last closed; else it is made again, from a copy whose
 * hash the mark has (base.ts), and the journal behind it. Nothing is changed before the journal has been found sound, and nothing
 * is cut or erased before the mark's seal has been shown (Keeper.seal).
 *
 * @module
 */
import { join } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { isOfLarge } from '../change.js'
import { damaged } from '../damage.js'
import { namesIn, sizeAt } from '../files/held-file.js'
import { changesOf, entriesOf, FACTS_OF, type StoredEntry } from '../journal/entry.js'
import { Journal } from '../journal/journal.js'
import type { MarkState } from '../journal/mark.js'
import {
  firstSequences,
  JOURNAL_DIRECTORY,
  MARK_NAME,
  markAt,
  type Recovered,
  recoverJournal,
} from '../journal/recover.js'
import { type Block, SEGMENT_HEAD_BYTES, segmentName } from '../journal/segment.js'
import { Shreds } from '../shreds/shreds.js'
import { reachedBy, removeDatabase } from '../view/database-file.js'
import { ObjectView } from '../view/object-view.js'
import { View } from '../view/view.js'
import { type Base, findBase, isToStay, VIEW_NAME, viewOn } from './base.js'
import { checkNotNewer } from './newer.js'
import { CHANGES_MAX, SNAPSHOTS_DIRECTORY, Snapshots } from './snapshots.js'
import {
  findObjects,
  OBJECTS_NAME,
  ObjectsBehind,
  objectsOf,
  reachedByObjects,
} from './start-objects.js'

export interface Kept {
  readonly journal: Journal
  readonly view: View
  readonly objects: ObjectView
  readonly shreds: Shreds
  readonly snapshots: Snapshots
}

/** @throws SealtrailError `StoreDamaged`, `StoreFailed`; Node's errors. */
export function openKept(dataDir: string): Kept {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const hasMark = sizeAt(join(directory, MARK_NAME)) !== undefined
  if (!hasMark && isNew(dataDir, directory)) return makeKept(dataDir)
  checkNotNewer(dataDir)
  const mark = markAt(directory)
  const found = findObjects(dataDir)
  const { base, entries, behind, recovered } = readJournal(dataDir, mark, reachedByObjects(found))
  checkReached(dataDir, base, recovered)
  checkTold(join(dataDir, OBJECTS_NAME), reachedByObjects(found), recovered)
  const objects = objectsOf(dataDir, mark, { found, behind, recovered })
  const journal = Journal.open(dataDir, recovered)
  const view = viewOn(dataDir, base)
  tellView(view, entries, join(dataDir, VIEW_NAME))
  const shreds = Shreds.open(dataDir, view.shredIds())
  const since = mark.snapshots[0]?.sequence ?? 0
  const changes = entries.filter(({ sequence }) => sequence > since).length
  const snapshots = new Snapshots(dataDir, isToStay(base) ? CHANGES_MAX : changes)
  return { journal, view, objects, shreds, snapshots }
}

/** A start that died while it made a directory has told nobody of it, and left nothing in it. */
function isNew(dataDir: string, directory: string): boolean {
  const viewPath = join(dataDir, VIEW_NAME)
  if (sizeAt(viewPath) === undefined) {
    const hasBlocks = firstSequences(directory).some(
      (first) => (sizeAt(join(directory, segmentName(first))) ?? 0) > SEGMENT_HEAD_BYTES,
    )
    const hasSnapshots = namesIn(join(dataDir, SNAPSHOTS_DIRECTORY)).length > 0
    if (hasBlocks || hasSnapshots || Shreds.hasAny(dataDir)) return false
    const found = findObjects(dataDir)
    if (typeof found !== 'string') found.close()
    return reachedByObjects(found) === 0
  }
  if (namesIn(directory).length > 0) return false
  throw new SealtrailError(
    'StoreFailed',
    `${viewPath} is there without its journal. A data directory of sealtrail 0.1 has none, and this version does not ` +
      'read it: use that version, or name another directory. If there was a journal, it is lost: put it back',
    { path: viewPath },
  )
}

function makeKept(dataDir: string): Kept {
  const shreds = Shreds.make(dataDir)
  const journal = Journal.make(dataDir)
  removeDatabase(join(dataDir, VIEW_NAME))
  const view = View.open(join(dataDir, VIEW_NAME))
  removeDatabase(join(dataDir, OBJECTS_NAME))
  const objects = ObjectView.make(join(dataDir, OBJECTS_NAME))
  return { journal, view, objects, shreds, snapshots: new Snapshots(dataDir, 0) }
}

export interface Facts {
  readonly sequence: number
  readonly entry: StoredEntry
  readonly file: string
}

export interface Read {
  readonly base: Base
  /** Facts for the view, behind its base. */
  readonly entries: Facts[]
  readonly behind: ObjectsBehind
  readonly recovered: Recovered
}

/**
 * Reads only.
 * @param told up to here the objects were told.
 * @throws SealtrailError `StoreDamaged`
 */
export function readJournal(dataDir: string, mark: MarkState, told: number): Read {
  const base = findBase(dataDir, mark)
  const entries: Facts[] = []
  const behind = new ObjectsBehind(told)
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  // Objects whose journal has gone are refused, or made again from the beginning.
  const known = Math.min(base.sequence, Math.max(told, mark.oldest.sequence - 1))
  const recovered = recoverJournal(directory, mark, known, (block, file) => {
    if (block.firstSequence + block.sequences - 1 > base.sequence) takeFacts(block, file, entries)
    behind.visit(block)
  })
  return { base, entries, behind, recovered }
}

/** Adds those for the view. @throws SealtrailError `StoreDamaged` */
export function takeFacts(block: Block, file: string, entries: Facts[]): void {
  let { firstSequence: sequence } = block
  for (const entry of entriesOf(block.body)) {
    if (entry === undefined) {
      const reason = 'an entry is of a kind that this version does not know'
      throw damaged({ file, offset: block.offset, sequence, reason })
    }
    if (entry.facts.length > 0 && entry.of !== FACTS_OF.large) {
      // The segment's memory is not held for the sake of a few facts.
      const facts = Buffer.from(entry.facts)
      entries.push({ sequence, entry: { ...entry, records: [], facts }, file })
    }
    sequence += entry.sequences
  }
}

/** @throws SealtrailError `StoreDamaged` when a view that is given up, or its log, was told of more than the journal has. */
export function checkReached(dataDir: string, { path }: Base, recovered: Recovered): void {
  const viewPath = join(dataDir, VIEW_NAME)
  const hasLog = (sizeAt(`${viewPath}-wal`) ?? 0) > 0
  if ((path === viewPath && !hasLog) || sizeAt(viewPath) === undefined) return
  checkTold(viewPath, reachedBy(viewPath) ?? 0, recovered)
}

function checkTold(path: string, reached: number, { segments, end }: Recovered): void {
  if (reached < end.nextSequence) return
  throw damaged({
    file: segments.at(-1)!.path,
    offset: end.offset,
    sequence: end.nextSequence,
    reason: `the journal ends here, and ${path} was told of sequence ${reached}`,
  })
}

export function tellView(view: View, entries: readonly Facts[], path: string): void {
  if (entries.length === 0) return
  view.begin()
  for (const { sequence, entry, file } of entries) {
    const fault = view.tell(changesOf(entry).filter((change) => !isOfLarge(change)))
    if (fault === undefined) continue
    const reason = `its facts do not fit to those before it (${path}: ${fault.message})`
    throw damaged({ file, sequence, reason })
  }
  view.reach(entries.at(-1)!.sequence)
  view.settle()
}
