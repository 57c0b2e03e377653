/**
 * What is true now, as tables: told of facts, asked by queries.
 *
 *     begin → tell, tell, … → reach → settle, or undo
 *
 * Facts that are told together are one transaction, each commit's in a savepoint: one that is refused is undone alone.
 * The tables can be made again from the journal, so nothing here is the only witness of anything, and no commit waits
 * for the disk. For the store's thread. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import type { Fault } from '../../errors.js'
import type { Change } from '../change.js'
import { removeAt, sizeAt } from '../files/held-file.js'
import { carryOver } from './carry.js'
import { Database, type SqlRow, type SqlValue } from './database.js'
import { databaseFault } from './database-fault.js'
import { hashOf } from './database-file.js'
import { SHRED_IDS, VIEW_TABLES } from './schema.js'
import { writeOf } from './statements.js'

/** As much of database.ts as telling takes; a test puts a failing one in its place. */
export type Tables = Pick<Database, 'inTransaction' | 'run' | 'read' | 'close'>

export class View {
  readonly #path: string
  readonly #tables: Tables

  constructor(path: string, tables: Tables) {
    this.#path = path
    this.#tables = tables
  }

  /** @throws SealtrailError `StoreFailed` */
  static open(path: string): View {
    return new View(path, new Database(path, VIEW_TABLES))
  }

  /**
   * A new one, of what the closed file `older` of an older version has, which is only read; it was told up to `sequence`.
   * @throws SealtrailError `StoreFailed`, `StoreDamaged`; what SQLite throws.
   */
  static carriedFrom(older: string, sequence: number, path: string): View {
    const database = new Database(path, VIEW_TABLES)
    try {
      carryOver(older, sequence, database)
      return new View(path, database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    return this.#tables.read(sql, parameters)
  }

  /** Of the shreds that facts name. */
  shredIds(): Set<string> {
    return new Set(this.read(SHRED_IDS, []).map(({ id }) => id as string))
  }

  begin(): void {
    this.#tables.run('begin immediate', [])
  }

  /**
   * Why the facts were refused, all of them; undefined when they are told. Throws what SQLite throws when it has given
   * up the whole transaction, as it does when there is no room.
   * @param other refuses them for a reason of its own, or throws likewise.
   */
  tell(changes: readonly Change[], other?: () => Fault | undefined): Fault | undefined {
    this.#tables.run('savepoint one_commit', [])
    const fault = this.#change(changes) ?? other?.()
    if (fault !== undefined) this.#tables.run('rollback to one_commit', [])
    this.#tables.run('release one_commit', [])
    return fault
  }

  #change(changes: readonly Change[]): Fault | undefined {
    try {
      for (const change of changes) {
        const { sql, parameters } = writeOf(change)
        this.#tables.run(sql, parameters)
      }
      return undefined
    } catch (error) {
      if (!this.#tables.inTransaction) throw error
      return databaseFault(error)
    }
  }

  /** What was told reaches up to `sequence`; counts with it. */
  reach(sequence: number): void {
    this.#tables.run('update applied set sequence = ?', [sequence])
  }

  settle(): void {
    this.#tables.run('commit', [])
  }

  undo(): void {
    if (this.#tables.inTransaction) this.#tables.run('rollback', [])
  }

  /** A copy of what is settled, at `path`; not synced. */
  copyTo(path: string): void {
    removeAt(path)
    this.#tables.run('vacuum into ?', [path])
  }

  /** The hash of the closed file; undefined when it could not be closed so that the file is all. */
  close(): Buffer | undefined {
    try {
      this.#tables.close()
    } catch {
      return undefined
    }
    // A log that still holds something was not written back.
    return (sizeAt(`${this.#path}-wal`) ?? 0) > 0 ? undefined : hashOf(this.#path)
  }
}
