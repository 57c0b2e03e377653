/**
 * A call that went well, as whoever answers without us can make it again (http/front/lane.ts).
 *
 * @module
 */
import type { Operation } from '../../aws/model.js'
import type { KeyHandle } from '../../engine/engine.js'

/** A call that went well, and would again, word for word, until a fact changes. */
export interface Repeatable {
  readonly operation: Operation
  /** What was said of the key, and of a new one, as it was said; undefined: nothing. */
  readonly said: readonly (string | undefined)[]
  readonly hasContext: boolean
  /** The first bytes of a CiphertextBlob: of the one that was opened, or of those that are made. */
  readonly header: Uint8Array
  /** Of a data key; 0 when a blob was opened. */
  readonly keyBytes: number
  readonly handle: KeyHandle
  /** Without what is another each time. */
  readonly output: object
  /** The record of success, with other values in it. */
  record(values: RepeatedValues): string
}

/** What is another in each record of calls that are alike. */
export interface RepeatedValues {
  readonly eventId: string
  readonly eventTime: number
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  readonly encryptionContext: string
}
