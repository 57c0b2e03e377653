/**
 * What an older version's tables hold, carried over into tables of this version.
 *
 * Table by table, by the columns that both have. A column that the older one did not have is null, as it is of a fact that
 * was told before there was such a column (statements.ts): so the rows are those that the journal would make. The older
 * file is read as it lies, and nothing is written to it or beside it. Source: docs/FORMAT.md §6; sqlite.org/uri.html
 * (`immutable`).
 *
 * @module
 */
import { pathToFileURL } from 'node:url'
import { damaged } from '../damage.js'
import type { Database } from './database.js'

/**
 * Into the empty tables of `database`, in one transaction.
 * @param older a closed file, whose tables were told up to `sequence`.
 * @throws SealtrailError `StoreDamaged` when it has what this version has no place for; what SQLite throws.
 */
export function carryOver(older: string, sequence: number, database: Database): void {
  database.run('attach database ? as older', [`${pathToFileURL(older).href}?immutable=1`])
  database.run('begin', [])
  const kept = tablesOf(database, 'older')
  // In the order in which they are made, so that what a row refers to is there before it.
  const tables = tablesOf(database, 'main')
  checkPlaces(older, 'table', kept, tables)
  for (const table of tables) {
    if (kept.includes(table) && table !== 'applied') carryTable(older, table, database)
  }
  // What rows were numbered up to, also those that have gone.
  database.run('delete from main.sqlite_sequence', [])
  database.run('insert into main.sqlite_sequence select * from older.sqlite_sequence', [])
  database.run('update main.applied set sequence = ?', [sequence])
  database.run('commit', [])
  database.run('detach database older', [])
}

function carryTable(older: string, table: string, database: Database): void {
  const columns = columnsOf(database, 'older', table)
  checkPlaces(older, `column of ${table}`, columns, columnsOf(database, 'main', table))
  const names = columns.join(', ')
  database.run(`insert into main.${table} (${names}) select ${names} from older.${table}`, [])
}

/** A version that gives up a table or a column says here what becomes of its rows: none is lost without a word. */
function checkPlaces(
  file: string,
  what: string,
  kept: readonly string[],
  places: readonly string[],
): void {
  const name = kept.find((one) => !places.includes(one))
  if (name === undefined) return
  throw damaged({ file, reason: `this version has no place for its ${what} ${name}` })
}

function tablesOf(database: Database, schema: 'main' | 'older'): string[] {
  const sql = `select name from ${schema}.sqlite_schema where type = 'table' and name not like 'sqlite~_%' escape '~'`
  return namesIn(database, `${sql} order by rowid`)
}

function columnsOf(database: Database, schema: 'main' | 'older', table: string): string[] {
  return namesIn(database, `select name from pragma_table_info('${table}', '${schema}')`)
}

function namesIn(database: Database, sql: string): string[] {
  return database.read(sql, []).map(({ name }) => name as string)
}
