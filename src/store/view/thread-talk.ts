/**
 * What is said between a store and its thread.
 *
 * Plain data, made for structured clone.
 *
 * @module
 */
import type { Fault } from '../../errors.js'

/** What a database takes and gives. */
export type SqlValue = string | number | null | Uint8Array

/** The number of a statement (statements.ts), then its parameters. */
export type Write = readonly [statement: number, ...parameters: SqlValue[]]

/** Groups of writes, each all or nothing, to be made durable with one sync. */
export type Batch = ReadonlyArray<readonly Write[]>

/** What became of one group: undefined when it is durable. */
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

/** What became of a batch; and why nothing more will be written, once that is so. */
export interface Written {
  readonly outcomes: readonly Outcome[]
  readonly broken: Fault | undefined
}

/** Of an open and a close: nothing. Everything that fails as a whole is thrown. */
export type StoreReply = Written | readonly Row[] | undefined
