/**
 * A closed data directory looked at as a whole, and repaired at a price that is told before.
 *
 * What the next start mends by itself (a view that is not as it was closed, objects that the journal still has, one of two
 * shred files) is told apart from what it refuses. A repair keeps the sound part of the journal, up to the first damage, and gives up everything behind
 * it: what is given up stays in `journal/lost-…`, so that a person can still look at it.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { join, resolve } from 'node:path'
import { systemClock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import type { Damage } from '../damage.js'
import {
  bytesAt,
  HeldFile,
  keepCopy,
  makeDirectoryIn,
  moveTo,
  namesIn,
  removeAt,
  sizeAt,
} from '../files/held-file.js'
import { CHAIN_START } from '../journal/block.js'
import { FIRST_MARK, type KnownCopy, Mark } from '../journal/mark.js'
import { firstSequences, JOURNAL_DIRECTORY, MARK_NAME } from '../journal/recover.js'
import { segmentHead, segmentName } from '../journal/segment.js'
import { SHRED_FILES } from '../shreds/shreds.js'
import { decodeSlot, SLOT_BYTES } from '../shreds/slot.js'
import { VIEW_NAME } from '../thread/base.js'
import { checkNotNewer } from '../thread/newer.js'
import { SNAPSHOTS_DIRECTORY, sequenceOfSnapshot, snapshotPath } from '../thread/snapshots.js'
import { type Read, readJournal } from '../thread/start.js'
import { OBJECTS_NAME } from '../thread/start-objects.js'
import { hashOf, isAs, removeDatabase } from '../view/database-file.js'
import { Lock } from '../view/lock.js'
import { ObjectView } from '../view/object-view.js'
import { type BlobsReport, inspectBlobs } from './inspect-blobs.js'
import { inspectJournal, type JournalReport, type SoundEnd } from './inspect-journal.js'
import { inspectObjects, type ObjectsReport } from './inspect-objects.js'

export interface Report {
  readonly journal: JournalReport
  /** What a start refuses. */
  readonly damage: readonly Damage[]
  /** What the next start mends by itself. */
  readonly mended: readonly Damage[]
  /** Undefined when nobody can say which there must be: rows are in doubt, or behind the journal. */
  readonly blobs: BlobsReport | undefined
  /** What a repair gives up; undefined when there is nothing to repair. */
  readonly price: Price | undefined
}

export interface Price {
  /** Sequence numbers from here on are given up; none when it is behind `to`. */
  readonly from: number
  /** The last that is known to have been acknowledged; undefined when the mark is lost too. */
  readonly to: number | undefined
  /** Records among them that can still be read. */
  readonly records: number
}

/**
 * Looks at everything, and changes nothing.
 * @throws SealtrailError `StoreInUse`; `StoreFailed` when no data directory is there.
 */
export function inspect(dataDir: string): Report {
  return locked(dataDir, look)
}

/**
 * Repairs what {@link inspect} told of, at its price.
 * @param key the root's, which seals the mark.
 */
export function repair(dataDir: string, key: KeyObject): Report {
  return locked(dataDir, (path) => {
    const { journal, objects, isRefused } = lookAt(path)
    if (isRefused) cutTo(path, journal, key)
    const isAhead = isRefused && objects.sequence > journal.sound.sequence
    if (objects.doubt !== undefined || isAhead) cutObjects(path, journal, key)
    return look(path)
  })
}

function locked<Answer>(dataDir: string, work: (path: string) => Answer): Answer {
  const path = resolve(dataDir)
  if (sizeAt(join(path, JOURNAL_DIRECTORY)) === undefined) {
    throw new SealtrailError('StoreFailed', `${path} is no data directory of this version`, {
      path,
    })
  }
  const lock = Lock.take(path)
  try {
    checkNotNewer(path)
    return work(path)
  } finally {
    lock.release()
  }
}

function look(dataDir: string): Report {
  const { journal, objects, isRefused, isBehind } = lookAt(dataDir)
  const { recordsBehind: records, isMarkMet, mark, sound, torn } = journal
  const ofObjects = objectsDamage(dataDir, journal, objects)
  const damage = [...journal.damage, ...ofObjects.damage]
  const mended = [
    ...(torn === undefined ? [] : [torn]),
    ...copies(dataDir, journal),
    ...ofObjects.mended,
    ...shreds(dataDir),
  ]
  const to = isMarkMet || (mark?.sequence ?? 0) > sound.sequence ? mark?.sequence : undefined
  const price = { from: sound.sequence + 1, to, records }
  const isRepairable = isRefused || (ofObjects.damage.length > 0 && goesBack(journal))
  const isKnown = !isRefused && !isBehind && objects.doubt === undefined
  const blobs = isKnown ? inspectBlobs(dataDir, objects.blobs) : undefined
  return { journal, damage, mended, blobs, price: isRepairable ? price : undefined }
}

interface Look {
  readonly journal: JournalReport
  readonly objects: ObjectsReport
  /** A start does not take the journal. */
  readonly isRefused: boolean
  /** The journal has facts that the objects have not been told. */
  readonly isBehind: boolean
}

function lookAt(dataDir: string): Look {
  const journal = inspectJournal(dataDir)
  const objects = inspectObjects(dataDir)
  const read = readAsStart(dataDir, journal, objects)
  const isRefused = journal.damage.length > 0 && read === undefined
  return { journal, objects, isRefused, isBehind: read?.behind.isAny ?? true }
}

/**
 * Undefined when a start does not take it. There may be damage in records that it does not need: it opens, and they are
 * refused when they are read.
 */
function readAsStart(
  dataDir: string,
  { mark }: JournalReport,
  { sequence }: ObjectsReport,
): Read | undefined {
  try {
    return mark === undefined ? undefined : readJournal(dataDir, mark, sequence)
  } catch {
    return undefined
  }
}

/** Without the journal's beginning, nothing makes the objects again. */
function objectsDamage(
  dataDir: string,
  journal: JournalReport,
  { sequence, doubt, isFoundAtOnce }: ObjectsReport,
): Pick<Report, 'damage' | 'mended'> {
  const file = join(dataDir, OBJECTS_NAME)
  const { oldest, sound } = journal
  if (doubt === undefined) {
    const isAhead = sequence > sound.sequence && journal.damage.length === 0
    const reason = `it was told up to sequence ${sequence}, and the journal ends at ${sound.sequence}`
    return { damage: isAhead ? [{ file, reason }] : [], mended: [] }
  }
  if (goesBack(journal)) {
    const found = { file, reason: `${doubt}; it can be made again from the journal` }
    return isFoundAtOnce ? { damage: [], mended: [found] } : { damage: [found], mended: [] }
  }
  const reason = `${doubt}, and the journal goes back to sequence ${oldest.sequence} only: put back a copy of it`
  return { damage: [{ file, sequence: 1, reason }], mended: [] }
}

function goesBack({ oldest }: JournalReport): boolean {
  return oldest.sequence === 1
}

/**
 * The next start makes them again from the journal. Where that has not its beginning any more, what was cut from its end
 * stays in them: their rows were acknowledged.
 */
function cutObjects(dataDir: string, journal: JournalReport, key: KeyObject): void {
  const path = join(dataDir, OBJECTS_NAME)
  if (goesBack(journal)) {
    removeDatabase(path)
    return
  }
  const found = ObjectView.find(path)
  if (typeof found === 'string') return
  const { sequence, chain } = journal.sound
  if (found.sealWith(key)) found.reach(sequence, chain)
  found.close()
}

/** The view and its snapshots. */
function copies(dataDir: string, { mark }: JournalReport): Damage[] {
  if (mark === undefined) return []
  const named = [
    [join(dataDir, VIEW_NAME), mark.view] as const,
    ...mark.snapshots.map((copy) => [snapshotPath(dataDir, copy), copy] as const),
  ]
  return named.flatMap(([file, copy]) => {
    if (copy !== undefined && isAs(file, copy)) return []
    return { file, reason: 'it is not as it was closed, and will be made again or passed over' }
  })
}

function shreds(dataDir: string): Damage[] {
  const contents = SHRED_FILES.map((name) => bytesAt(join(dataDir, name)) ?? Buffer.alloc(0))
  const slots = Math.ceil(Math.max(...contents.map((content) => content.length)) / SLOT_BYTES)
  const found: Damage[] = []
  for (let at = 0; at < slots * SLOT_BYTES; at += SLOT_BYTES) {
    const [one, other] = contents.map((content) => content.subarray(at, at + SLOT_BYTES))
    if (one!.equals(other!)) continue
    const lacking = decodeSlot(other!.length < SLOT_BYTES ? Buffer.alloc(SLOT_BYTES) : other!)
    const file = join(dataDir, SHRED_FILES[lacking === undefined ? 1 : 0])
    found.push({ file, offset: at, reason: 'a slot is not as in the other file' })
  }
  return found
}

/** Keeps the sound part; puts the rest away. */
function cutTo(dataDir: string, journal: JournalReport, key: KeyObject): void {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const { sound, oldest, mark: before } = journal
  putAway(dataDir, sound)
  const viewPath = join(dataDir, VIEW_NAME)
  const isViewSound =
    before?.view !== undefined &&
    before.view.sequence <= sound.sequence &&
    (sizeAt(`${viewPath}-wal`) ?? 0) === 0 &&
    isAs(viewPath, before.view)
  if (!isViewSound) removeDatabase(viewPath)
  removeAt(join(directory, MARK_NAME))
  const mark = Mark.make(join(directory, MARK_NAME), FIRST_MARK)
  mark.sealWith(key, true)
  mark.write({
    ...{ sequence: sound.sequence, chain: sound.chain, oldest },
    view: isViewSound ? before.view : undefined,
    snapshots:
      before === undefined
        ? foundSnapshots(dataDir, sound.sequence)
        : before.snapshots.filter((copy) => copy.sequence <= sound.sequence),
  })
  mark.sync()
  mark.close()
}

/**
 * Moves what is behind the sound part to `lost-…`, with copies of the segment that is cut and of the shreds: the next
 * start erases those that only lost facts name.
 */
function putAway(dataDir: string, { path: soundPath, offset, sequence }: SoundEnd): void {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const lost = `lost-${sequence + 1}-${systemClock.now()}`
  makeDirectoryIn(directory, lost)
  for (const name of SHRED_FILES) {
    const path = join(dataDir, name)
    if (sizeAt(path) !== undefined) keepCopy(path, join(directory, lost, name))
  }
  for (const first of firstSequences(directory)) {
    const name = segmentName(first)
    const path = join(directory, name)
    if (path < soundPath) continue
    if (path === soundPath && offset > 0) cut(path, join(directory, lost, name), offset)
    else moveTo(path, join(directory, lost, name))
  }
  if (offset > 0) return
  const head = segmentHead({
    firstSequence: sequence + 1,
    sequencesBefore: 0,
    chainBefore: CHAIN_START,
  })
  HeldFile.make(soundPath, head).close()
}

function cut(path: string, kept: string, offset: number): void {
  const file = HeldFile.open(path)
  try {
    if (file.bytes === offset) return
    keepCopy(path, kept)
    file.resize(offset)
  } finally {
    file.close()
  }
}

/** Taken at their word: what the mark knew of them is lost. Newest first. */
function foundSnapshots(dataDir: string, upTo: number): KnownCopy[] {
  return namesIn(join(dataDir, SNAPSHOTS_DIRECTORY))
    .flatMap((name) => sequenceOfSnapshot(name) ?? [])
    .filter((sequence) => sequence <= upTo)
    .map((sequence) => ({ sequence, hash: hashOf(snapshotPath(dataDir, { sequence }))! }))
    .reverse()
}
