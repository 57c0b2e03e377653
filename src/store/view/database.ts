/**
 * One SQLite database file: opened for this process alone, its tables made, its statements kept.
 *
 * Write-ahead log with synchronous=FULL: a transaction is on the disk when COMMIT returns. The lock is
 * taken at the door and held until close, so that a second process is refused instead of waiting.
 * Runs on the store's thread only, because every call here blocks. How groups of writes become
 * transactions is in transaction.ts. Source: docs/FORMAT.md §5, sqlite.org/wal.html, /pragma.html.
 *
 * @module
 */
import { chmodSync } from 'node:fs'
import { DatabaseSync } from '@photostructure/sqlite'
import { SealtrailError } from '../../errors.js'
import { databaseFault, isBusy } from './database-fault.js'
import { CREATE_TABLES, SCHEMA_VERSION } from './schema.js'
import type { DatabaseOptions, Row, SqlValue } from './thread-talk.js'

type Statement = ReturnType<InstanceType<typeof DatabaseSync>['prepare']>

/** `seal` in ASCII: tells our files from other SQLite databases. */
const APPLICATION_ID = 0x7365616c
/** A process that is just closing gets this long to let go. */
const BUSY_TIMEOUT_MS = 500
/** Holds 7 audit records of about 1 KiB; a page of 4 KiB holds 3 and is a quarter empty. */
const PAGE_BYTES = 8192
/** Statements kept ready; queries whose text varies (lists of ids) push each other out. */
const STATEMENTS_MAX = 128

export class Database {
  readonly #sqlite: InstanceType<typeof DatabaseSync>
  readonly #statements = new Map<string, Statement>()

  /**
   * Opens the file, or makes it. A process that dies here leaves a file that opens.
   * @throws SealtrailError `StoreInUse`; `StoreFailed` for a file that is not ours, is of a newer
   * version, or cannot be read or written.
   */
  constructor(path: string, options: DatabaseOptions = {}) {
    let sqlite: InstanceType<typeof DatabaseSync> | undefined
    try {
      sqlite = new DatabaseSync(path, {
        timeout: BUSY_TIMEOUT_MS,
        enableForeignKeyConstraints: true,
        enableDoubleQuotedStringLiterals: false,
      })
      prepareFile(sqlite, path)
      if (options.databaseBytesMax !== undefined) {
        sqlite.exec(`pragma max_page_count = ${Math.ceil(options.databaseBytesMax / PAGE_BYTES)}`)
      }
    } catch (error) {
      sqlite?.close()
      throw openFault(error, path)
    }
    this.#sqlite = sqlite
  }

  /** Throws what SQLite throws; database-fault.ts can read it. */
  run(sql: string, parameters: readonly SqlValue[]): void {
    this.#statement(sql).run(...parameters)
  }

  /** @throws SealtrailError `StoreFailed` when the file cannot be read, or is damaged where it is. */
  read(sql: string, parameters: readonly SqlValue[]): Row[] {
    try {
      return this.#statement(sql).all(...parameters)
    } catch (error) {
      const { code, message, detail } = databaseFault(error)
      throw new SealtrailError(code, `the database cannot be read: ${message}`, detail)
    }
  }

  /** False also after SQLite has rolled back by itself, as it does when the disk is full. */
  get inTransaction(): boolean {
    return this.#sqlite.isTransaction
  }

  /** The last statements, and with them the lock on the file, go when this thread ends. */
  close(): void {
    this.#statements.clear()
    this.#sqlite.close()
  }

  #statement(sql: string): Statement {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) {
      // Last in the map is the most recently used.
      this.#statements.delete(sql)
      this.#statements.set(sql, kept)
      return kept
    }
    const statement = this.#sqlite.prepare(sql)
    this.#statements.set(sql, statement)
    if (this.#statements.size > STATEMENTS_MAX) {
      const [oldest] = this.#statements.keys()
      this.#statements.delete(oldest!)
    }
    return statement
  }
}

function prepareFile(sqlite: InstanceType<typeof DatabaseSync>, path: string): void {
  // Before the log is made, which takes over the mode. By name: closing a descriptor of this file would
  // drop every lock that this process holds on it.
  chmodSync(path, 0o600)
  // Before the first access: then the log's index lives in memory and the lock is never let go.
  sqlite.exec('pragma locking_mode = exclusive')
  sqlite.exec(`pragma page_size = ${PAGE_BYTES}`)
  sqlite.exec('pragma journal_mode = wal')
  sqlite.exec('pragma synchronous = full')
  // macOS: a sync that reaches the disk; elsewhere without effect.
  sqlite.exec('pragma fullfsync = on; pragma checkpoint_fullfsync = on')
  sqlite.exec('pragma cell_size_check = on; pragma trusted_schema = off')
  sqlite.exec('begin exclusive')
  const version = pragma(sqlite, 'user_version')
  const applicationId = pragma(sqlite, 'application_id')
  const isEmpty = sqlite.prepare('select 1 from sqlite_schema limit 1').get() === undefined
  if (version === 0 && applicationId === 0 && isEmpty) {
    for (const sql of CREATE_TABLES) sqlite.exec(sql)
    sqlite.exec(`pragma application_id = ${APPLICATION_ID}`)
    sqlite.exec(`pragma user_version = ${SCHEMA_VERSION}`)
  } else if (applicationId !== APPLICATION_ID) {
    throw new SealtrailError('StoreFailed', `${path} is a database of another program`, { path })
  } else if (version !== SCHEMA_VERSION) {
    throw new SealtrailError(
      'StoreFailed',
      `${path} was written by a newer sealtrail (schema ${version}; this one knows ${SCHEMA_VERSION})`,
      { path, version },
    )
  }
  sqlite.exec('commit')
}

function pragma(sqlite: InstanceType<typeof DatabaseSync>, name: string): number {
  return Number(sqlite.prepare(`pragma ${name}`).get()[name])
}

function openFault(error: unknown, path: string): SealtrailError {
  if (error instanceof SealtrailError) return error
  if (isBusy(error)) {
    return new SealtrailError(
      'StoreInUse',
      `the data directory of ${path} is in use by another sealtrail process`,
      { path },
      { cause: error },
    )
  }
  const { message, detail } = databaseFault(error)
  return new SealtrailError(
    'StoreFailed',
    `${path} cannot be opened: ${message}`,
    { path, ...detail },
    { cause: error },
  )
}
