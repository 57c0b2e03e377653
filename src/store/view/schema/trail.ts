/**
 * The tables of the room trail: trails with what they have delivered, files that no digest tells of yet, signing keys,
 * channels.
 *
 * A trail is a few rows an account has; its state is a cursor over the journal, and what is under way. A file's row goes
 * with the digest that tells of it. Source: docs/FORMAT.md §6, §11.
 *
 * @module
 */
export interface TrailSchema {
  trail: TrailTable
  trail_file: TrailFileTable
  trail_key: TrailKeyTable
  trail_channel: TrailChannelTable
}

interface TrailTable {
  /** 16 hex digits, never used again: a trail made anew under a name is another one. */
  trail_id: string
  account: string
  region: string
  name: string
  created_at: number
  /** JSON: bucket, prefix, key, selectors, tags. */
  config: string
  /** JSON: what is to be delivered, what is under way, chains of digests, what went wrong last. */
  state: string
  /** 32 bytes over the whole row. */
  mac: Uint8Array
}

interface TrailFileTable {
  trail_id: string
  object_key: string
  delivered_at: number
  /** JSON: bucket, region, hash, times of its events. */
  facts: string
  mac: Uint8Array
}

interface TrailKeyTable {
  region: string
  valid_from: number
  valid_until: number
  /** DER, PKCS #1. */
  public_key: Uint8Array
  /** DER, PKCS #8, wrapped by the root key. */
  wrapped: Uint8Array
  mac: Uint8Array
}

interface TrailChannelTable {
  /** A UUID. */
  channel_id: string
  account: string
  region: string
  created_at: number
  /** JSON: name, source, trail. */
  config: string
  mac: Uint8Array
}

export const TRAIL_TABLES = [
  `create table trail (
    trail_id text primary key,
    account text not null,
    region text not null,
    name text not null,
    created_at integer not null,
    config text not null,
    state text not null,
    mac blob not null
  ) strict`,
  `create table trail_file (
    trail_id text not null,
    object_key text not null,
    delivered_at integer not null,
    facts text not null,
    mac blob not null,
    primary key (trail_id, object_key)
  ) strict, without rowid`,
  `create table trail_key (
    region text not null,
    valid_from integer not null,
    valid_until integer not null,
    public_key blob not null,
    wrapped blob not null,
    mac blob not null,
    primary key (region, valid_from)
  ) strict, without rowid`,
  `create table trail_channel (
    channel_id text primary key,
    account text not null,
    region text not null,
    created_at integer not null,
    config text not null,
    mac blob not null
  ) strict`,
]
