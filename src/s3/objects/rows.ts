/**
 * Versions of objects as rows, each under a MAC: put, dropped, and read back.
 *
 * The MAC covers the whole row, so that a row with another's bytes, name or place is found. The table is in
 * store/view/schema/s3.ts. Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import { prepared, type Tables } from '../../store/view/dialect.js'
import type { Row } from '../../store/view/schema.js'
import { keyOfStored, storedKey } from './stored-key.js'
import type { ObjectVersion, VersionFacts } from './version.js'
import { isVersionId } from './version-id.js'

type VersionRow = Row<'s3_version'>

/** Where versions are kept, and what shows that they are as they were put. */
export interface Kept {
  readonly store: Tables
  readonly root: Root
}

export function putVersion(root: Root, version: ObjectVersion): Change {
  const row = {
    bucket_id: version.bucketId,
    object_key: storedKey(version.key),
    version_order: version.order,
    version_id: version.id,
    is_latest: Number(version.isLatest),
    is_marker: Number(version.isMarker),
    bytes: version.bytes,
    etag: version.etag,
    modified_at: version.modifiedAt,
    blob: version.blob ?? null,
    upload_id: version.uploadId ?? null,
    facts: JSON.stringify(version.facts),
  }
  return { put: 's3_version', row: { ...row, mac: macOf(root, row) } }
}

export function dropVersion({ bucketId, key, order }: ObjectVersion): Change {
  return {
    drop: 's3_version',
    key: { bucket_id: bucketId, object_key: storedKey(key), version_order: order },
  }
}

/** The newest version of `key`, be it a marker. @throws SealtrailError `StoreDamaged` */
export function readLatest(
  kept: Kept,
  bucketId: string,
  key: string,
): Promise<ObjectVersion | undefined> {
  return readFirst(kept, latestOfKey(bucketId, storedKey(key)))
}

/** @throws SealtrailError `StoreDamaged` */
export async function readVersion(
  kept: Kept,
  bucketId: string,
  key: string,
  id: string,
): Promise<ObjectVersion | undefined> {
  if (!isVersionId(id)) return undefined
  return await readFirst(kept, versionWithId(bucketId, storedKey(key), id))
}

/** The version that was the newest before `order`. @throws SealtrailError `StoreDamaged` */
export async function readBefore(
  kept: Kept,
  bucketId: string,
  key: string,
  order: number,
): Promise<ObjectVersion | undefined> {
  return await readFirst(kept, latestBefore(bucketId, storedKey(key), order))
}

/** The version whose bytes lie there. @throws SealtrailError `StoreDamaged` */
export async function readVersionOfBlob(
  kept: Kept,
  blob: string,
): Promise<ObjectVersion | undefined> {
  return await readFirst(kept, versionOfBlob(blob))
}

const latestOfKey = prepared((query, bucketId: string, key: string) =>
  ofKey(query, bucketId, key).orderBy('version_order').limit(1),
)
const versionWithId = prepared((query, bucketId: string, key: string, id: string) =>
  ofKey(query, bucketId, key).where('version_id', '=', id).limit(1),
)
const latestBefore = prepared((query, bucketId: string, key: string, order: number) =>
  ofKey(query, bucketId, key).where('version_order', '>', order).orderBy('version_order').limit(1),
)
const versionOfBlob = prepared((query, blob: string) =>
  versions(query).where('blob', '=', blob).limit(1),
)

type Query = Tables['query']

function versions(query: Query) {
  return query.selectFrom('s3_version').selectAll()
}

function ofKey(query: Query, bucketId: string, key: string) {
  return versions(query).where('bucket_id', '=', bucketId).where('object_key', '=', key)
}

async function readFirst(
  { store, root }: Kept,
  query: CompiledQuery<VersionRow>,
): Promise<ObjectVersion | undefined> {
  const [row] = await store.read(query)
  return row && versionOf(root, row)
}

/** Who changes versions of a key holds this name. */
export function lockOfKey(bucketId: string, key: string): string {
  return `${bucketId}/${key}`
}

/** Whether anything is in the bucket: a version, a marker. */
export async function hasVersions(store: Store, bucketId: string): Promise<boolean> {
  const rows = await store.read(
    store.query
      .selectFrom('s3_version')
      .select('version_order')
      .where('bucket_id', '=', bucketId)
      .limit(1)
      .compile(),
  )
  return rows.length > 0
}

/** @throws SealtrailError `StoreDamaged` when the row is not as it was put there. */
export function versionOf(root: Root, row: VersionRow): ObjectVersion {
  if (!constantTimeEqual(row.mac, macOf(root, row))) {
    const message = `the row of an object is not as it was written: stop, and start on the journal`
    const detail = { bucket: row.bucket_id, key: row.object_key, version: row.version_id }
    throw new SealtrailError('StoreDamaged', message, detail)
  }
  const { blob, upload_id: uploadId } = row
  return {
    bucketId: row.bucket_id,
    key: keyOfStored(row.object_key),
    order: row.version_order,
    id: row.version_id,
    isLatest: row.is_latest === 1,
    isMarker: row.is_marker === 1,
    bytes: row.bytes,
    etag: row.etag,
    modifiedAt: row.modified_at,
    ...(blob === null ? {} : { blob }),
    ...(uploadId === null ? {} : { uploadId }),
    facts: JSON.parse(row.facts) as VersionFacts,
  }
}

function macOf(root: Root, row: Omit<VersionRow, 'mac'>): Uint8Array {
  const { bucket_id, object_key, version_order, version_id, is_latest, is_marker } = row
  const { bytes, etag, modified_at, blob, upload_id, facts } = row
  const place = ['s3_version', bucket_id, object_key, version_order, version_id, is_latest] as const
  return root.authenticate(
    JSON.stringify([...place, is_marker, bytes, etag, modified_at, blob, upload_id, facts]),
  )
}
