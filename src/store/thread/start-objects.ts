/**
 * The database of objects as a start finds it: believed and told what is behind it, made again from the journal, or refused.
 *
 * It is made again where the journal goes back to its beginning. Where segments have gone, it is the only one that has
 * what was in them.
 *
 * @module
 */
import { join } from 'node:path'
import { isOfLarge } from '../change.js'
import { damaged } from '../damage.js'
import { changesOf, entriesOf, FACTS_OF } from '../journal/entry.js'
import type { MarkState } from '../journal/mark.js'
import { JOURNAL_DIRECTORY, type Recovered, recoverJournal } from '../journal/recover.js'
import type { Block } from '../journal/segment.js'
import { removeDatabase } from '../view/database-file.js'
import { ObjectView } from '../view/object-view.js'

export const OBJECTS_NAME = 'objects.sqlite'

/** What there is, as far as it says; or why it is not believed. */
export type FoundObjects = ObjectView | string

export function findObjects(dataDir: string): FoundObjects {
  return ObjectView.find(join(dataDir, OBJECTS_NAME))
}

/** Up to here it was told. */
export function reachedByObjects(found: FoundObjects): number {
  return typeof found === 'string' ? 0 : found.witness.sequence
}

/** What the walk over the journal says about the objects. */
export class ObjectsBehind {
  readonly #from: number
  #chain: Buffer | undefined
  /** There are facts for them that they were not told. */
  isAny = false

  constructor(from: number) {
    this.#from = from
  }

  visit({ firstSequence, sequences, chain, body }: Block): void {
    const last = firstSequence + sequences - 1
    if (last === this.#from) this.#chain = chain
    if (last <= this.#from || this.isAny) return
    for (const entry of entriesOf(body)) {
      if (entry !== undefined && entry.facts.length > 0 && entry.of !== FACTS_OF.small) {
        this.isAny = true
      }
    }
  }

  /** The journal's chain where they end; undefined when no block of it ends there. */
  chain({ segments }: Recovered): Buffer | undefined {
    const next = segments.find(({ head }) => head.firstSequence === this.#from + 1)
    return this.#chain ?? next?.head.chainBefore
  }
}

/**
 * The objects, told of all that the journal has; what they were told counts when it is settled.
 * @throws SealtrailError `StoreDamaged` when they are lost, and the journal does not have them all any more.
 */
export function objectsOf(
  dataDir: string,
  mark: MarkState,
  {
    found,
    behind,
    recovered,
  }: { found: FoundObjects; behind: ObjectsBehind; recovered: Recovered },
): ObjectView {
  if (typeof found === 'string') return remakeObjects(dataDir, mark, found)
  const { sequence, chain } = found.witness
  if (!behind.chain(recovered)?.equals(chain)) {
    found.close()
    return remakeObjects(dataDir, mark, `it was told up to sequence ${sequence} of another journal`)
  }
  if (behind.isAny) tellObjects(dataDir, mark, found)
  return found
}

/** @param doubt why what is there is given up */
export function remakeObjects(dataDir: string, mark: MarkState, doubt: string): ObjectView {
  const path = join(dataDir, OBJECTS_NAME)
  checkGoesBack(path, mark, doubt)
  removeDatabase(path)
  const objects = ObjectView.make(path)
  tellObjects(dataDir, mark, objects)
  return objects
}

/** @throws SealtrailError `StoreDamaged` */
export function checkGoesBack(file: string, { oldest }: MarkState, doubt: string): void {
  if (oldest.sequence === 1) return
  const reason = `${doubt}, and the journal goes back to sequence ${oldest.sequence} only`
  throw damaged({ file, sequence: 1, reason })
}

/** What the journal has behind its witness; settled by whoever asks. @throws SealtrailError `StoreDamaged` */
export function tellObjects(dataDir: string, mark: MarkState, objects: ObjectView): void {
  const { sequence: from } = objects.witness
  const directory = join(dataDir, JOURNAL_DIRECTORY)
  recoverJournal(directory, mark, from, ({ firstSequence, sequences, body }, file) => {
    if (firstSequence + sequences - 1 <= from) return
    let sequence = firstSequence
    for (const entry of entriesOf(body)) {
      if (entry !== undefined && entry.facts.length > 0 && entry.of !== FACTS_OF.small) {
        const fault = objects.tell(changesOf(entry).filter(isOfLarge))
        if (fault !== undefined) {
          const reason = `its facts do not fit to those before it (${objects.path}: ${fault.message})`
          throw damaged({ file, sequence, reason })
        }
      }
      sequence += entry?.sequences ?? 0
    }
  })
}
