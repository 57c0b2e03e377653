/**
 * What a repair cuts off, and where that is kept.
 *
 * The sound part of the journal stays, under a mark that says so; what is behind it goes to `journal/lost-…`, so that a
 * person can still look at it. Shreds that are lost are said to be gone. What all that costs is told before, by fsck.ts.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { basename, join } from 'node:path'
import { systemClock } from '../../clock.js'
import { HeldFile, keepCopy, makeDirectoryIn, moveTo, namesIn, sizeAt } from '../files/held-file.js'
import { CHAIN_START } from '../journal/block.js'
import { type KnownCopy, Mark } from '../journal/mark.js'
import { firstSequences, JOURNAL_DIRECTORY, MARK_NAME } from '../journal/recover.js'
import { segmentHead, segmentName } from '../journal/segment.js'
import { SHRED_FILES, Shreds } from '../shreds/shreds.js'
import { VIEW_NAME } from '../thread/base.js'
import { SNAPSHOTS_DIRECTORY, sequenceOfSnapshot, snapshotPath } from '../thread/snapshots.js'
import { OBJECTS_NAME } from '../thread/start-objects.js'
import { hashOf, isAs, removeDatabase, removeLogs } from '../view/database-file.js'
import { ObjectView } from '../view/object-view.js'
import { goesBack, type JournalReport } from './inspect-journal.js'
import type { ShredsReport } from './inspect-shreds.js'

/** Keeps the sound part; puts the rest away. */
export function cutTo(dataDir: string, journal: JournalReport, key: KeyObject): void {
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  const { sound, oldest, mark: before } = journal
  const lost = putAway(dataDir, journal)
  const viewPath = join(dataDir, VIEW_NAME)
  const isSound = ({ sequence }: KnownCopy) => sequence <= sound.sequence
  const view = before?.view && isSound(before.view) ? before.view : undefined
  if (view !== undefined && isAs(viewPath, view)) removeLogs(viewPath)
  else putDatabaseAway(viewPath, lost)
  // An empty journal makes none of their rows again.
  if (sound.sequence === 0) putDatabaseAway(join(dataDir, OBJECTS_NAME), lost)
  const snapshots = (before?.snapshots ?? foundSnapshots(dataDir)).filter(isSound)
  const state = { sequence: sound.sequence, chain: sound.chain, oldest, view, snapshots }
  // In one piece: what it knows of copies is nowhere else.
  Mark.make(join(directory, MARK_NAME), state, key).close()
}

/**
 * Moves what is outside of the sound part to `lost-…`, with copies of the segment that is cut and of the shreds: the next
 * start erases those that only lost facts name. Gives the place.
 */
function putAway(dataDir: string, { sound, oldest }: JournalReport): string {
  const { path: soundPath, offset, sequence } = sound
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
    const isSound = first >= oldest.sequence && path < soundPath
    if (isSound) continue
    if (path === soundPath && offset > 0) cut(path, join(directory, lost, name), offset)
    else moveTo(path, join(directory, lost, name))
  }
  if (offset > 0) return join(directory, lost)
  const head = segmentHead({
    firstSequence: sequence + 1,
    sequencesBefore: 0,
    chainBefore: CHAIN_START,
  })
  HeldFile.make(soundPath, head).close()
  return join(directory, lost)
}

/** As it lies, with its log. */
function putDatabaseAway(path: string, lost: string): void {
  for (const suffix of ['', '-wal']) {
    const from = `${path}${suffix}`
    if (sizeAt(from) !== undefined) moveTo(from, join(lost, basename(from)))
  }
  removeLogs(path)
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
export function foundSnapshots(dataDir: string): KnownCopy[] {
  return namesIn(join(dataDir, SNAPSHOTS_DIRECTORY))
    .flatMap((name) => sequenceOfSnapshot(name) ?? [])
    .map((sequence) => ({ sequence, hash: hashOf(snapshotPath(dataDir, { sequence }))! }))
    .reverse()
}

/**
 * The next start makes them again from the journal. Where that has not its beginning any more, what was cut from its end
 * stays in them: their rows were acknowledged.
 */
export function cutObjects(dataDir: string, journal: JournalReport, key: KeyObject): void {
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

/** What neither file has is gone from now on, and missed no more; what no row needs is erased, as by a start. */
export function giveUpShreds(dataDir: string, { needed, lost }: ShredsReport): void {
  const lostIds = new Set(lost.map(({ id }) => id))
  const ids = needed.map(({ id }) => id)
  const shreds = Shreds.open(dataDir, new Set(ids.filter((id) => !lostIds.has(id))))
  shreds.settle()
  shreds.giveUp([...lostIds])
  shreds.close()
}
