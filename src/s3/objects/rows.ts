/**
 * Versions of objects as rows, each under a MAC: put, dropped, and read back.
 *
 * The MAC covers the whole row, so that a row with another's bytes, name or place is found. The table is in
 * store/view/schema/s3.ts. Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Tables } from '../../store/view/dialect.js'
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
export async function readLatest(
  { store, root }: Kept,
  bucketId: string,
  key: string,
): Promise<ObjectVersion | undefined> {
  const [row] = await store.read(
    store.query
      .selectFrom('s3_version')
      .selectAll()
      .where('bucket_id', '=', bucketId)
      .where('object_key', '=', storedKey(key))
      .orderBy('version_order')
      .limit(1)
      .compile(),
  )
  return row && versionOf(root, row)
}

/** @throws SealtrailError `StoreDamaged` */
export async function readVersion(
  { store, root }: Kept,
  bucketId: string,
  key: string,
  id: string,
): Promise<ObjectVersion | undefined> {
  if (!isVersionId(id)) return undefined
  const [row] = await store.read(
    store.query
      .selectFrom('s3_version')
      .selectAll()
      .where('bucket_id', '=', bucketId)
      .where('object_key', '=', storedKey(key))
      .where('version_id', '=', id)
      .limit(1)
      .compile(),
  )
  return row && versionOf(root, row)
}

/** The version that was the newest before `order`. @throws SealtrailError `StoreDamaged` */
export async function readBefore(
  { store, root }: Kept,
  bucketId: string,
  key: string,
  order: number,
): Promise<ObjectVersion | undefined> {
  const [row] = await store.read(
    store.query
      .selectFrom('s3_version')
      .selectAll()
      .where('bucket_id', '=', bucketId)
      .where('object_key', '=', storedKey(key))
      .where('version_order', '>', order)
      .orderBy('version_order')
      .limit(1)
      .compile(),
  )
  return row && versionOf(root, row)
}

/** The version whose bytes lie there. @throws SealtrailError `StoreDamaged` */
export async function readVersionOfBlob(
  { store, root }: Kept,
  blob: string,
): Promise<ObjectVersion | undefined> {
  const [row] = await store.read(
    store.query.selectFrom('s3_version').selectAll().where('blob', '=', blob).limit(1).compile(),
  )
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
  return root.authenticate(
    JSON.stringify([
      ...['s3_version', row.bucket_id, row.object_key, row.version_order, row.version_id],
      ...[row.is_latest, row.is_marker, row.bytes, row.etag, row.modified_at],
      ...[row.blob, row.upload_id, row.facts],
    ]),
  )
}
