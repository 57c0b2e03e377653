/**
 * A closed data directory looked at as a whole, and repaired at a price that is told before.
 *
 * What the next start mends by itself (a view that is not as it was closed, objects that the journal still has, one of two
 * shred files) is told apart from what it refuses. A repair (cut.ts) keeps the sound part of the journal, up to the first damage, and gives up everything behind
 * it, and key material whose shreds are gone.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { join, resolve } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { type Damage, orDamage } from '../damage.js'
import { bytesAt, sizeAt } from '../files/held-file.js'
import type { MarkState } from '../journal/mark.js'
import { JOURNAL_DIRECTORY } from '../journal/recover.js'
import { SHRED_FILES } from '../shreds/shreds.js'
import { decodeSlot, SLOT_BYTES } from '../shreds/slot.js'
import { VIEW_NAME } from '../thread/base.js'
import { checkNotNewer } from '../thread/newer.js'
import { snapshotPath } from '../thread/snapshots.js'
import { checkReached, type Read, readJournal } from '../thread/start.js'
import { OBJECTS_NAME } from '../thread/start-objects.js'
import { isAs } from '../view/database-file.js'
import { Lock } from '../view/lock.js'
import { checkSeal } from './check-seal.js'
import { cutObjects, cutTo, foundSnapshots, giveUpShreds } from './cut.js'
import { type BlobsReport, inspectBlobs } from './inspect-blobs.js'
import { goesBack, inspectJournal, type JournalReport } from './inspect-journal.js'
import { inspectObjects, type ObjectsReport } from './inspect-objects.js'
import {
  inspectShreds,
  materialName,
  type Needed,
  type ShredsReport,
  toldOfSound,
} from './inspect-shreds.js'

export interface Report {
  readonly journal: JournalReport
  /** What a start refuses. */
  readonly damage: readonly Damage[]
  /** What the next start mends by itself. */
  readonly mended: readonly Damage[]
  /** Undefined when nobody can say which there must be: rows are in doubt, or behind the journal. */
  readonly blobs: BlobsReport | undefined
  /** Key material that no shred opens any more, as a repair has said, in words. */
  readonly gone: readonly string[]
  /** What a repair gives up; undefined when there is nothing to repair. */
  readonly price: Price | undefined
}

export interface Price {
  /** The journal is cut, and what is behind its sound part put away. */
  readonly isCut: boolean
  /** Sequence numbers from here on are given up; none when it is behind `to`. */
  readonly from: number
  /** The last that is known to have been acknowledged; undefined when the mark is lost too. */
  readonly to: number | undefined
  /** Records among them that can still be read. */
  readonly records: number
  /** Key material that is lost, its shreds being gone, in words. */
  readonly material: readonly string[]
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
 * @throws SealtrailError `StoreDamaged`, before anything is changed, when another one sealed what is there.
 */
export function repair(dataDir: string, key: KeyObject): Report {
  return locked(dataDir, (path) => {
    checkSeal(path, key)
    const { journal, objects, shreds, isRefused } = lookAt(path)
    if (isRefused) cutTo(path, journal, key)
    if (objects.doubt !== undefined || areAhead(journal, objects)) cutObjects(path, journal, key)
    if (shreds !== undefined && shreds.lost.length > 0) giveUpShreds(path, shreds)
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
  const { journal, objects, shreds, refusal, isRefused, isBehind } = lookAt(dataDir)
  const { torn } = journal
  const ofObjects = objectsDamage(dataDir, journal, objects)
  const lost = shreds?.lost ?? []
  const ofShreds = isRefused ? [] : lost.map((one) => lostShred(dataDir, one))
  const ofStart = refusal === undefined || isRefused ? [] : [refusal]
  const damage = [...journal.damage, ...ofStart, ...ofObjects.damage, ...ofShreds]
  const mended = [
    ...(torn === undefined ? [] : [torn]),
    ...copies(dataDir, journal),
    ...ofObjects.mended,
    ...unlikeShreds(dataDir),
  ]
  const cut = isRefused ? outside(journal) : aheadOf(journal, objects)
  const price = { isCut: isRefused, ...cut, material: lost.map(materialName) }
  const areMendable = areAhead(journal, objects) || goesBack(journal)
  const isRepairable = isRefused || lost.length > 0 || (ofObjects.damage.length > 0 && areMendable)
  const isKnown = !isRefused && !isBehind && objects.doubt === undefined
  const blobs = isKnown ? inspectBlobs(dataDir, objects.blobs) : undefined
  const gone = (shreds?.gone ?? []).map(materialName)
  return { journal, damage, mended, blobs, gone, price: isRepairable ? price : undefined }
}

/** Of the sound part: what was acknowledged behind it; where that is nothing, what was before it. */
function outside({
  isMarkMet,
  mark,
  oldest,
  sound,
  recordsBehind: records,
}: JournalReport): Omit<Price, 'isCut' | 'material'> {
  const isKnown = mark !== undefined && (isMarkMet || mark.sequence > sound.sequence)
  const to = isKnown ? mark.sequence : undefined
  if (to === undefined || to > sound.sequence || mark!.oldest.sequence >= oldest.sequence)
    return { from: sound.sequence + 1, to, records }
  return { from: mark!.oldest.sequence, to: oldest.sequence - 1, records }
}

/** Of the journal, when a start takes it: nothing, but for what the objects were told of more than it has. */
function aheadOf(
  { mark, sound }: JournalReport,
  objects: ObjectsReport,
): Omit<Price, 'isCut' | 'material'> {
  const { sequence } = mark ?? sound
  return { from: sequence + 1, to: Math.max(sequence, objects.sequence), records: 0 }
}

/** They were told of more than the journal has: a repair that was cut off, or a journal that was set back. */
function areAhead({ sound }: JournalReport, { sequence }: ObjectsReport): boolean {
  return sequence > sound.sequence
}

function lostShred(dataDir: string, needed: Needed): Damage {
  const file = SHRED_FILES.map((name) => join(dataDir, name)).join(' and ')
  return {
    file,
    reason: `both have lost the shred ${needed.id}, which wraps ${materialName(needed)}`,
  }
}

interface Look {
  readonly journal: JournalReport
  readonly objects: ObjectsReport
  readonly shreds: ShredsReport | undefined
  /** What a start stops at; it stops at damage of objects and shreds only behind that. */
  readonly refusal: Damage | undefined
  /** A start does not take the journal. */
  readonly isRefused: boolean
  /** The journal has facts that the objects have not been told. */
  readonly isBehind: boolean
}

function lookAt(dataDir: string): Look {
  const journal = inspectJournal(dataDir)
  const objects = inspectObjects(dataDir)
  const { mark } = journal
  const started = mark && orDamage(() => lookAsStart(dataDir, mark, objects))
  if (started !== undefined && 'answer' in started) {
    const { read, shreds } = started.answer
    const { isAny: isBehind } = read.behind
    return { journal, objects, shreds, refusal: undefined, isRefused: false, isBehind }
  }
  const copies = mark ?? { view: undefined, snapshots: foundSnapshots(dataDir) }
  const cut = orDamage(() => inspectShreds(dataDir, toldOfSound(dataDir, journal, copies)))
  const shreds = 'answer' in cut ? cut.answer : undefined
  const isRefused = journal.damage.length > 0
  return { journal, objects, shreds, refusal: started?.damage, isRefused, isBehind: true }
}

/**
 * There may be damage in records that it does not need: it opens, and they are refused when they are read.
 * @throws SealtrailError `StoreDamaged` when a start does not take it.
 */
function lookAsStart(
  dataDir: string,
  mark: MarkState,
  { sequence }: ObjectsReport,
): { readonly read: Read; readonly shreds: ShredsReport } {
  const read = readJournal(dataDir, mark, sequence)
  checkReached(dataDir, read.base, read.recovered)
  return { read, shreds: inspectShreds(dataDir, read) }
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

function unlikeShreds(dataDir: string): Damage[] {
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
