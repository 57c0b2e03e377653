/**
 * Which blobs rows name: what the tending of blobs asks, and where it moves one.
 *
 * @module
 */
import type { BlobRef, BlobRows } from '../../store/blobs/blobs.js'
import { lockOfUpload } from '../multipart/find-upload.js'
import { putPart, readPartOfBlob, readUpload } from '../multipart/rows.js'
import { lockOfKey, putVersion, readVersionOfBlob } from '../objects/rows.js'
import type { S3Parts } from '../parts.js'

type Parts = Pick<S3Parts, 'store' | 'root' | 'locks'>

export function blobRows(parts: Parts): BlobRows {
  return {
    named: (after, before, limit) => named(parts, after, before, limit),
    move: async (from, to) =>
      (await moveVersion(parts, from, to)) || (await movePart(parts, from, to)),
  }
}

async function named(
  { store }: Parts,
  after: BlobRef,
  before: BlobRef,
  limit: number,
): Promise<BlobRef[]> {
  const versions = await store.read(
    store.query
      .selectFrom('s3_version')
      .select('blob')
      .where('blob', '>', after)
      .where('blob', '<', before)
      .orderBy('blob')
      .limit(limit)
      .compile(),
  )
  const parts = await store.read(
    store.query
      .selectFrom('s3_part')
      .select('blob')
      .where('blob', '>', after)
      .where('blob', '<', before)
      .orderBy('blob')
      .limit(limit)
      .compile(),
  )
  const refs = [...versions, ...parts].map(({ blob }) => blob!)
  return refs.sort(ascending).slice(0, limit)
}

async function moveVersion(parts: Parts, from: BlobRef, to: BlobRef): Promise<boolean> {
  const found = await readVersionOfBlob(parts, from)
  if (found === undefined) return false
  return await parts.locks.run([lockOfKey(found.bucketId, found.key)], async () => {
    const version = await readVersionOfBlob(parts, from)
    if (version === undefined) return false
    await parts.store.commit({ changes: [putVersion(parts.root, { ...version, blob: to })] })
    return true
  })
}

async function movePart(parts: Parts, from: BlobRef, to: BlobRef): Promise<boolean> {
  const found = await readPartOfBlob(parts, from)
  if (found === undefined) return false
  const upload = await readUpload(parts, found.uploadId)
  if (upload === undefined) return false
  return await parts.locks.run([lockOfUpload(upload.id)], async () => {
    // Of a completed one, who removes the object holds its key. One after the other, as who completes it takes them:
    // who stood in line for both at once would wait for him, and he for who is before him at the key.
    return await parts.locks.run([lockOfKey(upload.bucketId, upload.key)], async () => {
      const part = await readPartOfBlob(parts, from)
      if (part === undefined) return false
      await parts.store.commit({ changes: [putPart(parts.root, { ...part, blob: to })] })
      return true
    })
  })
}

/** As bytes: refs are ASCII. */
function ascending(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
