/**
 * Kysely as a compiler: typed queries in, SQL and parameters out.
 *
 * Queries are compiled on the caller's thread and run on the store's (thread/store-thread.ts), so this
 * dialect has no connection: `execute()` on a query is refused, `compile()` is the way.
 *
 * @module
 */
import {
  type CompiledQuery,
  type Dialect,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { invariant } from '../../invariant.js'
import type { Schema } from './schema.js'

/** Where rows are read: the store, or a closed data directory that is looked at (fsck/). */
export interface Tables {
  readonly query: Kysely<Schema>
  read<R>(query: CompiledQuery<R>): Promise<R[]>
}

/** A driver whose connection is never there. */
class CompileOnlyDriver extends DummyDriver {
  override init(): Promise<void> {
    invariant(false, 'a compiled query runs through store.read or store.commit, never execute()')
  }
}

const sqlite: Dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new CompileOnlyDriver(),
  createIntrospector: (database) => new SqliteIntrospector(database),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}

/** Compiles queries on the tables of schema.ts; holds nothing that needs closing. */
export function queryCompiler(): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: sqlite })
}
