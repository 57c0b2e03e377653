/**
 * Facts about the data directory itself, such as which root key it needs.
 *
 * Source: docs/FORMAT.md §5.
 *
 * @module
 */

export interface MetaSchema {
  meta: MetaTable
}

interface MetaTable {
  name: string
  value: Uint8Array
}

export const META_TABLES = ['create table meta (name text primary key, value blob not null) strict']
