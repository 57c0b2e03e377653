/**
 * Facts as SQL: one statement for each kind of change, made once from the schema.
 *
 * A write is a statement's number and its parameters, so that a batch on its way to the store's thread carries no
 * text; both ends have the same table. Values are copied and checked here: SQLite would turn others into text
 * without a word.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Change, Entry } from '../change.js'
import { KEY_COLUMNS, type Row, type Schema, type Table } from './schema.js'
import type { SqlValue, Write } from './thread-talk.js'

type Columns<T extends keyof Schema> = readonly (keyof Row<T> & string)[]

/** In the order of the parameters. */
const COLUMNS: { readonly [T in keyof Schema]: Columns<T> } = {
  kms_key: [
    'account',
    'region',
    'key_id',
    'created_at',
    'description',
    'key_state',
    'deletion_at',
    'key_spec',
    'key_usage',
    'origin',
    'multi_region',
    'policy',
    'tags',
    'current_material',
  ],
  kms_material: ['account', 'region', 'key_id', 'version', 'material_id', 'wrapped', 'created_at'],
  kms_alias: ['account', 'region', 'alias_name', 'target_key_id', 'created_at', 'updated_at'],
  audit_record: [
    'event_id',
    'event_time',
    'account',
    'region',
    'event_source',
    'event_name',
    'record',
  ],
  meta: ['name', 'value'],
}

interface Statement {
  readonly number: number
  readonly columns: readonly string[]
}

const texts: string[] = []
const APPEND = statement(insert('audit_record'), COLUMNS.audit_record)
const PUT = new Map<Table, Statement>()
const DROP = new Map<Table, Statement>()
for (const table of Object.keys(KEY_COLUMNS) as Table[]) {
  PUT.set(table, statement(upsert(table), COLUMNS[table]))
  DROP.set(table, statement(remove(table), KEY_COLUMNS[table]))
}

/** By number. */
export const STATEMENTS: readonly string[] = texts

/**
 * The writes of one commit, in order.
 * @throws SealtrailError `InputInvalid` for text that would not come back as it is.
 */
export function writesOf({ changes = [], records = [] }: Entry): Write[] {
  return [...changes.map(changeWrite), ...records.map((record) => write(APPEND, record))]
}

function changeWrite(change: Change): Write {
  return 'put' in change
    ? write(PUT.get(change.put)!, change.row)
    : write(DROP.get(change.drop)!, change.key)
}

function write({ number, columns }: Statement, row: object): Write {
  const values = row as Readonly<Record<string, unknown>>
  return [number, ...columns.map((column) => sqlValue(values[column]))]
}

function statement(text: string, columns: readonly string[]): Statement {
  return { number: texts.push(text) - 1, columns }
}

function insert(table: keyof Schema): string {
  const columns = COLUMNS[table]
  const places = columns.map(() => '?').join(', ')
  return `insert into ${table} (${columns.join(', ')}) values (${places})`
}

/** In place, so that nothing that refers to the row goes with it. */
function upsert(table: Table): string {
  const key: readonly string[] = KEY_COLUMNS[table]
  const others = COLUMNS[table].filter((column) => !key.includes(column))
  const sets = others.map((column) => `${column} = excluded.${column}`).join(', ')
  return `${insert(table)} on conflict (${key.join(', ')}) do update set ${sets}`
}

function remove(table: Table): string {
  const tests = KEY_COLUMNS[table].map((column) => `${column} = ?`).join(' and ')
  return `delete from ${table} where ${tests}`
}

export function sqlValue(value: unknown): SqlValue {
  if (typeof value === 'string') return storable(value)
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value
  invariant(value instanceof Uint8Array, 'a row has values that a database knows')
  // A copy of these bytes only, of which the caller may do what he likes with his own.
  return new Uint8Array(value)
}

/** Text that comes back as it was. Others would be cut at the NUL (PostgreSQL refuses it) or changed. */
function storable(text: string): string {
  if (!text.includes('\0') && text.isWellFormed()) return text
  throw new SealtrailError('InputInvalid', 'text with a NUL or half a character cannot be stored')
}
