/**
 * The tables, as types for the queries: what is kept of every room, and under which key.
 *
 * One schema for every database that a view may stand on; each room that owns tables has a file in schema/. Times
 * are milliseconds since the epoch. How rows become SQL is in statements.ts. Source: docs/FORMAT.md §5.
 *
 * @module
 */
import type { Selectable } from 'kysely'
import { AUDIT_TABLES, type AuditSchema } from './schema/audit.js'
import { KMS_TABLES, type KmsSchema } from './schema/kms.js'
import { META_TABLES, type MetaSchema } from './schema/meta.js'

/** Grows with every change of the tables; a database of a higher version is refused. */
export const SCHEMA_VERSION = 1

export type Schema = KmsSchema & AuditSchema & MetaSchema

/** Makes an empty database into one of {@link SCHEMA_VERSION}. */
export const CREATE_TABLES = [...KMS_TABLES, ...AUDIT_TABLES, ...META_TABLES]

/** What identifies a row; a second row with the same key takes the place of the first. */
export const KEY_COLUMNS = {
  kms_key: ['account', 'region', 'key_id'],
  kms_material: ['account', 'region', 'key_id', 'version'],
  kms_alias: ['account', 'region', 'alias_name'],
  meta: ['name'],
} as const satisfies { readonly [T in Exclude<keyof Schema, 'audit_record'>]: readonly Column<T>[] }

/** Every table but that of the records, which are appended and not put. */
export type Table = keyof typeof KEY_COLUMNS

type Column<T extends keyof Schema> = Exclude<keyof Schema[T] & string, 'seq'>

/** A whole row; its `seq`, where there is one, is given by the database. */
export type Row<T extends keyof Schema> = Readonly<Omit<Selectable<Schema[T]>, 'seq'>>

export type Key<T extends Table> = Pick<Row<T>, (typeof KEY_COLUMNS)[T][number] & keyof Row<T>>
