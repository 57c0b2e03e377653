/**
 * What a profile of events says: the shapes that events have, what in them changes, and figures of the real ones.
 *
 *     pieces     "eventTime":"`3`Z"       a member, with slots: `pool`, or `pool.number` for a further one of its event;
 *                                         `a` is the account, `r` the region
 *     templates  [weight, burst, piece, piece, …]; events of one service and client come in bursts
 *     pools      [alphabet, length, fresh, last] of 256 values so many are new, and so many the one before; the others
 *                                         came lately; none is new: there is one for the whole seed
 *
 * The one that is learnt of log files of a real account is profile.gen.ts; scripts/event-profile.mjs writes it.
 *
 * @module
 */
import type { ALPHABETS } from './slots.js'

export type Alphabet = keyof typeof ALPHABETS | 'uuid' | 'UUID' | 'now' | 'session'

export interface Profile {
  readonly pools: ReadonlyArray<
    readonly [alphabet: Alphabet, length: number, fresh: number, last: number]
  >
  readonly pieces: readonly string[]
  readonly templates: ReadonlyArray<readonly number[]>
  /** Of 256 events, so many are of the burst of the one before; of one of the last few; of the shape of the one before. */
  readonly stay: number
  readonly near: number
  readonly again: number
  /** Seconds between events, and how often. */
  readonly gaps: ReadonlyArray<readonly [seconds: number, count: number]>
  /** Of log files: events, and bytes after gzip. */
  readonly files: ReadonlyArray<readonly [events: number, gzipBytes: number]>
  readonly learnt: Learnt
}

/** Figures of the records themselves, which tests hold against what is generated. */
export interface Learnt {
  readonly events: number
  readonly meanBytes: number
  readonly sizePercentiles: ReadonlyArray<readonly [percent: number, bytes: number]>
  /** Of all events as lines; level 6 of zlib. */
  readonly gzipRatio: number
  /** Of log files as they were delivered. */
  readonly fileGzipRatio: number
  /** How often each is there. */
  readonly operations: Readonly<Record<string, number>>
  readonly principals: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  readonly members: Readonly<Record<string, number>>
}
