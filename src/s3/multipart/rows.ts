/**
 * Uploads and their parts as rows, each under a MAC: put, dropped, and read back.
 *
 * The tables are in store/view/schema/s3.ts. Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Row } from '../../store/view/schema.js'
import { endOf } from '../listing/text-range.js'
import type { Kept } from '../objects/rows.js'
import { keyOfStored, storedKey } from '../objects/stored-key.js'
import type { Part, PartFacts, Upload, UploadFacts } from './upload.js'

type UploadRow = Row<'s3_upload'>
type PartRow = Row<'s3_part'>

const PARTS_AT_ONCE = 500

export function putUpload(root: Root, upload: Upload): Change {
  const row = {
    upload_id: upload.id,
    bucket_id: upload.bucketId,
    object_key: storedKey(upload.key),
    initiated_at: upload.initiatedAt,
    is_complete: Number(upload.isComplete),
    facts: JSON.stringify(upload.facts),
  }
  return { put: 's3_upload', row: { ...row, mac: macOfUpload(root, row) } }
}

export function dropUpload(uploadId: string): Change {
  return { drop: 's3_upload', key: { upload_id: uploadId } }
}

export function putPart(root: Root, part: Part): Change {
  const row = {
    upload_id: part.uploadId,
    part_number: part.number,
    bytes: part.bytes,
    etag: part.etag,
    modified_at: part.modifiedAt,
    blob: part.blob,
    facts: JSON.stringify(part.facts),
  }
  return { put: 's3_part', row: { ...row, mac: macOfPart(root, row) } }
}

export function dropPart({ uploadId, number }: Pick<Part, 'uploadId' | 'number'>): Change {
  return { drop: 's3_part', key: { upload_id: uploadId, part_number: number } }
}

/** @throws SealtrailError `StoreDamaged` */
export async function readUpload(
  { store, root }: Kept,
  uploadId: string,
): Promise<Upload | undefined> {
  const [row] = await store.read(
    store.query
      .selectFrom('s3_upload')
      .selectAll()
      .where('upload_id', '=', storedKey(uploadId))
      .limit(1)
      .compile(),
  )
  return row && uploadOf(root, row)
}

/** In the order of their keys and ids, from after `after` on: those that are open and begin with `prefix`. @throws SealtrailError `StoreDamaged` */
export async function readOpenUploads(
  { store, root }: Kept,
  bucketId: string,
  after: { readonly key: string; readonly uploadId: string },
  prefix: string,
  limit: number,
): Promise<Upload[]> {
  const end = endOf(prefix)
  const key = storedKey(after.key)
  const rows = await store.read(
    store.query
      .selectFrom('s3_upload')
      .selectAll()
      .where('bucket_id', '=', bucketId)
      .where('is_complete', '=', 0)
      .$if(end !== undefined, (query) => query.where('object_key', '<', storedKey(end!)))
      .where((is) =>
        is.or([
          is('object_key', '>', key),
          is.and([is('object_key', '=', key), is('upload_id', '>', storedKey(after.uploadId))]),
        ]),
      )
      .orderBy('object_key')
      .orderBy('upload_id')
      .limit(limit)
      .compile(),
  )
  return rows.map((row) => uploadOf(root, row))
}

export async function hasOpenUploads(store: Store, bucketId: string): Promise<boolean> {
  const rows = await store.read(
    store.query
      .selectFrom('s3_upload')
      .select('upload_id')
      .where('bucket_id', '=', bucketId)
      .where('is_complete', '=', 0)
      .limit(1)
      .compile(),
  )
  return rows.length > 0
}

/**
 * In the order of their numbers, from after `after` on; all of them a page at a time, so that ten thousand keep nobody
 * waiting.
 * @throws SealtrailError `StoreDamaged`
 */
export async function readParts(
  kept: Kept,
  uploadId: string,
  after = 0,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<Part[]> {
  const parts: Part[] = []
  for (;;) {
    const asked = Math.min(limit - parts.length, PARTS_AT_ONCE)
    const page = await readPage(kept, uploadId, parts.at(-1)?.number ?? after, asked)
    parts.push(...page)
    if (page.length < asked || parts.length === limit) return parts
  }
}

async function readPage(
  { store, root }: Kept,
  uploadId: string,
  after: number,
  limit: number,
): Promise<Part[]> {
  const rows = await store.read(
    store.query
      .selectFrom('s3_part')
      .selectAll()
      .where('upload_id', '=', uploadId)
      .where('part_number', '>', after)
      .orderBy('part_number')
      .limit(limit)
      .compile(),
  )
  return rows.map((row) => partOf(root, row))
}

/** The part whose bytes lie there. @throws SealtrailError `StoreDamaged` */
export async function readPartOfBlob(
  { store, root }: Kept,
  blob: string,
): Promise<Part | undefined> {
  const [row] = await store.read(
    store.query.selectFrom('s3_part').selectAll().where('blob', '=', blob).limit(1).compile(),
  )
  return row && partOf(root, row)
}

/** @throws SealtrailError `StoreDamaged` when the row is not as it was put there. */
export function uploadOf(root: Root, row: UploadRow): Upload {
  if (!constantTimeEqual(row.mac, macOfUpload(root, row))) throw damaged('an upload', row.upload_id)
  return {
    id: row.upload_id,
    bucketId: row.bucket_id,
    key: keyOfStored(row.object_key),
    initiatedAt: row.initiated_at,
    isComplete: row.is_complete === 1,
    facts: JSON.parse(row.facts) as UploadFacts,
  }
}

function partOf(root: Root, row: PartRow): Part {
  if (!constantTimeEqual(row.mac, macOfPart(root, row))) throw damaged('a part', row.upload_id)
  return {
    uploadId: row.upload_id,
    number: row.part_number,
    bytes: row.bytes,
    etag: row.etag,
    modifiedAt: row.modified_at,
    blob: row.blob,
    facts: JSON.parse(row.facts) as PartFacts,
  }
}

function macOfUpload(root: Root, row: Omit<UploadRow, 'mac'>): Uint8Array {
  return root.authenticate(
    JSON.stringify([
      ...['s3_upload', row.upload_id, row.bucket_id, row.object_key, row.initiated_at],
      ...[row.is_complete, row.facts],
    ]),
  )
}

function macOfPart(root: Root, row: Omit<PartRow, 'mac'>): Uint8Array {
  return root.authenticate(
    JSON.stringify([
      ...['s3_part', row.upload_id, row.part_number, row.bytes, row.etag, row.modified_at],
      ...[row.blob, row.facts],
    ]),
  )
}

function damaged(what: string, uploadId: string): SealtrailError {
  const message = `the row of ${what} is not as it was written: stop, and start on the journal`
  return new SealtrailError('StoreDamaged', message, { upload: uploadId })
}
