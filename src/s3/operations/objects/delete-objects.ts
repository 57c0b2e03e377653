/**
 * DeleteObject and DeleteObjects.
 *
 * @module
 */
import { isSealtrailError, isTold, SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { type Bucket, objectArn } from '../../buckets/bucket.js'
import type { InputOf } from '../../model.js'
import type { DeleteConditions } from '../../objects/conditions.js'
import { checkKey } from '../../objects/key.js'
import { readVersion } from '../../objects/rows.js'
import type { S3Parts } from '../../parts.js'
import { showAnswered } from '../../records/answer.js'
import { OBJECT } from '../../records/request.js'
import { malformedXml } from '../../refusals.js'
import { bucketNamed, bucketResource } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { type Commit, type Removed, removeVersion } from '../../versions/remove.js'
import { mayMatch } from './may-write.js'
import { versionMember } from './members.js'

const OBJECTS_MAX = 1000
/** Removed side by side. */
const AT_ONCE = 32

export async function deleteObject(parts: S3Parts, call: Call, input: InputOf<'DeleteObject'>) {
  const bucket = await bucketNamed(parts, call, input)
  const { Key: key, VersionId: versionId, BypassGovernanceRetention: bypasses } = input
  await mayRemove(parts, call, bucket, key, versionId)
  mayMatch(call, bucket, key, input.IfMatch)
  const bypassesGovernance = mayBypass(call, bucket, key, bypasses)
  const removal = { key, versionId, conditions: input, bypassesGovernance }
  let answer = {}
  await removeVersion(parts, bucket, removal, (changes, removed) => {
    answer = answerOf(bucket, removed, versionId)
    showAnswered(call, answer)
    return call.succeed(changes)
  })
  return answer
}

function answerOf(bucket: Bucket, removed: Removed, versionId: string | undefined): object {
  const { version, isNewMarker } = removed
  return {
    ...(isNewMarker || version?.isMarker ? { DeleteMarker: true } : {}),
    ...versionTold(bucket, removed, versionId),
  }
}

/** Each one for itself: what fails is told beside what went well. */
export async function deleteObjects(parts: S3Parts, call: Call, input: InputOf<'DeleteObjects'>) {
  const bucket = await bucketNamed(parts, call, input)
  const { Objects: objects, Quiet: isQuiet = false } = input.Delete
  if (objects.length === 0 || objects.length > OBJECTS_MAX) throw malformedXml()
  const removeOne = async (object: (typeof objects)[number]) => {
    const { Key, VersionId } = object
    const named = { Key, ...(VersionId === undefined ? {} : { VersionId }) }
    // AWS records each one as what the service did, beside the call.
    const commit: Commit = async (changes) => {
      const records = call.isShown ? recordsOf(call, bucket, named) : []
      if (changes.length + records.length > 0) await parts.store.commit({ changes, records })
    }
    try {
      const removed = await removeNamed(parts, call, bucket, input, object, commit)
      return { deleted: { ...named, ...marked(removed) } }
    } catch (error) {
      const refused = { ...named, ...told(error) }
      const records = call.isShown ? recordsOf(call, bucket, named, error) : []
      if (records.length > 0) await parts.store.commit({ records })
      return { error: refused }
    }
  }
  const outcomes: Awaited<ReturnType<typeof removeOne>>[] = []
  for (let at = 0; at < objects.length; at += AT_ONCE) {
    outcomes.push(...(await Promise.all(objects.slice(at, at + AT_ONCE).map(removeOne))))
  }
  call.needsNoPermission()
  await call.succeed()
  return {
    Deleted: isQuiet ? [] : outcomes.flatMap(({ deleted }) => deleted ?? []),
    Errors: outcomes.flatMap(({ error }) => error ?? []),
  }
}

function recordsOf(
  call: Call,
  bucket: Bucket,
  { Key: key, VersionId: versionId }: { readonly Key: string; readonly VersionId?: string },
  failure?: unknown,
): string[] {
  const event = {
    eventName: 'DeleteObject',
    requestParameters: { bucketName: bucket.name, key, versionId },
    resources: [{ type: OBJECT, arn: objectArn(bucket, key) }, bucketResource(bucket)],
  }
  return call.serviceRecords(event, failure)
}

async function removeNamed(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  input: InputOf<'DeleteObjects'>,
  object: InputOf<'DeleteObjects'>['Delete']['Objects'][number],
  commit: Commit,
): Promise<Removed> {
  const { Key: key, VersionId: versionId } = object
  await mayRemove(parts, call, bucket, key, versionId)
  mayMatch(call, bucket, key, object.ETag)
  const bypassesGovernance = mayBypass(call, bucket, key, input.BypassGovernanceRetention)
  const conditions: DeleteConditions = {
    IfMatch: object.ETag,
    IfMatchLastModifiedTime: object.LastModifiedTime,
    IfMatchSize: object.Size,
  }
  return await removeVersion(
    parts,
    bucket,
    { key, versionId, conditions, bypassesGovernance },
    commit,
  )
}

/** @throws SealtrailError `AccessDeniedException`, as checkKey */
async function mayRemove(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): Promise<void> {
  // It may become a marker's; and a record names it.
  checkKey(key)
  if (versionId === undefined) {
    mayObject(call, bucket, key, 's3:DeleteObject')
    return
  }
  const version = await readVersion(parts, bucket.id, key, versionId)
  const facts = { existingTags: version?.facts.tags, versionId }
  mayObject(call, bucket, key, 's3:DeleteObjectVersion', facts)
}

/** @throws SealtrailError `AccessDeniedException` for who says that he passes by, and may not. */
function mayBypass(call: Call, bucket: Bucket, key: string, given: boolean | undefined): boolean {
  if (!given) return false
  mayObject(call, bucket, key, 's3:BypassGovernanceRetention')
  return true
}

function versionTold(
  bucket: Bucket,
  { version, isNewMarker }: Removed,
  asked: string | undefined,
): object {
  if (asked !== undefined) return { VersionId: asked }
  return isNewMarker && version !== undefined ? versionMember(bucket, version) : {}
}

function marked({ version, isNewMarker }: Removed): object {
  if (version === undefined || !(isNewMarker || version.isMarker)) return {}
  return { DeleteMarker: true, DeleteMarkerVersionId: version.id }
}

function told(error: unknown): { readonly Code: string; readonly Message: string } {
  if (isSealtrailError(error) && isTold(error)) {
    const { code, message } = error
    return { Code: code === 'AccessDeniedException' ? 'AccessDenied' : code, Message: message }
  }
  if (!(error instanceof SealtrailError)) throw error
  const Message = 'We encountered an internal error. Please try again.'
  return { Code: 'InternalError', Message }
}
