/**
 * The table of the room audit: records in the order in which they became durable.
 *
 * Source: docs/FORMAT.md §5.
 *
 * @module
 */
import type { Generated } from 'kysely'

export interface AuditSchema {
  audit_record: AuditRecordTable
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

export const AUDIT_TABLES = [
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
]
