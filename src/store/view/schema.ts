/**
 * The tables, as types for the queries: what is kept of every room, and under which key.
 *
 * One schema for every database that a view may stand on; each room that owns tables has a file in schema/. Times
 * are milliseconds since the epoch. How rows become SQL is in statements.ts. The tables stand in two databases: one with
 * all that decisions are made from, and one with what there may be millions of. A query or a transaction of SQLite sees one of
 * them; which one, the name of a table says. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import type { Selectable } from 'kysely'
import { APPLIED_TABLES, type AppliedSchema } from './schema/applied.js'
import { AUDIT_TABLES, type AuditSchema } from './schema/audit.js'
import { IAM_TABLES, type IamSchema } from './schema/iam.js'
import { KMS_SHRED_IDS, KMS_TABLES, type KmsSchema } from './schema/kms.js'
import { META_TABLES, type MetaSchema } from './schema/meta.js'
import { S3_OBJECT_TABLES, S3_TABLES, type S3Schema } from './schema/s3.js'
import { TRAIL_TABLES, type TrailSchema } from './schema/trail.js'
import { WITNESS_TABLES } from './schema/witness.js'

/** Grows with every change of the tables; what is in a file of an older version is carried over (carry.ts). */
export const SCHEMA_VERSION = 7
/** The first one whose tables are carried over. Before it, rows of objects stood among the others. */
export const OLDEST_CARRIED = 5
export const OBJECTS_VERSION = 1

export type Schema = KmsSchema &
  IamSchema &
  S3Schema &
  TrailSchema &
  AuditSchema &
  MetaSchema &
  AppliedSchema

/** What a database file is made with. */
export interface TableSet {
  readonly version: number
  /** Makes an empty database into one of this version. */
  readonly create: readonly string[]
  /** Pages of its log, behind which it is written back. */
  readonly logPages: number
  readonly cacheKib: number
}

export const VIEW_TABLES: TableSet = {
  version: SCHEMA_VERSION,
  create: [
    ...[...KMS_TABLES, ...IAM_TABLES, ...S3_TABLES, ...TRAIL_TABLES],
    ...[...AUDIT_TABLES, ...META_TABLES, ...APPLIED_TABLES],
  ],
  logPages: 1000,
  cacheKib: 2000,
}

/** Rows come in any order, so a page is written back after as many changes as may be: 64 MiB of log. */
export const OBJECT_TABLES: TableSet = {
  version: OBJECTS_VERSION,
  create: [...S3_OBJECT_TABLES, ...WITNESS_TABLES],
  logPages: 8192,
  cacheKib: 64 * 1024,
}

/** Gives the `id` of every shred that a row names, and what material needs it. */
export const SHRED_IDS = KMS_SHRED_IDS

/** What identifies a row; a second row with the same key takes the place of the first. */
export const KEY_COLUMNS = {
  kms_key: ['account', 'region', 'key_id'],
  kms_material: ['account', 'region', 'key_id', 'version'],
  kms_alias: ['account', 'region', 'alias_name'],
  kms_grant: ['account', 'region', 'key_id', 'grant_id'],
  kms_store: ['account', 'region', 'store_id'],
  iam_user: ['user_id'],
  iam_role: ['role_id'],
  iam_group: ['group_id'],
  iam_policy: ['policy_id'],
  iam_access_key: ['access_key_id'],
  s3_bucket: ['name'],
  s3_version: ['bucket_id', 'object_key', 'version_order'],
  s3_upload: ['upload_id'],
  s3_part: ['upload_id', 'part_number'],
  trail: ['trail_id'],
  trail_file: ['trail_id', 'object_key'],
  trail_key: ['region', 'valid_from'],
  trail_channel: ['channel_id'],
  key_use: ['key_arn'],
  meta: ['name'],
} as const satisfies { readonly [T in Exclude<keyof Schema, 'applied'>]: readonly Column<T>[] }

/** What facts are about. */
export type Table = keyof typeof KEY_COLUMNS

/** Those of which there may be millions, and on which no decision about anything else rests. */
export const LARGE_TABLES = [
  's3_version',
  's3_upload',
  's3_part',
] as const satisfies readonly Table[]

export type LargeTable = (typeof LARGE_TABLES)[number]

export function isLarge(table: Table): table is LargeTable {
  return (LARGE_TABLES as readonly Table[]).includes(table)
}

type Column<T extends keyof Schema> = Exclude<keyof Schema[T] & string, 'seq'>

/** A whole row; its `seq`, where there is one, is given by the database. */
export type Row<T extends keyof Schema> = Readonly<Omit<Selectable<Schema[T]>, 'seq'>>

export type Key<T extends Table> = Pick<Row<T>, (typeof KEY_COLUMNS)[T][number] & keyof Row<T>>
