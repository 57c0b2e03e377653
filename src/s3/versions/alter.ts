/**
 * What is said of a version changes, and its bytes do not: tags, locks, wraps.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Bucket } from '../buckets/bucket.js'
import { lockOfKey, putVersion } from '../objects/rows.js'
import type { ObjectVersion, VersionFacts } from '../objects/version.js'
import type { S3Parts } from '../parts.js'
import { whileThere } from './while-there.js'

/**
 * Leaves the record of `call`.
 * @param find the version, as it is while nobody else changes it.
 * @param alter what is true of it from then on.
 */
export async function alterVersion(
  parts: S3Parts,
  call: Call,
  bucket: Bucket,
  key: string,
  find: () => Promise<ObjectVersion>,
  alter: (version: ObjectVersion) => VersionFacts | Promise<VersionFacts>,
): Promise<ObjectVersion> {
  return await parts.locks.run([lockOfKey(bucket.id, key)], async () => {
    const version = await find()
    const altered = { ...version, facts: await alter(version) }
    await whileThere(parts, bucket, () => call.succeed([putVersion(parts.root, altered)]))
    return altered
  })
}
