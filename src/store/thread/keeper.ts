/**
 * Journal, view and shreds as one: opened together, held against each other, written in one order.
 *
 *     shreds kept → facts told to the view, not yet settled → journal appended and synced → view settled → shreds erased
 *
 * What is durable is what the journal has. The view is told first because it may refuse a fact, and settles without a
 * sync of its own: it can be told again (start.ts). Every call here blocks; it runs on the store's thread.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { systemClock } from '../../clock.js'
import { loadAddon } from '../../engine/native/addon.js'
import { errorOf, type Fault, faultOf, SealtrailError } from '../../errors.js'
import type { Change } from '../change.js'
import { damaged } from '../damage.js'
import type { Journal } from '../journal/journal.js'
import type { Scribe } from '../journal/loan.js'
import { type RecordPage, type RecordQuery, readRecordPage } from '../journal/records.js'
import type { Shreds } from '../shreds/shreds.js'
import type { SqlRow, SqlValue } from '../view/database.js'
import { databaseFault, isFull } from '../view/database-fault.js'
import { Lock } from '../view/lock.js'
import type { View } from '../view/view.js'
import type { Snapshots } from './snapshots.js'
import { openKept } from './start.js'
import type { Batch, KeeperOptions, Written } from './thread-talk.js'
import { Work } from './work.js'

interface KeeperParts {
  readonly lock: Lock
  readonly journal: Journal
  readonly view: View
  readonly shreds: Shreds
  readonly snapshots: Snapshots
}

export class Keeper {
  readonly #parts: KeeperParts
  readonly #retentionMs: number | undefined
  #isSettled = false
  /** Who appends to the journal while nothing is asked of us. */
  readonly #scribe: Scribe | undefined
  /** Facts that are in the journal, of which the view has not been told for want of room. */
  #owed: ReadonlyArray<readonly Change[]> = []

  private constructor(parts: KeeperParts, { retentionMs, scribe }: KeeperOptions) {
    this.#parts = parts
    this.#retentionMs = retentionMs
    const addon = scribe === undefined ? undefined : loadAddon()
    this.#scribe = addon && { addon, number: scribe! }
  }

  /**
   * Opens the data directory, or makes what a new one needs.
   * @throws SealtrailError `StoreInUse`; `StoreDamaged`; `StoreFailed` when it cannot be used.
   */
  static open(dataDir: string, options: KeeperOptions): Keeper {
    const lock = Lock.take(dataDir)
    try {
      return new Keeper({ lock, ...openKept(dataDir) }, options)
    } catch (error) {
      lock.release()
      throw unopened(error, dataDir)
    }
  }

  /** @throws SealtrailError `StoreDamaged` when somebody without the key wrote the mark. */
  seal(key: KeyObject): undefined {
    this.#parts.journal.regain()
    const { mark, markPath: file, isEmpty } = this.#parts.journal
    if (!mark.sealWith(key, isEmpty)) {
      const reason = 'it is not sealed by this root key: the journal may have been cut or changed'
      throw damaged({ file, reason })
    }
    this.#settleStart()
    return undefined
  }

  read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    this.#tellOwed()
    return this.#parts.view.read(sql, parameters)
  }

  /** @throws SealtrailError `StoreDamaged`; `StoreFailed` when a segment cannot be read, which breaks nothing else. */
  records(query: RecordQuery): RecordPage {
    const { journal } = this.#parts
    journal.regain()
    try {
      return readRecordPage(journal.segments, query)
    } catch (error) {
      if (error instanceof SealtrailError) throw error
      const message = `records cannot be read: ${(error as Error).message}`
      throw new SealtrailError('StoreFailed', message, {}, { cause: error })
    } finally {
      this.#lend()
    }
  }

  shred(id: string): Uint8Array | undefined {
    return this.#parts.shreds.get(id)
  }

  /** Looks after what needs it every now and then; tells whether the place is still there. */
  tend(): { readonly broken: Fault | undefined } {
    const { journal } = this.#parts
    journal.regain()
    if (journal.sound.broken === undefined) {
      try {
        journal.checkPlace()
        journal.mark.sync()
      } catch (error) {
        journal.sound.breakWith((error as Error).message)
      }
    }
    this.#lend()
    return { broken: this.#broken }
  }

  close(): undefined {
    const { journal, view, shreds, lock } = this.#parts
    journal.regain()
    try {
      const isWhole = journal.sound.broken === undefined && journal.mark.isOurs && this.#reachEnd()
      const hash = view.close()
      if (isWhole && hash !== undefined) {
        journal.mark.write({ view: { sequence: journal.nextSequence - 1, hash } })
      }
      journal.close()
      shreds.close()
    } finally {
      lock.release()
    }
    return undefined
  }

  /** One block and one sync for the whole batch. */
  commit(batch: Batch): Written {
    const { journal, view } = this.#parts
    const work = new Work(batch)
    journal.regain()
    try {
      if (journal.sound.broken !== undefined) throw journal.sound.broken
      if (!journal.mark.isOurs) throw sealed()
      this.#settleStart()
      this.#tellOwed()
      this.#keepShreds(work)
      const isTold = this.#tell(work)
      if (isTold) view.reach(journal.nextSequence + work.sequences - 1)
      this.#append(work, isTold)
      if (isTold) this.#settle(work)
      this.#eraseShreds(work)
      this.#tidy(work)
    } catch (error) {
      if (!(error instanceof SealtrailError)) throw error
      work.failAll(faultOf(error))
    }
    this.#lend()
    return { faults: work.faults, broken: this.#broken }
  }

  /** To the scribe, when batches of records are all that is missing. */
  #lend(): void {
    const { journal } = this.#parts
    if (this.#scribe === undefined || !this.#isSettled || this.#owed.length > 0) return
    if (journal.sound.broken === undefined && journal.mark.isOurs) journal.lend(this.#scribe)
  }

  /** False when it cannot be: then a start makes the view again. */
  #reachEnd(): boolean {
    const { journal, view } = this.#parts
    try {
      this.#tellOwed()
      // Records without facts have passed since the view was last told something.
      view.begin()
      view.reach(journal.nextSequence - 1)
      view.settle()
      return true
    } catch {
      return false
    }
  }

  /** Once, when whoever opened us may write: before, nothing that was found is cut or erased. */
  #settleStart(): void {
    if (this.#isSettled) return
    const { journal, shreds } = this.#parts
    journal.sound.orBroken('what was found cannot be written', () => {
      journal.settle()
      shreds.settle()
    })
    this.#isSettled = true
  }

  /** @throws SealtrailError `StoreFailed` while there is no room for facts that are in the journal already. */
  #tellOwed(): void {
    const { view, journal } = this.#parts
    if (this.#owed.length === 0) return
    try {
      view.begin()
      for (const changes of this.#owed) view.tell(changes)
      view.reach(journal.nextSequence - 1)
      view.settle()
      this.#owed = []
    } catch (error) {
      view.undo()
      throw isFull(error) ? errorOf(databaseFault(error)) : this.#viewBroken(error)
    }
  }

  #viewBroken(error: unknown): SealtrailError {
    const { message } = error as Error
    return this.#parts.journal.sound.breakWith(`the view cannot be written: ${message}`, error)
  }

  get #broken(): Fault | undefined {
    const { broken } = this.#parts.journal.sound
    return broken && faultOf(broken)
  }

  /** @throws SealtrailError when nothing can be promised any more. */
  #keepShreds({ batch }: Work): void {
    const wanted = batch.effects.flatMap(({ shreds }) =>
      shreds.flatMap((shred) => ('keep' in shred ? { id: shred.keep, bytes: shred.bytes } : [])),
    )
    if (wanted.length === 0) return
    const { journal, shreds } = this.#parts
    journal.sound.whileRoom('the shreds', () => shreds.keep(wanted))
  }

  /** True when the view has been told something, and waits for the journal. */
  #tell(work: Work): boolean {
    const { view } = this.#parts
    if (work.batch.effects.length === 0) return false
    try {
      view.begin()
      for (const effect of work.batch.effects) {
        const fault = view.tell(work.changesOf(effect))
        if (fault !== undefined) work.fail(effect, fault)
      }
      return true
    } catch (error) {
      view.undo()
      throw errorOf(databaseFault(error))
    }
  }

  #append(work: Work, isTold: boolean): void {
    const { sequences } = work
    try {
      if (sequences > 0) this.#parts.journal.append(work.pieces(), sequences, systemClock.now())
    } catch (error) {
      if (isTold) this.#parts.view.undo()
      throw error
    }
  }

  /** What is in the journal is true, and acknowledged; a view that could not take it is told again before it is read. */
  #settle(work: Work): void {
    const { view } = this.#parts
    try {
      view.settle()
    } catch (error) {
      view.undo()
      if (isFull(error)) {
        this.#owed = work.told()
        return
      }
      const broken = this.#viewBroken(error)
      for (const effect of work.batch.effects) work.fail(effect, faultOf(broken))
    }
  }

  #eraseShreds(work: Work): void {
    const ids = work.erased()
    if (ids.length === 0) return
    const { journal, shreds } = this.#parts
    journal.sound.orBroken('the shreds cannot be written', () => shreds.erase(ids))
  }

  #tidy({ batch }: Work): void {
    const { journal, view, snapshots } = this.#parts
    if (this.#owed.length > 0) return
    if (!snapshots.isDue(journal, batch.effects.length)) return
    // What was committed stays so when there is no room for a snapshot: a later one will do.
    if (!snapshots.take(journal, view) || this.#retentionMs === undefined) return
    journal.dropBefore(snapshots.oldestSequence(journal), systemClock.now() - this.#retentionMs)
  }
}

function sealed(): SealtrailError {
  return new SealtrailError(
    'StoreFailed',
    'the store is sealed, and who opened it has not shown the key',
  )
}

function unopened(error: unknown, dataDir: string): SealtrailError {
  if (error instanceof SealtrailError) return error
  const { message } = error as Error
  return errorOf({
    code: 'StoreFailed',
    message: `the data directory ${dataDir} cannot be opened: ${message}`,
    detail: { dataDir },
  })
}
