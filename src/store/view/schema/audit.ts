/**
 * The table of the room audit: when each KMS key was last used.
 *
 * Made of the records, behind them: what is not here yet stands in the journal behind the cursor (`meta`, `key-uses`).
 * Source: docs/FORMAT.md §6.
 *
 * @module
 */
export interface AuditSchema {
  key_use: KeyUseTable
}

interface KeyUseTable {
  key_arn: string
  used_at: number
  /** Such as `Decrypt`. */
  operation: string
  event_id: string
  request_id: string
  /** 32 bytes over the whole row. */
  mac: Uint8Array
}

export const AUDIT_TABLES = [
  `create table key_use (
    key_arn text primary key,
    used_at integer not null,
    operation text not null,
    event_id text not null,
    request_id text not null,
    mac blob not null
  ) strict, without rowid`,
]
