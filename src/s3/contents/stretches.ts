/**
 * The sealed messages that a version is made of, in order: one, or those of its parts.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { readParts } from '../multipart/rows.js'
import { type Kept, readVersion } from '../objects/rows.js'
import type { ObjectVersion } from '../objects/version.js'
import { ContentGone, type Lying, type Stretch } from './open.js'

/**
 * @throws SealtrailError `StoreDamaged`
 * @throws ContentGone
 */
export async function lyingOf(kept: Kept, version: ObjectVersion): Promise<Lying> {
  return {
    stretches: await stretchesOf(kept, version),
    async again() {
      const now = await versionNow(kept, version)
      return now === undefined ? [] : await stretchesOf(kept, now)
    },
  }
}

/** The same version, if it is still there. */
async function versionNow(
  kept: Kept,
  { bucketId, key, id, order }: ObjectVersion,
): Promise<ObjectVersion | undefined> {
  const now = await readVersion(kept, bucketId, key, id)
  return now?.order === order ? now : undefined
}

/**
 * @throws SealtrailError `StoreDamaged`
 * @throws ContentGone
 */
export async function stretchesOf(kept: Kept, version: ObjectVersion): Promise<Stretch[]> {
  const { blob, uploadId, bytes, facts } = version
  if (blob !== undefined) return [{ blob, bytes, messageId: facts.messageId }]
  const parts = uploadId === undefined ? [] : await readParts(kept, uploadId)
  const all = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (parts.length !== facts.parts || all !== bytes) {
    // Parts go with their version, and not before.
    if ((await versionNow(kept, version)) === undefined) {
      throw new ContentGone('an object went while its parts were looked up')
    }
    const message = 'the parts of an object are not all there'
    throw new SealtrailError('StoreDamaged', message, { key: version.key })
  }
  return parts.map((part) => ({
    blob: part.blob,
    bytes: part.bytes,
    messageId: part.facts.messageId,
  }))
}
