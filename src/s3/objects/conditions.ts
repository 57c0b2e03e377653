/**
 * What a request says must be so before anything is done: If-Match and its like.
 *
 *     reads     If-Match before If-Unmodified-Since, If-None-Match before If-Modified-Since (RFC 9110 §13.2.2)
 *     writes    If-Match: the object is this one; If-None-Match: * there is none
 *     deletes   If-Match, and the size and time that somebody saw
 *
 * Source: Amazon S3 user guide, "Conditional reads", "Conditional writes", "Conditional deletes".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { ObjectVersion } from './version.js'

export interface ReadConditions {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
  readonly IfModifiedSince?: Date | undefined
  readonly IfUnmodifiedSince?: Date | undefined
}

export interface WriteConditions {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
}

export interface DeleteConditions {
  readonly IfMatch?: string | undefined
  readonly IfMatchLastModifiedTime?: Date | undefined
  readonly IfMatchSize?: number | undefined
}

type Seen = Pick<ObjectVersion, 'etag' | 'modifiedAt'>

/**
 * @param shownId the version's, where its bucket has versions.
 * @throws SealtrailError `PreconditionFailed`, `NotModified`
 */
export function checkRead(
  version: Seen,
  conditions: ReadConditions,
  shownId: string | undefined,
): void {
  const failed = failedRead(version, conditions)
  if (failed === undefined) return
  if (failed === 'If-None-Match' || failed === 'If-Modified-Since')
    throw notModified(version, shownId)
  throw preconditionFailed(failed)
}

/** Of the source of a copy, where what is not modified has failed, too. @throws SealtrailError `PreconditionFailed` */
export function checkCopySource(version: Seen, conditions: ReadConditions): void {
  const failed = failedRead(version, conditions)
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`)
}

/** @throws SealtrailError `PreconditionFailed`, `NoSuchKey`, `NotImplemented` */
export function checkWrite(
  latest: ObjectVersion | undefined,
  { IfMatch, IfNoneMatch }: WriteConditions,
  key: string,
): void {
  if (IfMatch === undefined && IfNoneMatch === undefined) return
  if (IfMatch !== undefined && IfNoneMatch !== undefined)
    throw unheard('If-Match and If-None-Match')
  const current = latest?.isMarker === false ? latest : undefined
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch.trim() !== '*') throw unheard('If-None-Match')
    if (current !== undefined) throw preconditionFailed('If-None-Match')
    return
  }
  if (current === undefined) throw noSuchKey(key)
  if (!matches(IfMatch!, current.etag)) throw preconditionFailed('If-Match')
}

/**
 * What is not there has no tag to match; size and time are said of what is there only.
 * @param latest of the key, be it a marker.
 * @throws SealtrailError `PreconditionFailed`, `NoSuchKey`
 */
export function checkDelete(
  latest: ObjectVersion | undefined,
  given: DeleteConditions,
  key: string,
): void {
  const { IfMatch, IfMatchLastModifiedTime: time, IfMatchSize: bytes } = given
  if (IfMatch === undefined && time === undefined && bytes === undefined) return
  if (latest === undefined || latest.isMarker) {
    if (IfMatch !== undefined) throw noSuchKey(key)
    return
  }
  if (IfMatch !== undefined && !matches(IfMatch, latest.etag)) throw preconditionFailed('If-Match')
  if (time !== undefined && seconds(latest.modifiedAt) !== seconds(+time)) {
    throw preconditionFailed('x-amz-if-match-last-modified-time')
  }
  if (bytes !== undefined && latest.bytes !== bytes) {
    throw preconditionFailed('x-amz-if-match-size')
  }
}

export function noSuchKey(key: string): SealtrailError {
  return new SealtrailError('NoSuchKey', 'The specified key does not exist.', { Key: key })
}

/** The header that says no; undefined when none does. */
function failedRead({ etag, modifiedAt }: Seen, conditions: ReadConditions): string | undefined {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, etag)) return 'If-Match'
  } else if (IfUnmodifiedSince !== undefined && seconds(modifiedAt) > seconds(+IfUnmodifiedSince)) {
    return 'If-Unmodified-Since'
  }
  if (IfNoneMatch !== undefined) return matches(IfNoneMatch, etag) ? 'If-None-Match' : undefined
  const isOld = IfModifiedSince !== undefined && seconds(modifiedAt) <= seconds(+IfModifiedSince)
  return isOld ? 'If-Modified-Since' : undefined
}

/** `given`: a star, or tags with or without quotes, weak or strong, between commas. */
function matches(given: string, etag: string): boolean {
  return given.split(',').some((one) => {
    const tag = one.trim().replace(/^W\//, '')
    return tag === '*' || tag === etag || tag === `"${etag}"`
  })
}

/** What a date in a header has. */
function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function preconditionFailed(condition: string): SealtrailError {
  const says = 'At least one of the pre-conditions you specified did not hold'
  return new SealtrailError('PreconditionFailed', says, { Condition: condition })
}

function notModified({ etag, modifiedAt }: Seen, shownId: string | undefined): SealtrailError {
  return new SealtrailError('NotModified', 'Not Modified', {
    etag: `"${etag}"`,
    'last-modified': new Date(modifiedAt).toUTCString(),
    ...(shownId === undefined ? {} : { 'x-amz-version-id': shownId }),
  })
}

function unheard(header: string): SealtrailError {
  const says = 'A header you provided implies functionality that is not implemented'
  return new SealtrailError('NotImplemented', says, { Header: header })
}
