/**
 * Versions and markers of a bucket: by key, the newest first.
 *
 * @module
 */
import { type Kept, versionOf } from '../objects/rows.js'
import { storedKey } from '../objects/stored-key.js'
import type { ObjectVersion } from '../objects/version.js'
import { endOf } from './text-range.js'

export interface After {
  /** At or after it. */
  readonly key: string
  /** Of that key, only what is older than this. */
  readonly order?: number | undefined
}

/** @throws SealtrailError `StoreDamaged` */
export async function readVersions(
  { store, root }: Kept,
  bucketId: string,
  prefix: string,
  { key: from, order }: After,
  limit: number,
): Promise<ObjectVersion[]> {
  const end = endOf(prefix)
  const key = storedKey(from)
  const rows = await store.read(
    store.query
      .selectFrom('s3_version')
      .selectAll()
      .where('bucket_id', '=', bucketId)
      .where('object_key', '>=', key)
      .$if(end !== undefined, (query) => query.where('object_key', '<', storedKey(end!)))
      .$if(order !== undefined, (query) =>
        query.where((is) => is.or([is('object_key', '>', key), is('version_order', '>', order!)])),
      )
      .orderBy('object_key')
      .orderBy('version_order')
      .limit(limit)
      .compile(),
  )
  return rows.map((row) => versionOf(root, row))
}
