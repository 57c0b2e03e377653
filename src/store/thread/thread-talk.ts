/**
 * What is said between a store and its thread.
 *
 * Plain data, made for structured clone.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import type { ScribeNumber } from '../../engine/native/addon.js'
import type { Fault } from '../../errors.js'
import type { ShredChange } from '../change.js'
import type { LeafPage } from '../journal/leaves.js'
import type { RecordPage, RecordQuery } from '../journal/records.js'
import type { SqlRow, SqlValue } from '../view/database.js'

/** Entries for the journal (journal/entry.ts), as many as came together. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly entries: number
  /** Sequence numbers that all of them take. */
  readonly sequences: number
  /** Those with facts or shreds, in order. All others have records only. */
  readonly effects: readonly Effect[]
}

/** An entry that changes more than the journal. */
export interface Effect {
  /** Which of the batch's entries. */
  readonly index: number
  /** Where it is in the batch's bytes. */
  readonly offset: number
  readonly bytes: number
  readonly sequences: number
  /** It has facts, and they are of the large tables only. */
  readonly isLarge: boolean
  readonly shreds: readonly ShredChange[]
}

/** What became of a batch: entries that are not listed are durable. */
export interface Written {
  readonly faults: ReadonlyArray<readonly [index: number, fault: Fault]>
  /** Why nothing more will be written, once that is so. */
  readonly broken: Fault | undefined
}

/** A select, and what it is asked with. */
export interface Query {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

/** What a query gave, or why it did not. */
export type Found =
  | { readonly rows: SqlRow[]; readonly fault?: undefined }
  | { readonly rows?: undefined; readonly fault: Fault }

/** How things are. */
export interface Tended {
  readonly broken: Fault | undefined
  /** All rows of the large tables have been found to be those that were written. */
  readonly isChecked: boolean
  /** Of the journal; native code may have appended to it. */
  readonly lastSequence: number
  /** Of this thread and the scribe, since they began. */
  readonly syncs: number
}

export interface KeeperOptions {
  /** Segments of the journal are kept at least so long; undefined: for ever. */
  readonly retentionMs: number | undefined
  /** Who appends batches of records only. */
  readonly scribe: ScribeNumber | undefined
}

export type StoreRequest =
  | { readonly kind: 'open'; readonly dataDir: string; readonly options: KeeperOptions }
  | { readonly kind: 'seal'; readonly key: KeyObject }
  | { readonly kind: 'commit'; readonly batch: Batch }
  | { readonly kind: 'read'; readonly queries: readonly Query[] }
  | { readonly kind: 'records'; readonly query: RecordQuery }
  | { readonly kind: 'leaves'; readonly after: number }
  | { readonly kind: 'release'; readonly upTo: number }
  | { readonly kind: 'shred'; readonly id: string }
  | { readonly kind: 'tend' }
  | { readonly kind: 'syncs' }
  | { readonly kind: 'close' }

/** Everything that fails as a whole is thrown. */
export type StoreReply =
  | Written
  | readonly Found[]
  | RecordPage
  | LeafPage
  | Uint8Array
  | Tended
  | number
  | undefined
