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
import { damaged } from '../damage.js'
import { syncsMade } from '../files/syncs.js'
import type { Journal } from '../journal/journal.js'
import { isLastPage, type LeafPage, readLeafPage } from '../journal/leaves.js'
import type { Scribe } from '../journal/loan.js'
import { type RecordPage, type RecordQuery, readRecordPage } from '../journal/records.js'
import type { Shreds } from '../shreds/shreds.js'
import type { SqlRow, SqlValue } from '../view/database.js'
import { Lock } from '../view/lock.js'
import { dropBefore, dropLeftOvers } from './base.js'
import type { Snapshots } from './snapshots.js'
import { openKept } from './start.js'
import { remakeObjects } from './start-objects.js'
import type { Batch, KeeperOptions, Tended, Written } from './thread-talk.js'
import { Views } from './views.js'
import { Work } from './work.js'

interface KeeperParts {
  readonly lock: Lock
  readonly journal: Journal
  readonly views: Views
  readonly shreds: Shreds
  readonly snapshots: Snapshots
}

export class Keeper {
  readonly #parts: KeeperParts
  readonly #dataDir: string
  readonly #retentionMs: number | undefined
  #isSettled = false
  /** Records behind it are needed by somebody, however old they are. */
  #releasedUpTo = Number.POSITIVE_INFINITY
  /** Who appends to the journal while nothing is asked of us. */
  readonly #scribe: Scribe | undefined

  private constructor(
    parts: KeeperParts,
    { dataDir, retentionMs, scribe }: KeeperOptions & { readonly dataDir: string },
  ) {
    this.#parts = parts
    this.#dataDir = dataDir
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
      const { journal, view, objects, ...others } = openKept(dataDir)
      const views = new Views(journal, view, objects)
      return new Keeper({ lock, journal, views, ...others }, { dataDir, ...options })
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
    const doubt = 'it is not sealed by this root key'
    this.#parts.views.sealWith(key, () => remakeObjects(this.#dataDir, mark.state, doubt))
    this.#settleStart()
    return undefined
  }

  read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    return this.#parts.views.read(sql, parameters)
  }

  /** @throws SealtrailError `StoreDamaged`; `StoreFailed` when a segment cannot be read, which breaks nothing else. */
  records(query: RecordQuery): RecordPage {
    return this.#reading(query.after, (segments) => readRecordPage(segments, query))
  }

  /** @throws SealtrailError as {@link records} */
  leaves(after: number): LeafPage {
    const read = (segments: Journal['segments']) => readLeafPage(segments, after)
    const page = this.#reading(after, read)
    // More may have come behind what was lent.
    return isLastPage(page) ? this.#reading(undefined, read) : page
  }

  release(upTo: number): undefined {
    this.#releasedUpTo = upTo
  }

  #reading<Page>(after: number | undefined, read: (segments: Journal['segments']) => Page): Page {
    const { journal } = this.#parts
    // What lies before what was lent is read beside the scribe.
    const isKnown = after !== undefined && after + 1 < journal.nextSequence
    if (!isKnown) journal.regain()
    try {
      return read(journal.segments)
    } catch (error) {
      if (error instanceof SealtrailError) throw error
      const message = `records cannot be read: ${(error as Error).message}`
      throw new SealtrailError('StoreFailed', message, {}, { cause: error })
    } finally {
      if (!isKnown) this.#lend()
    }
  }

  shred(id: string): Uint8Array | undefined {
    return this.#parts.shreds.get(id)
  }

  /** Looks after what needs it every now and then; tells whether the place is still there, and all rows are checked. */
  tend(): Tended {
    const { journal, views } = this.#parts
    journal.regain()
    if (journal.sound.broken === undefined) {
      try {
        journal.checkPlace()
        journal.mark.sync()
      } catch (error) {
        journal.sound.breakWith((error as Error).message)
      }
    }
    const lastSequence = journal.nextSequence - 1
    this.#lend()
    const broken = this.#broken
    const isChecked = this.#isSettled && broken === undefined && views.isChecked
    return { broken, isChecked, lastSequence, syncs: syncsMade() }
  }

  /** How often this thread and the scribe have waited for the disk. */
  syncs(): number {
    this.#parts.journal.regain()
    this.#lend()
    return syncsMade()
  }

  /** Looks at some rows that nobody has looked at since the start; false when none are left, or we may not write. */
  look(): boolean {
    const { journal, views } = this.#parts
    return journal.mark.isOurs && views.look()
  }

  close(): undefined {
    const { journal, views, shreds, lock } = this.#parts
    journal.regain()
    try {
      const isWhole = journal.sound.broken === undefined && journal.mark.isOurs && views.reachEnd()
      const hash = views.close()
      const isKnown = isWhole && hash !== undefined
      if (isKnown) journal.mark.write({ view: { sequence: journal.nextSequence - 1, hash } })
      journal.close()
      if (isKnown) dropBefore(this.#dataDir)
      shreds.close()
    } finally {
      lock.release()
    }
    return undefined
  }

  /** One block and one sync for the whole batch. */
  commit(batch: Batch): Written {
    const { journal, views } = this.#parts
    const work = new Work(batch)
    journal.regain()
    try {
      if (journal.sound.broken !== undefined) throw journal.sound.broken
      if (!journal.mark.isOurs) throw sealed()
      this.#settleStart()
      views.tellOwed()
      this.#keepShreds(work)
      const isTold = views.tell(work)
      this.#append(work, isTold)
      if (isTold) views.settle(work)
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
    const { journal, views } = this.#parts
    if (this.#scribe === undefined || !this.#isSettled || views.isBehind) return
    if (journal.sound.broken === undefined && journal.mark.isOurs) journal.lend(this.#scribe)
  }

  /** Once, when whoever opened us may write: before, nothing that was found is cut or erased. */
  #settleStart(): void {
    if (this.#isSettled) return
    const { journal, views, shreds } = this.#parts
    journal.sound.orBroken('what was found cannot be written', () => {
      journal.settle()
      views.settleStart()
      shreds.settle()
      dropLeftOvers(this.#dataDir)
    })
    this.#isSettled = true
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

  #append(work: Work, isTold: boolean): void {
    const { sequences } = work
    try {
      if (sequences > 0) this.#parts.journal.append(work.pieces(), sequences, systemClock.now())
    } catch (error) {
      if (isTold) this.#parts.views.undo()
      throw error
    }
  }

  #eraseShreds(work: Work): void {
    const ids = work.erased()
    if (ids.length === 0) return
    const { journal, shreds } = this.#parts
    journal.sound.orBroken('the shreds cannot be written', () => shreds.erase(ids))
  }

  #tidy({ batch }: Work): void {
    const { journal, views, snapshots } = this.#parts
    if (views.isBehind) return
    const ofView = batch.effects.filter(({ isLarge }) => !isLarge)
    if (!snapshots.isDue(journal, ofView.length)) return
    // What was committed stays so when there is no room for a snapshot: a later one will do.
    if (!views.reachEnd() || !snapshots.take(journal, views.view)) return
    dropBefore(this.#dataDir)
    if (this.#retentionMs !== undefined) this.#drop(systemClock.now() - this.#retentionMs)
  }

  /** Segments older than `beforeMs` that nothing needs any more, whatever a power cut takes. */
  #drop(beforeMs: number): void {
    const { journal, views, snapshots } = this.#parts
    const forView = snapshots.oldestSequence(journal)
    if (forView === 0) return
    try {
      const upTo = Math.min(forView, views.checkpoint(), this.#releasedUpTo)
      journal.dropBefore(upTo, beforeMs)
    } catch (error) {
      if (error instanceof SealtrailError) throw error
    }
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
