/**
 * What is said between a store and its thread.
 *
 * Plain data, made for structured clone: a batch names each SQL text once, however many of its writes
 * use it.
 *
 * @module
 */
import type { FaultCode } from '../../errors.js'

/** What SQLite takes and gives. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** Index of the SQL text in {@link Batch.sqls}, then its parameters. */
export type Write = readonly [sql: number, ...parameters: SqlValue[]]

/** Groups of writes, each all or nothing, to be made durable with one sync. */
export interface Batch {
  readonly sqls: readonly string[]
  readonly groups: ReadonlyArray<readonly Write[]>
}

/** What became of a group that was not written: a SealtrailError on its way between threads. */
export interface Fault {
  readonly code: FaultCode
  readonly message: string
  readonly detail: Readonly<Record<string, string | number>>
}

/** Of one group: undefined when it is durable. */
export type Outcome = Fault | undefined

export type Row = Record<string, SqlValue>

export interface DatabaseOptions {
  /** The database file grows no larger than this; undefined: until the disk is full. */
  readonly databaseBytesMax?: number | undefined
}

export type StoreRequest =
  | { readonly kind: 'open'; readonly path: string; readonly options: DatabaseOptions }
  | { readonly kind: 'commit'; readonly batch: Batch }
  | { readonly kind: 'read'; readonly sql: string; readonly parameters: readonly SqlValue[] }
  | { readonly kind: 'close' }

/** Of an open and a close: nothing. Everything that fails as a whole is thrown. */
/** What became of a batch; and why nothing more will be written, once that is so. */
export interface Written {
  readonly outcomes: readonly Outcome[]
  readonly broken: Fault | undefined
}

export type StoreReply = Written | readonly Row[] | undefined
