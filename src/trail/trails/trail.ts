/**
 * A trail: what is set on it, and how far it has come. A value, replaced as a whole.
 *
 * Rows are in rows.ts, all trails in trails.ts. Source: docs/FORMAT.md §11; AWS CloudTrail API reference, "Trail",
 * "GetTrailStatus".
 *
 * @module
 */
import type { Profile } from '../../audit/profile.js'
import { arnOf } from '../../aws/arn.js'
import type { Tag } from '../../service/policies.js'
import type { Scope } from '../selectors/selectors.js'

export interface Trail {
  /** 16 hex digits. */
  readonly id: string
  /** Who owns it; 12 digits. */
  readonly account: string
  /** Its home. */
  readonly region: string
  readonly name: string
  readonly createdAt: number
  readonly config: TrailConfig
  readonly state: TrailState
}

export interface TrailConfig extends Scope {
  readonly bucket: string
  /** Without slashes at its ends. */
  readonly prefix?: string
  /** Of a KMS key, in full. */
  readonly keyArn?: string
  /** Whether there are digests. */
  readonly validates: boolean
  readonly tags: readonly Tag[]
}

export interface TrailState {
  readonly isLogging: boolean
  /** Since when it is no trail any more for whoever asks; it is there until all is delivered. */
  readonly deletedAt?: number
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAt?: number
  readonly stoppedAt?: number
  /** What is to be delivered, the oldest first. */
  readonly ranges: readonly Range[]
  readonly batch?: Batch
  /** Of digests, by region; none while nothing is validated. */
  readonly chains: Readonly<Record<string, Chain>>
  /** The last digests of chains that are over. */
  readonly heads?: readonly Head[]
  /** Of digests for files that came late, by region. */
  readonly backfills?: Readonly<Record<string, Backfills>>
  /** The end of the last digest; none begins before it. */
  readonly digestedUntil?: number
  readonly deliveredAt?: number
  readonly attemptedAt?: number
  /** S3's name of what was in the way of the last attempt. */
  readonly error?: string
  /** When the journal had no more what a file was to hold, since logging was started. */
  readonly overtakenAt?: number
  readonly digestDeliveredAt?: number
  readonly digestError?: string
}

/** Records behind `after` up to `until`, by their sequence numbers; up to whatever comes unless said. */
export interface Range {
  readonly after: number
  readonly until?: number
}

/** What is being delivered, fixed before the first of its files is put. */
export interface Batch {
  readonly after: number
  readonly upTo: number
  readonly scope: Scope
  readonly slotMs: number
  readonly profile: Profile
  /** Regions other than its own that have files of their own; undefined in batches of before: all have. */
  readonly regions?: readonly string[]
  /** How often somebody else had put something where a file was to be put. */
  readonly taken?: number
  /** Those still to be put. */
  readonly files: readonly BatchFile[]
}

export interface BatchFile {
  readonly region: string
  /** The end of the slot that its events are of. */
  readonly slotEnd: number
}

export interface Chain {
  /** Where its first digest begins; each but the last is of an hour. */
  readonly begun: number
  /** Where its next digest begins. */
  readonly start: number
  /** Where its last digest ends, from when it is to be written. */
  readonly end?: number
  readonly previous?: Link
}

/** The chain of digests that were written for hours whose own were closed. */
export interface Backfills {
  /** Where they end, which is in their names; the oldest first. */
  readonly ends: readonly number[]
  readonly previous: Link
}

export interface Head {
  readonly region: string
  readonly begun: number
  readonly link: Link
}

/** What a digest says of the one before it. */
export interface Link {
  readonly bucket: string
  readonly object: string
  /** Hex. */
  readonly hash: string
  readonly signature: string
}

/** What a digest tells of. */
export const HOUR_MS = 60 * 60 * 1000

export const NEW_STATE: TrailState = { isLogging: false, ranges: [], chains: {} }

export function trailArn({ account, region, name }: Pick<Trail, 'account' | 'region' | 'name'>) {
  return arnOf('cloudtrail', { account, region }, `trail/${name}`)
}

/** The first chain of digests from `now` on, where a trail has any; it begins with a whole second. */
export function newChains(
  { region, config, state }: Pick<Trail, 'region' | 'config' | 'state'>,
  now: number,
): TrailState['chains'] {
  if (!config.validates) return {}
  return { [region]: newChain(now, state.digestedUntil) }
}

/** A region's chain begins with the first file that is delivered of it. */
export function chainsWith(
  { config, state }: Pick<Trail, 'config' | 'state'>,
  region: string,
  now: number,
): TrailState['chains'] {
  const { chains, digestedUntil } = state
  if (!config.validates || Object.hasOwn(chains, region)) return chains
  return { ...chains, [region]: newChain(now, digestedUntil) }
}

export function newChain(now: number, digestedUntil = 0): Chain {
  const begun = Math.max(wholeSecond(now), digestedUntil)
  return { begun, start: begun }
}

/** What GetTrailStatus tells; of records that are gone, until logging is started again. */
export function deliveryError({ error, overtakenAt }: TrailState): string | undefined {
  return error ?? (overtakenAt === undefined ? undefined : 'RecordsExpired')
}

/** Where the hour of a chain begins that `time` is in. */
export function hourOf({ begun }: Pick<Chain, 'begun'>, time: number): number {
  return begun + Math.floor((time - begun) / HOUR_MS) * HOUR_MS
}

export function wholeSecond(time: number): number {
  return Math.floor(time / 1000) * 1000
}
