/**
 * GetObjectAcl, PutObjectAcl: an object has the list of its bucket, which is the owner's full control.
 *
 * Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import type { InputOf } from '../../model.js'
import { storedKey } from '../../objects/stored-key.js'
import type { S3Parts } from '../../parts.js'
import { methodNotAllowed } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { absentObject, mayObject } from '../../use/may.js'
import { aclOf, checkGivenAcl } from './acls.js'

type Input = InputOf<'GetObjectAcl'> | InputOf<'PutObjectAcl'>

export async function getObjectAcl(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetObjectAcl'>,
): Promise<object> {
  const bucket = await objectsBucket(
    parts,
    call,
    input,
    's3:GetObjectAcl',
    's3:GetObjectVersionAcl',
  )
  await call.succeed()
  return aclOf(bucket)
}

export async function putObjectAcl(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutObjectAcl'>,
): Promise<void> {
  const bucket = await objectsBucket(
    parts,
    call,
    input,
    's3:PutObjectAcl',
    's3:PutObjectVersionAcl',
  )
  checkGivenAcl(bucket, input)
  await call.succeed()
}

/** The bucket of an object that is there, and that the caller may do this with. */
async function objectsBucket(
  parts: S3Parts,
  call: Call,
  input: Input,
  action: string,
  versionAction: string,
): Promise<Bucket> {
  const { Key, VersionId } = input
  const bucket = await bucketNamed(parts, call, input)
  mayObject(call, bucket, Key, VersionId === undefined ? action : versionAction)
  const isMarker = await markerOf(parts, bucket, Key, VersionId)
  if (isMarker === undefined || (isMarker && VersionId === undefined)) {
    throw absentObject(call, bucket, Key, VersionId)
  }
  if (isMarker) throw methodNotAllowed()
  return bucket
}

/** Whether the version is a delete marker; undefined when there is none. */
async function markerOf(
  { store }: S3Parts,
  { id }: Bucket,
  key: string,
  version: string | undefined,
): Promise<boolean | undefined> {
  const ofKey = store.query
    .selectFrom('s3_version')
    .select('is_marker')
    .where('bucket_id', '=', id)
    .where('object_key', '=', storedKey(key))
  const query =
    version === undefined
      ? ofKey.where('is_latest', '=', 1)
      : ofKey.where('version_id', '=', storedKey(version))
  const [row] = await store.read(query.limit(1).compile())
  return row && row.is_marker === 1
}
