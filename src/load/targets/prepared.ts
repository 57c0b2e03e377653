/**
 * A target that is ready for a run.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { AccessParts } from '../../upstream/client/access.js'
import type { TargetAddress } from './address.js'
import type { Target } from './target.js'

/** One of the two: in this process, or at an address. */
export interface Prepared {
  readonly target: Target | undefined
  readonly address: TargetAddress | undefined
  /** The target's process, where that is one of this machine. */
  readonly pid: number | undefined
  readonly engine: string | null
  /** How often it has waited for the disk, where it says so; undefined when it does not. */
  syncs?(): Promise<number | undefined>
  /** Sentences for people: what was made, and stays. */
  readonly notes: readonly string[]
  /** Why the target is not there any more, where that can be known: it was started for the run, and has ended. */
  gone?(): string | undefined
  close(): Promise<void>
}

export interface Surroundings {
  readonly clock: Clock
  /** Of the environment. */
  readonly access: AccessParts | undefined
  /** Nobody wants the run any more. */
  readonly signal: AbortSignal
}
