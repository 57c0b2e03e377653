/**
 * The tables, as types for the queries: what is kept of every room, and under which key.
 *
 * One schema for every database that a view may stand on; each room that owns tables has a file in schema/. Times
 * are milliseconds since the epoch. How rows become SQL is in statements.ts. Source: docs/FORMAT.md §5.
 *
 * @module
 */
import type { Selectable } from 'kysely'
import { APPLIED_TABLES, type AppliedSchema } from './schema/applied.js'
import { IAM_TABLES, type IamSchema } from './schema/iam.js'
import { KMS_SHRED_IDS, KMS_TABLES, type KmsSchema } from './schema/kms.js'
import { META_TABLES, type MetaSchema } from './schema/meta.js'

/** Grows with every change of the tables; a file of another version is made again. */
export const SCHEMA_VERSION = 4

export type Schema = KmsSchema & IamSchema & MetaSchema & AppliedSchema

/** Makes an empty database into one of {@link SCHEMA_VERSION}. */
export const CREATE_TABLES = [...KMS_TABLES, ...IAM_TABLES, ...META_TABLES, ...APPLIED_TABLES]

/** Gives the `id` of every shred that a row names. */
export const SHRED_IDS = KMS_SHRED_IDS

/** What identifies a row; a second row with the same key takes the place of the first. */
export const KEY_COLUMNS = {
  kms_key: ['account', 'region', 'key_id'],
  kms_material: ['account', 'region', 'key_id', 'version'],
  kms_alias: ['account', 'region', 'alias_name'],
  kms_grant: ['account', 'region', 'key_id', 'grant_id'],
  iam_user: ['user_id'],
  iam_role: ['role_id'],
  iam_group: ['group_id'],
  iam_policy: ['policy_id'],
  iam_access_key: ['access_key_id'],
  meta: ['name'],
} as const satisfies { readonly [T in Exclude<keyof Schema, 'applied'>]: readonly Column<T>[] }

/** What facts are about. */
export type Table = keyof typeof KEY_COLUMNS

type Column<T extends keyof Schema> = Exclude<keyof Schema[T] & string, 'seq'>

/** A whole row; its `seq`, where there is one, is given by the database. */
export type Row<T extends keyof Schema> = Readonly<Omit<Selectable<Schema[T]>, 'seq'>>

export type Key<T extends Table> = Pick<Row<T>, (typeof KEY_COLUMNS)[T][number] & keyof Row<T>>
