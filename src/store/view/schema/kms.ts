/**
 * The tables of the room kms: KMS keys, their material, their aliases, their grants; custom key stores.
 *
 * The SQL is SQLite's; PostgreSQL will differ in three words only (autoincrement, blob, strict).
 * Source: docs/FORMAT.md §5.
 *
 * @module
 */
import type { Generated } from 'kysely'

export interface KmsSchema {
  kms_key: KmsKeyTable
  kms_material: KmsMaterialTable
  kms_alias: KmsAliasTable
  kms_grant: KmsGrantTable
  kms_store: KmsStoreTable
}

interface KmsKeyTable {
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
  /** `[[arn, id], …]` of whom that named when it was saved; null when it named nobody who was there. */
  principals: string | null
  /** JSON. */
  tags: string
  /** The version in kms_material that wraps from now on. */
  current_material: number
  /** Of the shred that wraps the key's material: 32 hex digits. */
  shred_id: string
  /** The AWS service whose key it is for the account, such as `s3`; null: a customer's. */
  managed_by: string | null
  /** Of a multi-Region key that is a replica: where its primary is. */
  primary_region: string | null
  /** Waiting period of a primary that is to be deleted behind its replicas. */
  deletion_days: number | null
  /** Days between automatic rotations; null: none. */
  rotation_days: number | null
  /** When the next one is due; null with rotation_days. */
  rotation_at: number | null
  /** The custom key store that it is in; null: none. */
  store_id: string | null
  /** What the key is called there; null with store_id. */
  xks_key_id: string | null
  /** 32 bytes over what decides; see docs/FORMAT.md §6. */
  mac: Uint8Array
}

/** Key material, wrapped under the key's shred, or one of its own when it was imported: a row for each rotation. */
interface KmsMaterialTable {
  account: string
  region: string
  key_id: string
  version: number
  /** 64 hex digits. */
  material_id: string
  /** Null: it was imported, and is not here any more, or not yet. */
  wrapped: Uint8Array | null
  created_at: number
  /** `AUTOMATIC`, `ON_DEMAND`; null: the key's first, or not rotated to yet. */
  rotation: string | null
  /** Of imported material that is here: the shred that wraps it and nothing else, 32 hex digits. */
  shred_id: string | null
  /** When imported material goes by itself; null: never. */
  valid_to: number | null
  /** Whoever imported it says so. */
  description: string | null
  /** 32 bytes over the row, of imported material; see docs/FORMAT.md §6. */
  mac: Uint8Array | null
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

interface KmsGrantTable {
  account: string
  region: string
  key_id: string
  /** 64 hex digits. */
  grant_id: string
  created_at: number
  name: string | null
  /** An ARN, or the name of an AWS service. */
  grantee: string
  retirer: string | null
  /** The account that made the grant. */
  issuer: string
  /** JSON. */
  operations: string
  /** JSON, as it was given. */
  constraints: string | null
  /** 32 bytes over the whole row; see docs/FORMAT.md §6. */
  mac: Uint8Array
}

/** A custom key store: an external one. */
interface KmsStoreTable {
  account: string
  region: string
  /** `cks-` and 17 hex digits. */
  store_id: string
  created_at: number
  name: string
  uri_endpoint: string
  uri_path: string
  access_key_id: string
  /** Its secret, wrapped; docs/FORMAT.md §4.4. */
  secret: Uint8Array
  connection_state: string
  /** Of one that failed. */
  error_code: string | null
  /** 32 bytes over the whole row; see docs/FORMAT.md §6. */
  mac: Uint8Array
}

export const KMS_TABLES = [
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
    principals text,
    tags text not null,
    current_material integer not null,
    shred_id text not null,
    managed_by text,
    primary_region text,
    deletion_days integer,
    rotation_days integer,
    rotation_at integer,
    store_id text,
    xks_key_id text,
    mac blob not null,
    unique (account, region, key_id)
  ) strict`,
  'create index kms_key_by_seq on kms_key (account, region, seq)',
  'create index kms_key_by_id on kms_key (region, key_id)',
  'create index kms_key_by_account on kms_key (account, key_id)',
  'create index kms_key_by_rotation on kms_key (rotation_at) where rotation_at is not null',
  'create index kms_key_by_store on kms_key (account, region, store_id) where store_id is not null',
  `create table kms_material (
    account text not null,
    region text not null,
    key_id text not null,
    version integer not null,
    material_id text not null,
    wrapped blob,
    created_at integer not null,
    rotation text,
    shred_id text,
    valid_to integer,
    description text,
    mac blob,
    primary key (account, region, key_id, version),
    foreign key (account, region, key_id)
      references kms_key (account, region, key_id) on delete cascade
  ) strict`,
  'create index kms_material_by_end on kms_material (valid_to) where valid_to is not null',
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
  `create table kms_grant (
    account text not null,
    region text not null,
    key_id text not null,
    grant_id text not null,
    created_at integer not null,
    name text,
    grantee text not null,
    retirer text,
    issuer text not null,
    operations text not null,
    constraints text,
    mac blob not null,
    primary key (account, region, key_id, grant_id),
    foreign key (account, region, key_id)
      references kms_key (account, region, key_id) on delete cascade
  ) strict`,
  'create index kms_grant_by_retirer on kms_grant (region, retirer, grant_id)',
  `create table kms_store (
    account text not null,
    region text not null,
    store_id text not null,
    created_at integer not null,
    name text not null,
    uri_endpoint text not null,
    uri_path text not null,
    access_key_id text not null,
    secret blob not null,
    connection_state text not null,
    error_code text,
    mac blob not null,
    primary key (account, region, store_id)
  ) strict`,
]

export const KMS_SHRED_IDS =
  'select shred_id as id, account, region, key_id, null as version from kms_key ' +
  'union all select shred_id as id, account, region, key_id, version from kms_material where shred_id is not null'
