/**
 * One SQLite database file: made or opened, its statements kept.
 *
 * The journal is what is durable, so nothing here waits for the disk but a checkpoint: a transaction that is lost with
 * the power is told again. Runs on the store's thread only, because every call blocks. What is written into it is in
 * view.ts. Source: docs/FORMAT.md §6, sqlite.org/wal.html, /pragma.html.
 *
 * @module
 */
import { chmodSync } from 'node:fs'
import { DatabaseSync } from '@photostructure/sqlite'
import { SealtrailError } from '../../errors.js'
import { databaseFault } from './database-fault.js'
import type { TableSet } from './schema.js'

/** What a database takes and gives. */
export type SqlValue = string | number | null | Uint8Array

export type SqlRow = Record<string, SqlValue>

type Statement = ReturnType<InstanceType<typeof DatabaseSync>['prepare']>

/** `seal` in ASCII. */
const APPLICATION_ID = 0x7365616c
const PAGE_BYTES = 8192
/** Statements kept ready; queries whose text varies (lists of ids) push each other out. */
const STATEMENTS_MAX = 128

export class Database {
  readonly #sqlite: InstanceType<typeof DatabaseSync>
  readonly #statements = new Map<string, Statement>()

  /**
   * Opens the file, or makes it.
   * @throws SealtrailError `StoreFailed` for a file of another version, or that cannot be read or written.
   */
  constructor(path: string, tables: TableSet) {
    let sqlite: InstanceType<typeof DatabaseSync> | undefined
    try {
      sqlite = new DatabaseSync(path, {
        enableForeignKeyConstraints: true,
        enableDoubleQuotedStringLiterals: false,
      })
      prepareFile(sqlite, path, tables)
    } catch (error) {
      sqlite?.close()
      throw openFault(error, path)
    }
    this.#sqlite = sqlite
  }

  /** Gives how many rows it changed. Throws what SQLite throws; database-fault.ts can read it. */
  run(sql: string, parameters: readonly SqlValue[]): number {
    return Number(this.#statement(sql).run(...parameters).changes)
  }

  /** @throws SealtrailError `StoreFailed` when the file cannot be read, or is damaged where it is. */
  read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    try {
      return this.#statement(sql).all(...parameters.map(asAsked))
    } catch (error) {
      const { code, message, detail } = databaseFault(error)
      throw new SealtrailError(code, `the database cannot be read: ${message}`, detail)
    }
  }

  /** As {@link read}, each row as the list of its values. Throws what SQLite throws. */
  readLists(sql: string, parameters: readonly SqlValue[]): SqlValue[][] {
    return this.#statement(sql, true).all(...parameters) as unknown as SqlValue[][]
  }

  /** False also after SQLite has rolled back by itself, as it does when the disk is full. */
  get inTransaction(): boolean {
    return this.#sqlite.isTransaction
  }

  /** Writes the log back, and waits for the disk. */
  checkpoint(): void {
    this.#sqlite.exec('pragma wal_checkpoint(truncate)')
  }

  /** Closed, the file is whole without its log. */
  close(): void {
    if (this.inTransaction) this.#sqlite.exec('rollback')
    // The last statements, and with them SQLite's hold on the file, go when this thread ends.
    this.checkpoint()
    this.#statements.clear()
    this.#sqlite.close()
  }

  #statement(sql: string, givesLists = false): Statement {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) {
      // Last in the map is the most recently used.
      this.#statements.delete(sql)
      this.#statements.set(sql, kept)
      return kept
    }
    const statement = this.#sqlite.prepare(sql)
    statement.setReturnArrays(givesLists)
    this.#statements.set(sql, statement)
    if (this.#statements.size > STATEMENTS_MAX) {
      const [oldest] = this.#statements.keys()
      this.#statements.delete(oldest!)
    }
    return statement
  }
}

/**
 * The first row of a query on a file that may be damaged or of another program; undefined when it gives none. SQLite
 * holds on to the file until the thread ends.
 */
export function readAside(path: string, sql: string): SqlRow | undefined {
  let sqlite: InstanceType<typeof DatabaseSync> | undefined
  try {
    sqlite = new DatabaseSync(path)
    return sqlite.prepare(sql).get()
  } catch {
    return undefined
  } finally {
    sqlite?.close()
  }
}

function prepareFile(
  sqlite: InstanceType<typeof DatabaseSync>,
  path: string,
  { version, create, logPages, cacheKib }: TableSet,
): void {
  // Before the log is made, which takes over the mode. By name: closing a descriptor of this file would
  // drop every lock that this process holds on it.
  chmodSync(path, 0o600)
  // Before the first access: then the log's index lives in memory.
  sqlite.exec('pragma locking_mode = exclusive')
  sqlite.exec(`pragma page_size = ${PAGE_BYTES}`)
  sqlite.exec('pragma journal_mode = wal')
  // A checkpoint syncs, a commit does not.
  sqlite.exec('pragma synchronous = normal')
  // What a savepoint keeps aside.
  sqlite.exec('pragma temp_store = memory')
  sqlite.exec(`pragma wal_autocheckpoint = ${logPages}; pragma cache_size = -${cacheKib}`)
  sqlite.exec('pragma cell_size_check = on; pragma trusted_schema = off')
  sqlite.exec('begin exclusive')
  if (sqlite.prepare('select 1 from sqlite_schema limit 1').get() === undefined) {
    for (const sql of create) sqlite.exec(sql)
    sqlite.exec(`pragma application_id = ${APPLICATION_ID}`)
    sqlite.exec(`pragma user_version = ${version}`)
    sqlite.exec('commit')
    return
  }
  const found = pragma(sqlite, 'user_version')
  if (found !== version) {
    const message = `${path} is of another version of sealtrail: its tables are of version ${found}, ours of ${version}`
    throw new SealtrailError('StoreFailed', message, { path, found, version })
  }
  sqlite.exec('commit')
}

function pragma(sqlite: InstanceType<typeof DatabaseSync>, name: string): number {
  return Number(sqlite.prepare(`pragma ${name}`).get()[name])
}

function openFault(error: unknown, path: string): SealtrailError {
  if (error instanceof SealtrailError) return error
  const { message, detail } = databaseFault(error)
  return new SealtrailError(
    'StoreFailed',
    `${path} cannot be opened: ${message}`,
    { path, ...detail },
    { cause: error },
  )
}

/**
 * SQLite is given texts up to their first NUL, and would find what was not asked for. No row holds such a text; nothing
 * equals bytes but bytes.
 */
function asAsked(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? Buffer.from(value) : value
}
