/**
 * The metadata as the other rooms see it: compile a query, read its rows, commit facts and records.
 *
 * SQLite runs on a thread of its own, so that no sync ever stops the event loop. A commit resolves when
 * its writes are on the disk; a store that cannot promise that any more says so until it is opened again.
 * One process at a time has the data directory. Files under it: `sealtrail.sqlite` and its write-ahead log.
 *
 * How commits share transactions is in commit-queue.ts and view/transaction.ts, what a commit says in change.ts, the tables
 * are in view/schema.ts.
 * Source: docs/FORMAT.md §5.
 *
 * @module
 */
import { join, resolve } from 'node:path'
import type { CompiledQuery, Kysely } from 'kysely'
import { errorOf, isSealtrailError, SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import { startThread, type Thread } from '../pool/thread.js'
import type { Entry } from './change.js'
import { CommitQueue } from './commit-queue.js'
import { makeDirectory } from './files/directory.js'
import { queryCompiler } from './view/dialect.js'
import type { Schema } from './view/schema.js'
import { sqlValue, writesOf } from './view/statements.js'
import type { DatabaseOptions, StoreRequest, Written } from './view/thread-talk.js'

export interface StoreOptions extends DatabaseOptions {
  readonly dataDir: string
  /** Writes that may wait for the disk, in bytes; more are refused with `ThrottlingException`. */
  readonly queueBytesMax?: number
}

export interface Store {
  /** Absolute. */
  readonly dataDir: string
  /** Compiles only: give what `compile()` returns to `read`. */
  readonly query: Kysely<Schema>
  /** For tests and measurements. */
  readonly counts: StoreCounts
  /**
   * Resolves, with the cause, when the store can write no more until it is opened again: a sync failed, or
   * its thread ended. Pending otherwise.
   */
  readonly broken: Promise<unknown>

  /**
   * The rows of a select; it sees every commit that has resolved.
   * @throws SealtrailError `StoreFailed`, `Closed`.
   */
  read<R>(query: CompiledQuery<R>): Promise<R[]>
  /**
   * All or nothing, and durable when resolved. A rejected commit left nothing behind; only when the disk or the
   * thread failed under it may it still show when the store is opened again.
   * @throws SealtrailError `StoreConflict` when a record with the same event id is there (`detail.table`),
   * `StoreFailed`, `ThrottlingException` when the disk is too far behind, `InputTooLarge`, `InputInvalid` for
   * text that would not come back as it is, `Closed`.
   */
  commit(entry: Entry): Promise<void>
  /** Waits for commits in line, then lets go of the data directory. Twice is fine. */
  close(): Promise<void>
}

interface StoreCounts {
  /** Batches of commits sent to the disk, each one transaction and one sync. */
  readonly batches: number
  /** Commits that became durable. */
  readonly commits: number
}

const DATABASE_FILE = 'sealtrail.sqlite'
const QUEUE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Opens the data directory, making it (0700) and its tables when they are not there.
 * @throws SealtrailError `StoreInUse` when another process has it; `StoreFailed` when it cannot be used.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { queueBytesMax = QUEUE_BYTES_MAX, databaseBytesMax } = options
  const dataDir = resolve(options.dataDir)
  await makeDirectory(dataDir)
  const thread = startThread(new URL('./view/store-thread.js', import.meta.url), undefined)
  try {
    const path = join(dataDir, DATABASE_FILE)
    await ask(thread, { kind: 'open', path, options: { databaseBytesMax } })
  } catch (error) {
    await thread.close()
    throw error
  }
  return new SqliteStore(dataDir, thread, queueBytesMax)
}

class SqliteStore implements Store {
  readonly dataDir: string
  readonly query = queryCompiler()
  readonly #thread: Thread
  readonly #commits: CommitQueue
  readonly broken: Promise<unknown>
  #closing: Promise<void> | undefined

  constructor(dataDir: string, thread: Thread, queueBytesMax: number) {
    this.dataDir = dataDir
    this.#thread = thread
    let tellBroken: (cause: unknown) => void
    this.broken = new Promise((resolve) => {
      tellBroken = resolve
      thread.onExit(resolve)
    })
    this.#commits = new CommitQueue(async (batch) => {
      const { outcomes, broken } = await ask<Written>(thread, { kind: 'commit', batch })
      if (broken !== undefined) tellBroken(errorOf(broken))
      return outcomes
    }, queueBytesMax)
  }

  get counts(): StoreCounts {
    return { batches: this.#commits.batches, commits: this.#commits.groups }
  }

  async read<R>(query: CompiledQuery<R>): Promise<R[]> {
    this.#checkOpen()
    invariant(query.query.kind === 'SelectQueryNode', 'read runs selects')
    const { sql } = query
    const parameters = query.parameters.map(sqlValue)
    return await ask<R[]>(this.#thread, { kind: 'read', sql, parameters })
  }

  async commit(entry: Entry): Promise<void> {
    this.#checkOpen()
    const writes = writesOf(entry)
    if (writes.length > 0) await this.#commits.add(writes)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#commits.drain()
    try {
      await this.#thread.call({ kind: 'close' } satisfies StoreRequest)
    } catch (error) {
      // A thread that died has let go already, and nobody was told that its last batch is safe.
      if (!isSealtrailError(error, 'WorkerDied')) throw error
    } finally {
      await this.#thread.close()
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the store is closed')
  }
}

async function ask<Reply>(thread: Thread, request: StoreRequest): Promise<Reply> {
  try {
    return await thread.call<Reply>(request)
  } catch (cause) {
    if (!isSealtrailError(cause, 'WorkerDied')) throw cause
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message
    throw new SealtrailError('StoreFailed', `the store died: ${reason}`, {}, { cause })
  }
}
