/**
 * What a closed data directory says, as a start would find it, on copies of its databases: nothing of it is changed.
 *
 * @module
 */
import { join } from 'node:path'
import type { MarkState } from '../journal/mark.js'
import { JOURNAL_DIRECTORY, markAt } from '../journal/recover.js'
import { Shreds } from '../shreds/shreds.js'
import type { SqlRow, SqlValue } from '../view/database.js'
import { copyBeside, removeDatabase } from '../view/database-file.js'
import { ObjectView } from '../view/object-view.js'
import { VIEW_NAME, viewAt } from './base.js'
import { checkNotNewer } from './newer.js'
import { readJournal, tellView } from './start.js'
import { checkGoesBack, OBJECTS_NAME, reachedByObjects, tellObjects } from './start-objects.js'
import { isOfObjects } from './views.js'

export interface Aside {
  read(sql: string, parameters: readonly SqlValue[]): SqlRow[]
  shred(id: string): Uint8Array | undefined
  /** Removes the copies. */
  close(): void
}

/** For who holds the directory. @throws SealtrailError `StoreDamaged` for what a start refuses. */
export function openAside(dataDir: string): Aside {
  checkNotNewer(dataDir)
  const objectsCopy = copyBeside(join(dataDir, OBJECTS_NAME))
  const copies = { view: join(dataDir, `${VIEW_NAME}.copy`), objects: objectsCopy }
  const opened: Array<{ close(): unknown }> = []
  const close = () => {
    for (const each of opened.splice(0)) each.close()
    for (const path of Object.values(copies)) removeDatabase(path)
  }
  try {
    const mark = markAt(join(dataDir, JOURNAL_DIRECTORY))
    const found = ObjectView.find(copies.objects)
    if (typeof found !== 'string') opened.push(found)
    const told = reachedByObjects(found)
    const { base, entries, behind, recovered } = readJournal(dataDir, mark, told)
    const isOfJournal =
      typeof found !== 'string' && behind.chain(recovered)?.equals(found.witness.chain)
    const objects = isOfJournal ? found : remade(dataDir, mark, copies.objects)
    if (!isOfJournal) opened.push(objects)
    const view = viewAt(copies.view, base)
    opened.push(view)
    tellView(view, entries, copies.view)
    tellObjects(dataDir, mark, objects)
    const shreds = Shreds.open(dataDir, view.shredIds())
    return {
      read: (sql, parameters) => (isOfObjects(sql) ? objects : view).read(sql, parameters),
      shred: (id) => shreds.get(id),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** As a start makes them again. @throws SealtrailError `StoreDamaged` */
function remade(dataDir: string, mark: MarkState, copy: string): ObjectView {
  checkGoesBack(join(dataDir, OBJECTS_NAME), mark, 'it is not what was written')
  removeDatabase(copy)
  return ObjectView.make(copy)
}
