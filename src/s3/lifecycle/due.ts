/**
 * What rules do with a version at a time: nothing, hide it as DeleteObject does, or remove it for good.
 *
 *     the newest, an object        Expiration: hidden (of a bucket without versions: removed)
 *     the newest, a marker alone   ExpiredObjectDeleteMarker, or Expiration by Days: removed
 *     an older one                 NoncurrentVersionExpiration, days since a newer one came: removed, unless it is locked
 *
 * Days end at the midnight (UTC) behind them. Pure: versions, rules and a time. Source: Amazon S3 user guide, "Lifecycle
 * configuration elements", "Setting lifecycle configuration on a bucket".
 *
 * @module
 */
import { isLocked } from '../objects/lock.js'
import type { ObjectVersion } from '../objects/version.js'
import { isAbout, type Rule } from './rules.js'

export const DAY_MS = 24 * 60 * 60 * 1000

/** A version among those of its key. */
export interface Standing {
  readonly version: ObjectVersion
  /** When the next newer one came; undefined for the newest. */
  readonly noncurrentSince: number | undefined
  /** Older ones that are newer than it, markers not counted. */
  readonly newerNoncurrent: number
  /** None is older. */
  readonly isOldest: boolean
}

export type Action = 'hide' | 'remove'

/** @param now milliseconds since the epoch */
export function dueOf(rules: readonly Rule[], standing: Standing, now: number): Action | undefined {
  const { version, noncurrentSince } = standing
  if (noncurrentSince !== undefined) {
    const isDue = rules.some((rule) => isNoncurrentDue(rule, standing, noncurrentSince, now))
    return isDue && !isLocked(version, now) ? 'remove' : undefined
  }
  if (!version.isMarker) {
    const expiry = expiryOf(rules, version)
    return expiry !== undefined && expiry.at <= now ? 'hide' : undefined
  }
  if (!standing.isOldest) return undefined
  return rules.some((rule) => isMarkerDue(rule, version, now)) ? 'remove' : undefined
}

export interface Expiry {
  readonly at: number
  readonly rule: Rule
}

/** When the object that `version` is will expire, and by which rule: the one that comes first. */
export function expiryOf(rules: readonly Rule[], version: ObjectVersion): Expiry | undefined {
  let first: Expiry | undefined
  for (const rule of rules) {
    const { Days, Date: date } = rule.expiration ?? {}
    const at = date?.getTime() ?? (Days === undefined ? undefined : after(version.modifiedAt, Days))
    if (at === undefined || !isAbout(rule, version)) continue
    if (first === undefined || at < first.at) first = { at, rule }
  }
  return first
}

/** The midnight behind `days` days from `since` on. */
export function after(since: number, days: number): number {
  return (Math.floor(since / DAY_MS) + days + 1) * DAY_MS
}

function isNoncurrentDue(
  rule: Rule,
  { version, newerNoncurrent }: Standing,
  since: number,
  now: number,
): boolean {
  const { NoncurrentDays, NewerNoncurrentVersions: spared = 0 } = rule.noncurrent ?? {}
  return (
    NoncurrentDays !== undefined &&
    newerNoncurrent >= spared &&
    after(since, NoncurrentDays) <= now &&
    isAbout(rule, version)
  )
}

function isMarkerDue(rule: Rule, marker: ObjectVersion, now: number): boolean {
  const { ExpiredObjectDeleteMarker, Days } = rule.expiration ?? {}
  const isOld = Days !== undefined && after(marker.modifiedAt, Days) <= now
  return (ExpiredObjectDeleteMarker === true || isOld) && isAbout(rule, marker)
}
