/**
 * Whether the root key at hand is the one that a closed directory was sealed with.
 *
 * The mark says so; where it is lost, the witness of the objects does (docs/FORMAT.md §5.4, §6.1). Where neither is to be had, nobody
 * can say. Changes nothing.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { damaged } from '../damage.js'
import { isSealedBy, readMark } from '../journal/mark.js'
import { JOURNAL_DIRECTORY, MARK_NAME, markBytes } from '../journal/recover.js'
import { OBJECTS_NAME } from '../thread/start-objects.js'
import { areSealedBy } from './inspect-objects.js'

/** @throws SealtrailError `StoreDamaged` when another one sealed it, or nobody did. */
export function checkSeal(dataDir: string, key: KeyObject): void {
  const markPath = join(dataDir, JOURNAL_DIRECTORY, MARK_NAME)
  const mark = markBytes(markPath) ?? Buffer.alloc(0)
  if (readMark(mark) === undefined) {
    if (!areSealedBy(dataDir, key)) throw foreign(join(dataDir, OBJECTS_NAME))
  } else if (!isSealedBy(mark, key)) throw foreign(markPath)
}

function foreign(file: string) {
  const reason =
    'it is not sealed by this root key: another one is needed, or it was changed by somebody without it'
  return damaged({ file, reason })
}
