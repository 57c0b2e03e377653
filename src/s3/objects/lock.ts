/**
 * Object lock: what keeps a version from being deleted, and until when.
 *
 * Time is the wall clock's. Source: Amazon S3 user guide, "How S3 Object Lock works".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { ObjectLock } from '../buckets/bucket.js'
import type { Description } from './described.js'
import type { ObjectVersion, VersionFacts } from './version.js'

type Lock = NonNullable<VersionFacts['lock']>

const DAY_MS = 24 * 60 * 60 * 1000

/** Whether a legal hold or a retention stands. */
export function isLocked(
  { facts, isMarker }: Pick<ObjectVersion, 'facts' | 'isMarker'>,
  now: number,
  bypassesGovernance = false,
): boolean {
  const { lock } = facts
  if (lock === undefined || isMarker) return false
  const isRetained = lock.until !== undefined && lock.until > now
  const holds = isRetained && !(lock.mode === 'GOVERNANCE' && bypassesGovernance)
  return lock.hold === true || holds
}

/** @throws SealtrailError `AccessDeniedException` */
export function checkUnlocked(
  version: Pick<ObjectVersion, 'facts' | 'isMarker'>,
  now: number,
  bypassesGovernance: boolean,
): void {
  if (!isLocked(version, now, bypassesGovernance)) return
  const says = 'Access Denied because object protected by object lock.'
  throw new SealtrailError('AccessDeniedException', says)
}

/**
 * Of a new version: what its writer says, or the bucket's default.
 * @param bucketLock undefined where the bucket has no object lock.
 * @throws SealtrailError `InvalidRequest`, `InvalidArgument`
 */
export function lockOfNew(
  given: Pick<
    Description,
    'ObjectLockMode' | 'ObjectLockRetainUntilDate' | 'ObjectLockLegalHoldStatus'
  >,
  bucketLock: ObjectLock | undefined,
  now: number,
): { readonly lock?: Lock } {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: date } = given
  const hold = given.ObjectLockLegalHoldStatus
  const isSaid = mode !== undefined || date !== undefined || hold !== undefined
  if (bucketLock === undefined) {
    if (!isSaid) return {}
    throw new SealtrailError('InvalidRequest', 'Bucket is missing Object Lock Configuration')
  }
  if ((mode === undefined) !== (date === undefined)) {
    const says =
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied'
    throw new SealtrailError('InvalidArgument', says)
  }
  const retained =
    mode === undefined
      ? defaultOf(bucketLock, now)
      : { mode: lockMode(mode), until: future(date!, now) }
  const held = hold === undefined ? {} : { hold: lockHold(hold) }
  const lock = { ...retained, ...held }
  return Object.keys(lock).length === 0 ? {} : { lock }
}

/** Of a header. @throws SealtrailError `InvalidArgument` */
function lockHold(status: string): boolean {
  if (status === 'ON' || status === 'OFF') return status === 'ON'
  const says = "Legal Hold must be either of 'ON' or 'OFF'"
  throw new SealtrailError('InvalidArgument', says)
}

/** @throws SealtrailError `InvalidArgument` */
export function lockMode(mode: string): 'GOVERNANCE' | 'COMPLIANCE' {
  if (mode === 'GOVERNANCE' || mode === 'COMPLIANCE') return mode
  throw new SealtrailError('InvalidArgument', 'Unknown wormMode directive.')
}

/** @throws SealtrailError `InvalidArgument` */
export function future(date: Date, now: number): number {
  if (date.getTime() > now) return date.getTime()
  throw new SealtrailError('InvalidArgument', 'The retain until date must be in the future!')
}

function defaultOf({ mode, days, years }: ObjectLock, now: number): Lock {
  if (mode === undefined) return {}
  if (years === undefined) return { mode, until: now + (days ?? 0) * DAY_MS }
  const until = new Date(now)
  until.setUTCFullYear(until.getUTCFullYear() + years)
  return { mode, until: until.getTime() }
}

/**
 * Whether a retention may take the place of another.
 * @param wanted undefined: none from now on.
 * @throws SealtrailError `AccessDeniedException`
 */
export function checkRetention(
  lock: Lock | undefined,
  wanted: { readonly mode: string; readonly until: number } | undefined,
  now: number,
  bypassesGovernance: boolean,
): void {
  if (lock?.until === undefined || lock.until <= now) return
  if (lock.mode === 'GOVERNANCE' && bypassesGovernance) return
  const isLonger = wanted !== undefined && wanted.until >= lock.until
  if (isLonger && (wanted.mode === lock.mode || wanted.mode === 'COMPLIANCE')) return
  const says = 'Access Denied because object protected by object lock.'
  throw new SealtrailError('AccessDeniedException', says)
}
