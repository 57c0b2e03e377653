/**
 * The tables, as types for the queries and as the SQL that makes them.
 *
 * One schema for every database that a store may stand on. Times are milliseconds since the epoch. The
 * SQL here is SQLite's; PostgreSQL will differ in three words only (autoincrement, blob, strict). Who
 * fills which table: kms_* the room kms, audit_record the room audit, meta the rooms root and store.
 * Source: docs/FORMAT.md §5.
 *
 * @module
 */
import type { Generated } from 'kysely'

/** Grows with every change of the tables; a database of a higher version is refused. */
export const SCHEMA_VERSION = 1

export interface Schema {
  kms_key: KmsKeyTable
  kms_material: KmsMaterialTable
  kms_alias: KmsAliasTable
  audit_record: AuditRecordTable
  meta: MetaTable
}

export interface KmsKeyTable {
  /** Order of creation, for paging. */
  seq: Generated<number>
  account: string
  region: string
  key_id: string
  created_at: number
  description: string
  key_state: string
  deletion_at: number | null
  key_spec: string
  key_usage: string
  origin: string
  /** 0 or 1. */
  multi_region: number
  policy: string
  /** JSON. */
  tags: string
  /** The version in kms_material that wraps from now on. */
  current_material: number
}

/** Key material, wrapped by the root key: a row for each rotation. */
interface KmsMaterialTable {
  account: string
  region: string
  key_id: string
  version: number
  /** 64 hex digits. */
  material_id: string
  wrapped: Uint8Array
  created_at: number
}

interface KmsAliasTable {
  account: string
  region: string
  /** With its `alias/`. */
  alias_name: string
  target_key_id: string
  created_at: number
  updated_at: number
}

interface AuditRecordTable {
  /** Grows with every record and is never given twice, also after records are deleted. */
  seq: Generated<number>
  event_id: string
  event_time: number
  account: string
  region: string
  event_source: string
  event_name: string
  /** One line of JSON. */
  record: string
}

/** Facts about the data directory itself. */
interface MetaTable {
  name: string
  value: Uint8Array
}

/** Makes an empty database into one of {@link SCHEMA_VERSION}. */
export const CREATE_TABLES = [
  `create table kms_key (
    seq integer primary key autoincrement,
    account text not null,
    region text not null,
    key_id text not null,
    created_at integer not null,
    description text not null,
    key_state text not null,
    deletion_at integer,
    key_spec text not null,
    key_usage text not null,
    origin text not null,
    multi_region integer not null,
    policy text not null,
    tags text not null,
    current_material integer not null,
    unique (account, region, key_id)
  ) strict`,
  'create index kms_key_by_seq on kms_key (account, region, seq)',
  `create table kms_material (
    account text not null,
    region text not null,
    key_id text not null,
    version integer not null,
    material_id text not null,
    wrapped blob not null,
    created_at integer not null,
    primary key (account, region, key_id, version),
    foreign key (account, region, key_id)
      references kms_key (account, region, key_id) on delete cascade
  ) strict`,
  `create table kms_alias (
    account text not null,
    region text not null,
    alias_name text not null,
    target_key_id text not null,
    created_at integer not null,
    updated_at integer not null,
    primary key (account, region, alias_name),
    foreign key (account, region, target_key_id)
      references kms_key (account, region, key_id) on delete cascade
  ) strict`,
  'create index kms_alias_by_target on kms_alias (account, region, target_key_id)',
  `create table audit_record (
    seq integer primary key autoincrement,
    event_id text not null unique,
    event_time integer not null,
    account text not null,
    region text not null,
    event_source text not null,
    event_name text not null,
    record text not null
  ) strict`,
  'create table meta (name text primary key, value blob not null) strict',
]
