/**
 * What every operation of IAM works with.
 *
 * An operation is `(parts, call, input) => output`; it leaves the record of its success itself: with its effect
 * (Principals.save), or by call.succeed when it only reads.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Root } from '../root/root.js'
import type { Store } from '../store/store.js'
import type { Principals } from './principals/principals.js'

export interface Parts {
  readonly store: Store
  readonly clock: Clock
  /** Wraps the secrets of access keys. */
  readonly root: Root
  readonly principals: Principals
}
