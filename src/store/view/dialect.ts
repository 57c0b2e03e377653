/**
 * Kysely as a compiler: typed queries in, SQL and parameters out.
 *
 * Queries are compiled on the caller's thread and run on the store's (thread/store-thread.ts), so this
 * dialect has no connection: `execute()` on a query is refused, `compile()` is the way.
 *
 * @module
 */
import {
  type Compilable,
  type CompiledQuery,
  type Dialect,
  DummyDriver,
  Kysely,
  type LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely'
import { invariant } from '../../invariant.js'
import type { SqlValue } from './database.js'
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

/** A limit stands in the text: SQLite would make the statement anew for each limit that is bound to it. */
class Compiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node
    const shown = ValueNode.is(limit) ? ValueNode.createImmediate(limit.value) : limit
    super.visitLimit({ ...node, limit: shown })
  }
}

const sqlite: Dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new CompileOnlyDriver(),
  createIntrospector: (database) => new SqliteIntrospector(database),
  createQueryCompiler: () => new Compiler(),
}

/**
 * A query that is compiled once: what `make` gives for the first parameters is what it is for all. It takes each of them
 * once, in their order.
 */
export function prepared<Parameters extends readonly SqlValue[], R>(
  make: (query: Kysely<Schema>, ...parameters: Parameters) => Compilable<R>,
): (...parameters: Parameters) => CompiledQuery<R> {
  let made: CompiledQuery<R> | undefined
  return (...parameters) => {
    if (made !== undefined) return { ...made, parameters }
    const compiled = make(queryCompiler(), ...parameters).compile()
    const isInOrder =
      compiled.parameters.length === parameters.length &&
      compiled.parameters.every((parameter, i) => parameter === parameters[i])
    invariant(isInOrder, 'a prepared query takes its parameters in their order')
    made = compiled
    return compiled
  }
}

/** Compiles queries on the tables of schema.ts; holds nothing that needs closing. */
export function queryCompiler(): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: sqlite })
}
