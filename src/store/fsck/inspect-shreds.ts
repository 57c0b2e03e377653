/**
 * The shreds that rows name in a closed data directory, held against the two files that they are in.
 *
 * The rows are those that a start has, or will have when a repair has cut the rest of the journal. A shred that is gone from both files takes key material with it, and nothing brings it back: the files lost it, or what
 * erased it stands in the part that is cut. Changes nothing but a copy. Source: docs/FORMAT.md §5.5.
 *
 * @module
 */
import { dirname, join } from 'node:path'
import type { KnownCopy, MarkState } from '../journal/mark.js'
import { firstSequences, headAt, segmentAt } from '../journal/recover.js'
import { segmentName, walkSegment } from '../journal/segment.js'
import { Shreds } from '../shreds/shreds.js'
import { findBase, VIEW_NAME, viewAt } from '../thread/base.js'
import { type Facts, type Read, takeFacts, tellView } from '../thread/start.js'
import { removeDatabase } from '../view/database-file.js'
import { SHRED_IDS } from '../view/schema.js'
import type { JournalReport } from './inspect-journal.js'

/** Key material that needs a shred. */
export interface Needed {
  readonly id: string
  readonly account: string
  readonly region: string
  readonly keyId: string
  /** Of imported material, which of the key's; null: all that is not imported. */
  readonly version: number | null
}

export interface ShredsReport {
  readonly needed: readonly Needed[]
  /** What neither file has, and nobody has said yet that it is gone. */
  readonly lost: readonly Needed[]
  /** What a repair has said to be gone. */
  readonly gone: readonly Needed[]
}

/** What a start tells its view. */
export type Told = Pick<Read, 'base' | 'entries'>

/** @throws SealtrailError `StoreDamaged` when a start refuses what it is told. */
export function inspectShreds(dataDir: string, told: Told): ShredsReport {
  const needed = neededBy(dataDir, told)
  const states = Shreds.look(dataDir)
  return {
    needed,
    lost: needed.filter(({ id }) => !states.has(id)),
    gone: needed.filter(({ id }) => states.get(id) === 'gone'),
  }
}

/**
 * What a start will tell its view when only the sound part of the journal is left.
 * @throws SealtrailError `StoreDamaged` when there are no rows to go by then.
 */
export function toldOfSound(
  dataDir: string,
  journal: JournalReport,
  copies: Pick<MarkState, 'view' | 'snapshots'>,
): Told {
  const { oldest, sound } = journal
  const isSound = ({ sequence }: KnownCopy) => sequence <= sound.sequence
  const view = copies.view && isSound(copies.view) ? copies.view : undefined
  const base = findBase(dataDir, { oldest, view, snapshots: copies.snapshots.filter(isSound) })
  return { base, entries: soundFacts(journal, base.sequence) }
}

/** What material it is, for people. */
export function materialName({ account, region, keyId, version }: Needed): string {
  const whose = `key ${keyId} of account ${account} in ${region}`
  return version === null
    ? `the material of ${whose}`
    : `the imported material ${version} of ${whose}`
}

function neededBy(dataDir: string, { base, entries }: Told): Needed[] {
  const copy = join(dataDir, `${VIEW_NAME}.copy`)
  const view = viewAt(copy, base)
  try {
    tellView(view, entries, copy)
    return view
      .read(SHRED_IDS, [])
      .map(({ key_id, ...row }) => ({ ...row, keyId: key_id }) as Needed)
  } finally {
    view.close()
    removeDatabase(copy)
  }
}

/** Those for the view that the sound part has behind `base`. */
function soundFacts({ oldest, sound }: JournalReport, base: number): Facts[] {
  const directory = dirname(sound.path)
  const facts: Facts[] = []
  const firsts = firstSequences(directory).filter(
    (first) => first >= oldest.sequence && first <= sound.sequence,
  )
  for (const [i, first] of firsts.entries()) {
    const isTold = (firsts[i + 1] ?? Number.POSITIVE_INFINITY) <= base + 1
    if (isTold) continue
    const path = join(directory, segmentName(first))
    walkSegment(segmentAt(path), headAt(path, first), (block) => {
      const last = block.firstSequence + block.sequences - 1
      if (last > base && last <= sound.sequence) takeFacts(block, path, facts)
    })
  }
  return facts
}
