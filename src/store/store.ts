/**
 * What is kept, as the other rooms see it: compile a query, read its rows, commit facts and records, read records.
 *
 * A commit resolves when it is in the journal, synced: record and effect in one entry. The tables that queries read
 * are a view of the journal. Both live on a thread of their own, so that no sync ever stops the event loop; a store that
 * can promise nothing any more says so until it is opened again. One process at a time has the data directory.
 *
 * How commits share syncs is in commit-queue.ts and thread/keeper.ts, what a start does in thread/start.ts, what a commit
 * says in change.ts, the tables are in view/schema.ts. Source: docs/FORMAT.md §5, §6.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { CompiledQuery, Kysely } from 'kysely'
import type { ScribeNumber } from '../engine/native/addon.js'
import { errorOf, type Fault, isSealtrailError, SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import { startThread, type Thread } from '../pool/thread.js'
import { type Entry, isOfLarge } from './change.js'
import { CommitQueue } from './commit-queue.js'
import { makeDirectory } from './files/directory.js'
import { syncsMade } from './files/syncs.js'
import type { LeafPage } from './journal/leaves.js'
import type { RecordPage, RecordQuery } from './journal/records.js'
import { ReadQueue } from './read-queue.js'
import { Scribe } from './scribe.js'
import type { StoreRequest, Tended, Written } from './thread/thread-talk.js'
import type { SqlValue } from './view/database.js'
import { queryCompiler } from './view/dialect.js'
import type { Schema } from './view/schema.js'

export interface StoreOptions {
  readonly dataDir: string
  /** Writes that may wait for the disk, in bytes; more are refused with `ThrottlingException`. */
  readonly queueBytesMax?: number
  /** Whether records may be written by native code; true unless said. */
  readonly scribe?: boolean
  /** Records are kept at least so many days; for ever unless said, or 0. */
  readonly recordDays?: number
}

export interface Store {
  /** Absolute. */
  readonly dataDir: string
  /** Compiles only: give what `compile()` returns to `read`. */
  readonly query: Kysely<Schema>
  /** For whoever watches. */
  readonly counts: StoreCounts
  /** For who appends records of its own, natively; undefined where there is none. */
  readonly scribe: ScribeNumber | undefined
  /**
   * `listener` is told, before anything else, that facts are about to change, and that they may have changed: whatever
   * was worked out from them in between is not to be kept. Of facts of the large tables (view/schema.ts) nobody is told:
   * no decision rests on them. Returns what takes it back.
   */
  onFacts(listener: FactsListener): () => void
  /**
   * `listener` is told when records may have become durable: at once of those of {@link commit}, within a second of what
   * native code appends by itself (the lane). Returns what takes it back.
   */
  onRecords(listener: () => void): () => void
  /**
   * Resolves, with the cause, when the store can write no more until it is opened again: a sync failed, the data
   * directory is gone, or its thread ended. Pending otherwise.
   */
  readonly broken: Promise<unknown>
  /**
   * Resolves when all rows of the large tables have been found to be those that were written: at once where they are few.
   * Nothing may be destroyed before because there is no row for it. Never, when the store breaks first.
   */
  readonly checked: Promise<void>

  /**
   * From now on nobody without `key` can set the mark of what was acknowledged back unnoticed.
   * @throws SealtrailError `StoreDamaged` when somebody without it wrote the mark that was found.
   */
  seal(key: KeyObject): Promise<void>
  /**
   * The rows of a select; it sees every commit that has resolved. Its tables are large ones, or all others: the two
   * stand in databases of their own (view/schema.ts), and a select that names both is refused.
   * @throws SealtrailError `StoreFailed`, `Closed`.
   */
  read<R>(query: CompiledQuery<R>): Promise<R[]>
  /**
   * All or nothing, and durable when resolved. A rejected commit left nothing behind; only when the disk or the
   * thread failed under it may it still show when the store is opened again.
   * @throws SealtrailError `StoreFailed`, also when a fact does not fit to the others; `ThrottlingException` when the disk is too far behind, `InputTooLarge`, `InputInvalid` for text that would not come
   * back as it is, `Closed`.
   */
  commit(entry: Entry): Promise<void>
  /**
   * Some of the records that the query asks for, and the query that goes on from there.
   * @throws SealtrailError `StoreDamaged`, `Closed`.
   */
  records(query: RecordQuery): Promise<RecordPage>
  /**
   * Hashes of what the journal has behind `after`, as leaves of a Merkle log (journal/leaves.ts).
   * @throws SealtrailError `StoreDamaged`, `Closed`.
   */
  leaves(after: number): Promise<LeafPage>
  /** From now on records behind `upTo` are kept, however old they are (`recordDays`). @throws SealtrailError `Closed`. */
  release(upTo: number): Promise<void>
  /**
   * How often the disk was waited for, up to now: fsyncs and fdatasyncs of this store's threads and of the calling one, which
   * other stores may share, but for SQLite's own. What was known last when the store cannot say any more.
   */
  syncs(): Promise<number>
  /**
   * What was kept under `id`; no bytes when it is gone though rows name it, as a repair has said; undefined when it was
   * erased, or never was.
   * @throws SealtrailError `Closed`.
   */
  shred(id: string): Promise<Uint8Array | undefined>
  /** Waits for commits in line, then lets go of the data directory. Twice is fine. */
  close(): Promise<void>
}

export interface FactsListener {
  changing(entry: Entry): void
  /** The same entry. */
  changed(entry: Entry): void
}

export interface StoreCounts {
  /** Batches of commits, each one block and one sync. */
  readonly batches: number
  /** Commits that became durable. */
  readonly commits: number
  /** Writes on their way to the disk. */
  readonly queuedBytes: number
}

const QUEUE_BYTES_MAX = 64 * 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000
/** How often the place is looked at while nothing is written, and the mark synced. */
const TEND_MS = 1000

/**
 * Opens the data directory, making it (0700) and what is kept in it when they are not there.
 * @throws SealtrailError `StoreInUse` when another process has it; `StoreDamaged` when it is not as it was written;
 * `StoreFailed` when it cannot be used.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { queueBytesMax = QUEUE_BYTES_MAX, recordDays = 0 } = options
  const retentionMs = recordDays === 0 ? undefined : recordDays * DAY_MS
  const dataDir = resolve(options.dataDir)
  await makeDirectory(dataDir)
  const thread = startThread(new URL('./thread/store-thread.js', import.meta.url), undefined)
  const scribe = options.scribe === false ? undefined : Scribe.open()
  try {
    const request = { retentionMs, scribe: scribe?.number }
    await ask(thread, { kind: 'open', dataDir, options: request })
  } catch (error) {
    scribe?.end()
    await thread.close()
    throw error
  }
  return new ThreadStore(dataDir, { thread, scribe }, queueBytesMax)
}

interface Threads {
  readonly thread: Thread
  readonly scribe: Scribe | undefined
}

const ALL_WRITTEN: Written = { faults: [], broken: undefined }

class ThreadStore implements Store {
  readonly dataDir: string
  readonly query = queryCompiler()
  readonly #thread: Thread
  readonly #scribe: Scribe | undefined
  readonly #commits: CommitQueue
  readonly #reads: ReadQueue
  readonly #tending: NodeJS.Timeout
  readonly broken: Promise<unknown>
  readonly checked: Promise<void>
  readonly #tend: () => Promise<void>
  readonly #listeners = new Set<FactsListener>()
  readonly #followers = new Set<() => void>()
  /** Of the journal, when it was last looked after. */
  #lastSequence = 0
  /** Of its threads, when they were asked last. */
  #threadSyncs = 0
  /** Changes of facts of which listeners have been told, but not yet of their end. */
  readonly #underWay = new Set<Entry>()
  #closing: Promise<void> | undefined

  constructor(dataDir: string, { thread, scribe }: Threads, queueBytesMax: number) {
    this.dataDir = dataDir
    this.#thread = thread
    this.#scribe = scribe
    let tellBroken: (cause: unknown) => void
    this.broken = new Promise((resolve) => {
      tellBroken = resolve
      thread.onExit((error) => {
        // What was lent to the scribe is no longer anybody's.
        scribe?.end()
        resolve(error)
      })
    })
    const note = ({ broken }: { readonly broken: Fault | undefined }) => {
      if (broken !== undefined) tellBroken(errorOf(broken))
    }
    this.#commits = new CommitQueue(async (batch) => {
      const written = (await scribe?.append(batch))
        ? ALL_WRITTEN
        : await ask<Written>(thread, { kind: 'commit', batch }, [batch.bytes.buffer])
      note(written)
      this.#tellFollowers()
      return written
    }, queueBytesMax)
    this.#reads = new ReadQueue((queries) => ask(thread, { kind: 'read', queries }))
    let tellChecked: () => void
    this.checked = new Promise((resolve) => {
      tellChecked = resolve
    })
    this.#tend = async () => {
      const tended = await ask<Tended>(thread, { kind: 'tend' })
      note(tended)
      this.#threadSyncs = tended.syncs
      if (tended.isChecked) tellChecked()
      if (tended.lastSequence === this.#lastSequence) return
      this.#lastSequence = tended.lastSequence
      this.#tellFollowers()
    }
    this.#tending = setInterval(() => {
      // Its thread has died: that has been told.
      this.#tend().catch(() => undefined)
    }, TEND_MS).unref()
  }

  get counts(): StoreCounts {
    const { batches, commits, queuedBytes } = this.#commits
    return { batches, commits, queuedBytes }
  }

  async seal(key: KeyObject): Promise<void> {
    this.#checkOpen()
    await ask(this.#thread, { kind: 'seal', key })
    await this.#tend()
  }

  async read<R>(query: CompiledQuery<R>): Promise<R[]> {
    this.#checkOpen()
    invariant(query.query.kind === 'SelectQueryNode', 'read runs selects')
    const { sql, parameters } = query
    const rows = await this.#reads.add({ sql, parameters: parameters as readonly SqlValue[] })
    return rows as R[]
  }

  commit(entry: Entry): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed())
    const { changes = [], records = [], shreds = [] } = entry
    if (changes.length + shreds.length + records.length === 0) return Promise.resolve()
    if (shreds.length === 0 && changes.every(isOfLarge)) return this.#commits.add(entry)
    return this.#changing(entry)
  }

  onFacts(listener: FactsListener): () => void {
    this.#listeners.add(listener)
    for (const entry of this.#underWay) listener.changing(entry)
    return () => this.#listeners.delete(listener)
  }

  onRecords(listener: () => void): () => void {
    this.#followers.add(listener)
    return () => this.#followers.delete(listener)
  }

  #tellFollowers(): void {
    for (const listener of this.#followers) listener()
  }

  get scribe(): ScribeNumber | undefined {
    return this.#scribe?.number
  }

  async #changing(given: Entry): Promise<void> {
    // Another one each time, also when the same is given twice.
    const entry = { ...given }
    this.#underWay.add(entry)
    for (const listener of this.#listeners) listener.changing(entry)
    try {
      await this.#commits.add(entry)
    } finally {
      // Whoever committed first takes in what has changed.
      setImmediate(() => {
        this.#underWay.delete(entry)
        for (const listener of this.#listeners) listener.changed(entry)
      })
    }
  }

  async records(query: RecordQuery): Promise<RecordPage> {
    this.#checkOpen()
    return await ask<RecordPage>(this.#thread, { kind: 'records', query })
  }

  async leaves(after: number): Promise<LeafPage> {
    this.#checkOpen()
    return await ask<LeafPage>(this.#thread, { kind: 'leaves', after })
  }

  async release(upTo: number): Promise<void> {
    this.#checkOpen()
    await ask(this.#thread, { kind: 'release', upTo })
  }

  async syncs(): Promise<number> {
    if (this.#closing === undefined) {
      const asked = ask<number>(this.#thread, { kind: 'syncs' })
      this.#threadSyncs = await asked.catch(() => this.#threadSyncs)
    }
    return this.#threadSyncs + syncsMade()
  }

  async shred(id: string): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    return await ask<Uint8Array | undefined>(this.#thread, { kind: 'shred', id })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearInterval(this.#tending)
    await this.#commits.drain()
    try {
      await this.#thread.call({ kind: 'close' } satisfies StoreRequest)
    } catch (error) {
      // A thread that died has let go already, and nobody was told that its last batch is safe.
      if (!isSealtrailError(error, 'WorkerDied')) throw error
    } finally {
      this.#scribe?.end()
      await this.#thread.close()
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closed()
  }
}

function closed(): SealtrailError {
  return new SealtrailError('Closed', 'the store is closed')
}

async function ask<Reply>(
  thread: Thread,
  request: StoreRequest,
  transfer: readonly ArrayBuffer[] = [],
): Promise<Reply> {
  try {
    return await thread.call<Reply>(request, transfer)
  } catch (cause) {
    if (!isSealtrailError(cause, 'WorkerDied')) throw cause
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message
    throw new SealtrailError('StoreFailed', `the store died: ${reason}`, {}, { cause })
  }
}
