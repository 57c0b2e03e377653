/**
 * Facts as SQL: one statement for each kind of change, made once from the schema.
 *
 * @module
 */
import type { Change } from '../change.js'
import type { SqlValue } from './database.js'
import { KEY_COLUMNS, type LargeTable, type Row, type Schema, type Table } from './schema.js'

type Columns<T extends keyof Schema> = readonly (keyof Row<T> & string)[]

const ENTITY_COLUMNS = [
  ...(['account', 'name', 'path', 'created_at', 'tags'] as const),
  ...(['boundary', 'attached', 'inline', 'mac'] as const),
] as const

/** In the order of the parameters. */
const COLUMNS: { readonly [T in Table]: Columns<T> } = {
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
    'principals',
    'tags',
    'current_material',
    'shred_id',
    'managed_by',
    'primary_region',
    'deletion_days',
    'rotation_days',
    'rotation_at',
    'store_id',
    'xks_key_id',
    'mac',
  ],
  kms_material: [
    ...(['account', 'region', 'key_id', 'version'] as const),
    ...(['material_id', 'wrapped', 'created_at', 'rotation'] as const),
    ...(['shred_id', 'valid_to', 'description', 'mac'] as const),
  ],
  kms_alias: ['account', 'region', 'alias_name', 'target_key_id', 'created_at', 'updated_at'],
  kms_grant: [
    'account',
    'region',
    'key_id',
    'grant_id',
    'created_at',
    'name',
    'grantee',
    'retirer',
    'issuer',
    'operations',
    'constraints',
    'mac',
  ],
  kms_store: [
    ...(['account', 'region', 'store_id', 'created_at', 'name', 'uri_endpoint'] as const),
    ...(['uri_path', 'access_key_id', 'secret', 'connection_state', 'error_code', 'mac'] as const),
  ],
  iam_user: ['user_id', 'groups', ...ENTITY_COLUMNS],
  iam_role: [
    ...(['role_id', 'description', 'max_session_seconds', 'trust_policy', 'trusted'] as const),
    ...ENTITY_COLUMNS,
  ],
  iam_group: ['group_id', ...ENTITY_COLUMNS],
  iam_policy: [
    ...(['policy_id', 'account', 'name', 'path', 'created_at', 'updated_at'] as const),
    ...(['description', 'tags', 'default_version', 'last_version', 'versions', 'mac'] as const),
  ],
  iam_access_key: [
    ...(['access_key_id', 'account', 'user_id', 'status'] as const),
    ...(['created_at', 'wrapped', 'mac'] as const),
  ],
  s3_bucket: [
    ...(['name', 'account', 'region', 'created_at', 'bucket_id'] as const),
    ...(['config', 'mac'] as const),
  ],
  s3_version: [
    ...(['bucket_id', 'object_key', 'version_order', 'version_id', 'is_latest'] as const),
    ...(['is_marker', 'bytes', 'etag', 'modified_at', 'blob', 'upload_id'] as const),
    ...(['facts', 'mac'] as const),
  ],
  s3_upload: [
    ...(['upload_id', 'bucket_id', 'object_key', 'initiated_at', 'is_complete'] as const),
    ...(['facts', 'mac'] as const),
  ],
  s3_part: [
    ...(['upload_id', 'part_number', 'bytes', 'etag', 'modified_at'] as const),
    ...(['blob', 'facts', 'mac'] as const),
  ],
  trail: [
    ...(['trail_id', 'account', 'region', 'name', 'created_at'] as const),
    ...(['config', 'state', 'mac'] as const),
  ],
  trail_file: ['trail_id', 'object_key', 'delivered_at', 'facts', 'mac'],
  trail_key: ['region', 'valid_from', 'valid_until', 'public_key', 'wrapped', 'mac'],
  trail_channel: ['channel_id', 'account', 'region', 'created_at', 'config', 'mac'],
  key_use: ['key_arn', 'used_at', 'operation', 'event_id', 'request_id', 'mac'],
  meta: ['name', 'value'],
}

interface Statement {
  readonly sql: string
  readonly columns: readonly string[]
}

/** A statement and its parameters. */
export interface Write {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

const PUT = new Map<Table, Statement>()
const DROP = new Map<Table, Statement>()
for (const table of Object.keys(KEY_COLUMNS) as Table[]) {
  PUT.set(table, { sql: upsert(table), columns: COLUMNS[table] })
  DROP.set(table, { sql: remove(table), columns: KEY_COLUMNS[table] })
}

export function writeOf(change: Change): Write {
  return 'put' in change
    ? write(PUT.get(change.put)!, change.row)
    : write(DROP.get(change.drop)!, change.key)
}

function write({ sql, columns }: Statement, row: object): Write {
  const values = row as Readonly<Record<string, SqlValue>>
  // A fact that was told before there was such a column does not have it.
  return { sql, parameters: columns.map((column) => values[column] ?? null) }
}

function insert(table: Table): string {
  const columns = COLUMNS[table]
  const places = columns.map(() => '?').join(', ')
  return `insert into ${table} (${columns.join(', ')}) values (${places})`
}

/** Changes nothing where the row is there already. */
function insertNew(table: Table): string {
  return `${insert(table)} on conflict (${KEY_COLUMNS[table].join(', ')}) do nothing`
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

/** How the rows of a large table are looked at. */
export interface RowStatements {
  /** In the order of their parameters and results. */
  readonly columns: readonly string[]
  readonly key: readonly string[]
  /** Puts a row that is not there. */
  readonly insert: string
  /** The row with a key. */
  readonly one: string
  /** Rows from the first key on, at most as many as the parameter says. */
  readonly first: string
  /** Rows behind a key; the last parameter says how many. */
  readonly next: string
}

export function rowStatements(table: LargeTable): RowStatements {
  const columns = COLUMNS[table]
  const key = KEY_COLUMNS[table]
  const [names, places] = [key.join(', '), key.map(() => '?').join(', ')]
  const select = `select ${columns.join(', ')} from ${table}`
  const order = `order by ${names} limit ?`
  return {
    ...{ columns, key, insert: insertNew(table) },
    one: `${select} where (${names}) = (${places})`,
    first: `${select} ${order}`,
    next: `${select} where (${names}) > (${places}) ${order}`,
  }
}

/** What identifies the row that a change is about, in the order of its key's columns. */
export function keyOf(change: Change): SqlValue[] {
  const [table, row] = 'put' in change ? [change.put, change.row] : [change.drop, change.key]
  const values = row as unknown as Readonly<Record<string, SqlValue>>
  return KEY_COLUMNS[table].map((column) => values[column]!)
}
