/**
 * PutObject.
 *
 * @module
 */
import { streamOf } from '../../../aws/forms/streams.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { expectedChecksum } from '../../checksums/expected.js'
import { sseMembersOfWrite } from '../../encryption/reply.js'
import { sseWanted } from '../../encryption/wanted.js'
import { expirationMember } from '../../lifecycle/shown.js'
import type { InputOf } from '../../model.js'
import { described } from '../../objects/described.js'
import { lockOfNew } from '../../objects/lock.js'
import type { ObjectVersion } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { checkFreeToPlace } from '../../versions/place.js'
import { type Together, writeVersion } from '../../versions/write.js'
import { checkAcl } from '../buckets/acls.js'
import { mayWrite } from './may-write.js'
import { checksumMembers, versionMember } from './members.js'

/** 5 GiB. */
export const PUT_BYTES_MAX = 5 * 1024 ** 3

const NOTHING = streamOf(new Uint8Array(0))

export async function putObject(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutObject'>,
  together?: Together,
) {
  const { Key: key, Body: body = NOTHING } = input
  const bucket = await bucketNamed(parts, call, input)
  mayWrite(call, bucket, key, input)
  checkAcl(bucket, input)
  const description = described(input)
  const lock = lockOfNew(input, bucket.config.objectLock, parts.clock.now())
  const expected = expectedChecksum(input, body.announced)
  await checkFreeToPlace(parts, bucket, key, input)
  const wanted = sseWanted(call, bucket, key, input, parts.sseC)
  const version = await writeVersion(parts, call, bucket, {
    ...{ key, wanted, body, expected, bytesMax: PUT_BYTES_MAX },
    ...{ said: { ...description, ...lock }, conditions: input, together },
  })
  return { ...answerOf(bucket, version), ...expirationMember(bucket, version) }
}

function answerOf(bucket: Bucket, version: ObjectVersion) {
  return {
    ETag: `"${version.etag}"`,
    ...checksumMembers(version.facts.checksum!),
    ...sseMembersOfWrite(version.facts.sse!),
    ...versionMember(bucket, version),
  }
}
