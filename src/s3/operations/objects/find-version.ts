/**
 * The version that a reader names, for whoever may read it.
 *
 * Source: Amazon S3 API reference, GetObject, HeadObject; user guide, "Working with delete markers".
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { readLatest, readVersion } from '../../objects/rows.js'
import type { ObjectVersion } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { absentObject, mayObject } from '../../use/may.js'
import { versionMember } from './members.js'

/** What is asked for: `s3:GetObject`, or of a named version `s3:GetObjectVersion`. */
export interface Action {
  readonly plain: string
  readonly ofVersion: string
}

export const GET: Action = { plain: 's3:GetObject', ofVersion: 's3:GetObjectVersion' }

/** @throws SealtrailError `AccessDeniedException`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a marker. */
export async function versionFor(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  { Key: key, VersionId: id }: { readonly Key: string; readonly VersionId?: string | undefined },
  action: Action = GET,
): Promise<ObjectVersion> {
  const version =
    id === undefined
      ? await readLatest(parts, bucket.id, key)
      : await readVersion(parts, bucket.id, key, id)
  const facts = { existingTags: version?.facts.tags, versionId: id }
  mayObject(call, bucket, key, id === undefined ? action.plain : action.ofVersion, facts)
  if (version === undefined) throw absentObject(call, bucket, key, id)
  if (!version.isMarker) return version
  throw id === undefined ? hidden(call, bucket, key, version) : isMarker(bucket, version)
}

/** The key's newest version is a marker: there is no object. */
function hidden(call: Call, bucket: Bucket, key: string, marker: ObjectVersion): SealtrailError {
  const { code, message, detail } = absentObject(call, bucket, key)
  return new SealtrailError(code, message, { ...detail, ...markerHeaders(bucket, marker) })
}

function isMarker(bucket: Bucket, marker: ObjectVersion): SealtrailError {
  const says = 'The specified method is not allowed against this resource.'
  return new SealtrailError('MethodNotAllowed', says, {
    ...{ Method: 'GET', ResourceType: 'DeleteMarker', allow: 'DELETE' },
    'last-modified': new Date(marker.modifiedAt).toUTCString(),
    ...markerHeaders(bucket, marker),
  })
}

function markerHeaders(bucket: Bucket, marker: ObjectVersion): Record<string, string> {
  const { VersionId } = versionMember(bucket, marker)
  return {
    'x-amz-delete-marker': 'true',
    ...(VersionId === undefined ? {} : { 'x-amz-version-id': VersionId }),
  }
}
