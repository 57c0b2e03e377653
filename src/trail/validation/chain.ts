/**
 * A chain of digests, walked from its newest to its first: which one comes before which, also when one cannot be read.
 *
 * What a digest says of the one before it counts once its signature was verified; without it, hours are counted (each
 * digest but the last of a chain is of an hour), or the names of backfills looked up. Names only: what lies under them
 * is read in validate.ts.
 *
 * @module
 */
import { digestKey } from '../delivery/names.js'
import { type Backfills, type Head, HOUR_MS, type Link, type Trail } from '../trails/trail.js'
import type { DigestMembers } from './read.js'

export interface ChainWalked {
  readonly region: string
  readonly isBackfill: boolean
  readonly last: Link
  /** Where the one before that of `end` ends; undefined when there is none. `digest` when it could be read. */
  endBefore(end: number, digest: DigestMembers | undefined): number | undefined
}

export function hourly({ region, begun, link: last }: Head): ChainWalked {
  return {
    ...{ region, isBackfill: false, last },
    endBefore(end, digest) {
      const hours = Math.ceil((end - begun) / HOUR_MS) - 1
      const start =
        digest === undefined ? begun + hours * HOUR_MS : Date.parse(digest.digestStartTime)
      return start > begun ? start : undefined
    },
  }
}

export function backfill(region: string, { ends, previous: last }: Backfills): ChainWalked {
  return {
    ...{ region, isBackfill: true, last },
    endBefore(end, digest) {
      const known = ends[ends.indexOf(end) - 1]
      const said = digest?.previousDigestS3Object ?? undefined
      return known ?? (said === undefined ? undefined : endOf(said))
    },
  }
}

/** The object of the digest of `end`, beside `other`. */
export function beside(
  trail: Trail,
  { region, isBackfill }: ChainWalked,
  other: string,
  end: number,
): string {
  const prefix = other.slice(0, Math.max(0, other.lastIndexOf('AWSLogs/') - 1))
  const { prefix: _, ...config } = trail.config
  const then = { ...trail, config: prefix === '' ? config : { ...config, prefix } }
  return digestKey(then, region, end, isBackfill)
}

/** By its name: where a digest ends. */
export function endOf(object: string): number {
  return timeOfStamp(/_(\d{8}T\d{6}Z)(?:_backfill)?\.json\.gz$/.exec(object)?.[1] ?? '')
}

/** `20260102T030000Z`, or without seconds. */
export function timeOfStamp(stamp: string): number {
  const [, year, month, day, hour, minute, second = '00'] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z$/.exec(stamp) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
