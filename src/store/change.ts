/**
 * What a commit says: facts that became true, and the records that tell of them.
 *
 * No SQL: the view (view/statements.ts) makes statements of them, and facts can be told again to another one. A row
 * is put whole, in the place of the one with its key; what is dropped is named by its key.
 *
 * @module
 */
import type { Key, Row, Table } from './view/schema.js'

export type Change = {
  readonly [T in Table]:
    | { readonly put: T; readonly row: Row<T> }
    | { readonly drop: T; readonly key: Key<T> }
}[Table]

/** A record to be appended; its `seq` is given when it is durable. */
export type NewRecord = Row<'audit_record'>

/** All or nothing. */
export interface Entry {
  /** In this order. */
  readonly changes?: readonly Change[]
  readonly records?: readonly NewRecord[]
}
