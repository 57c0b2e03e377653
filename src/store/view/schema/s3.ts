/**
 * The tables of the room s3: buckets, versions of objects, uploads in parts and their parts.
 *
 * Bytes of objects lie in blobs (store/blobs); a row says which. Rows of one key lie together, its newest version first.
 * Buckets are few and stand with all else that decisions are made from; what there may be millions of stands in a
 * database of its own (object-view.ts).
 * Keys sort by their UTF-8 bytes, as SQLite's text does. Source: docs/FORMAT.md §5.
 *
 * @module
 */
export interface S3Schema {
  s3_bucket: S3BucketTable
  s3_version: S3VersionTable
  s3_upload: S3UploadTable
  s3_part: S3PartTable
}

interface S3BucketTable {
  name: string
  account: string
  region: string
  created_at: number
  /** 16 hex digits, never used again: a bucket made anew under a name is another one. */
  bucket_id: string
  /** JSON: versioning, encryption, policy, …: what is not there was never set. */
  config: string
  /** 32 bytes over the whole row. */
  mac: Uint8Array
}

interface S3VersionTable {
  bucket_id: string
  object_key: string
  /** Negative and falling: the newest version of a key comes first. */
  version_order: number
  /** `null` for what was put while the bucket had no versions. */
  version_id: string
  /** 0 or 1: whether it is the newest of its key. */
  is_latest: number
  /** 0 or 1: a delete marker. */
  is_marker: number
  /** Plain bytes. */
  bytes: number
  /** Without its quotes. */
  etag: string
  modified_at: number
  /** Where its bytes lie; null for a marker, and for what was uploaded in parts. */
  blob: string | null
  /** Whose parts it is made of. */
  upload_id: string | null
  /** JSON: headers, metadata, tags, encryption, checksum, lock, owner. */
  facts: string
  mac: Uint8Array
}

interface S3UploadTable {
  upload_id: string
  bucket_id: string
  object_key: string
  initiated_at: number
  /** 0 or 1: its parts are an object's. */
  is_complete: number
  /** JSON: what the object will have; the wrapped data key. */
  facts: string
  mac: Uint8Array
}

interface S3PartTable {
  upload_id: string
  part_number: number
  bytes: number
  etag: string
  modified_at: number
  blob: string
  /** JSON: checksum, message id. */
  facts: string
  mac: Uint8Array
}

export const S3_TABLES = [
  `create table s3_bucket (
    name text not null primary key,
    account text not null,
    region text not null,
    created_at integer not null,
    bucket_id text not null unique,
    config text not null,
    mac blob not null
  ) strict, without rowid`,
  'create index s3_bucket_by_account on s3_bucket (account, name)',
]

export const S3_OBJECT_TABLES = [
  `create table s3_version (
    bucket_id text not null,
    object_key text not null,
    version_order integer not null,
    version_id text not null,
    is_latest integer not null,
    is_marker integer not null,
    bytes integer not null,
    etag text not null,
    modified_at integer not null,
    blob text,
    upload_id text,
    facts text not null,
    mac blob not null,
    primary key (bucket_id, object_key, version_order)
  ) strict, without rowid`,
  `create index s3_version_latest on s3_version (bucket_id, object_key)
    where is_latest = 1 and is_marker = 0`,
  'create unique index s3_version_by_blob on s3_version (blob) where blob is not null',
  `create table s3_upload (
    upload_id text not null primary key,
    bucket_id text not null,
    object_key text not null,
    initiated_at integer not null,
    is_complete integer not null,
    facts text not null,
    mac blob not null
  ) strict, without rowid`,
  `create index s3_upload_open on s3_upload (bucket_id, object_key, upload_id)
    where is_complete = 0`,
  `create table s3_part (
    upload_id text not null,
    part_number integer not null,
    bytes integer not null,
    etag text not null,
    modified_at integer not null,
    blob text not null,
    facts text not null,
    mac blob not null,
    primary key (upload_id, part_number)
  ) strict, without rowid`,
  'create unique index s3_part_by_blob on s3_part (blob)',
]
