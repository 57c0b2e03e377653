/**
 * The sealed messages that a version is made of, in order: one, or those of its parts.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { readParts } from '../multipart/rows.js'
import { type Kept, readVersion } from '../objects/rows.js'
import type { ObjectVersion } from '../objects/version.js'
import type { Lying, Stretch } from './open.js'

/** @throws SealtrailError `StoreDamaged` */
export async function lyingOf(kept: Kept, version: ObjectVersion): Promise<Lying> {
  return {
    stretches: await stretchesOf(kept, version),
    async again() {
      const { bucketId, key, id } = version
      const now = await readVersion(kept, bucketId, key, id)
      return now?.order === version.order ? await stretchesOf(kept, now) : []
    },
  }
}

/** @throws SealtrailError `StoreDamaged` */
export async function stretchesOf(kept: Kept, version: ObjectVersion): Promise<Stretch[]> {
  const { blob, uploadId, bytes, facts } = version
  if (blob !== undefined) return [{ blob, bytes, messageId: facts.messageId }]
  const parts = uploadId === undefined ? [] : await readParts(kept, uploadId)
  const all = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (parts.length !== facts.parts || all !== bytes) {
    const message = 'the parts of an object are not all there'
    throw new SealtrailError('StoreDamaged', message, { key: version.key })
  }
  return parts.map((part) => ({
    blob: part.blob,
    bytes: part.bytes,
    messageId: part.facts.messageId,
  }))
}
