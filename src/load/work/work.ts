/**
 * One kind of work, as the runner sees it: it is begun, and tells when it is done.
 *
 *     prepare → begin, begin, … (done, done, …) → flush → verify
 *
 * @module
 */
import type { ReplayLog } from '../data/replay-log.js'
import type { WorkSettings } from '../scenario/scenario.js'
import type { Target } from '../targets/target.js'
import type { Checking } from './checking.js'
import type { KnownEvents } from './known-events.js'

export interface Work {
  readonly checks: readonly Checking[]
  /** At once, of this kind; the scenario's own bound unless it is there. */
  readonly inFlightMax?: number
  /** Made before the run. @throws CallFailed, and as the target does */
  prepare(): Promise<void>
  /** False while it can take no more. */
  isReady(): boolean
  /** Told by {@link Answering.done} of the same `slot`, later. */
  begin(slot: number): void
  /** Nothing more comes: what is gathered is sent. */
  flush(): void
  /** When all is answered: what else must hold. */
  verify(): Promise<void>
}

export interface Answering {
  /** @param bytes of payload @param code undefined of a call that was answered well */
  done(slot: number, code: string | undefined, bytes: number): void
  /** Bytes that are stored for all that was sent with `slot`, which is not done yet. */
  stored(slot: number, bytes: number): void
}

/** What work is made of. */
export interface WorkParts {
  readonly settings: WorkSettings
  /** Of this work in its scenario. */
  readonly number: number
  readonly target: Target
  readonly answering: Answering
  /** This process among those that send. */
  readonly client: { readonly index: number; readonly of: number }
  readonly seed: number
  /** Of writes that are read back. */
  readonly check: number
  /** Of a replay: whose events are sent. */
  readonly log: ReplayLog | undefined
  /** Of all work of this process. */
  readonly events: KnownEvents
}
