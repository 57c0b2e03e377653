/**
 * What a commit says: facts that became true, and the records that tell of them.
 *
 * No SQL: the view (view/statements.ts) makes statements of them, and facts can be told again to another one. A row
 * is put whole, in the place of the one with its key; what is dropped is named by its key. What must be destroyable
 * is no fact, and stands beside them (shreds/).
 *
 * @module
 */
import { isLarge, type Key, type Row, type Table } from './view/schema.js'

export type Change = {
  readonly [T in Table]:
    | { readonly put: T; readonly row: Row<T> }
    | { readonly drop: T; readonly key: Key<T> }
}[Table]

/** Whether it is about a large table (view/schema.ts). */
export function isOfLarge(change: Change): boolean {
  return isLarge('put' in change ? change.put : change.drop)
}

/** What can be erased for good; `shredId` names it, and is never used again. */
export type ShredChange =
  | { readonly keep: string; readonly bytes: Uint8Array }
  | { readonly erase: string }

/** All or nothing. */
export interface Entry {
  /** In this order. */
  readonly changes?: readonly Change[]
  /** Each one line of JSON. */
  readonly records?: readonly string[]
  /** Kept before the facts are, erased behind them. */
  readonly shreds?: readonly ShredChange[]
}
