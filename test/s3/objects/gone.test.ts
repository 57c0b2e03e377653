/** Objects that go between the row that a reader has and what it leads to. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { blobRows } from '../../../src/s3/contents/blob-rows.js'
import { lyingOf } from '../../../src/s3/contents/lying.js'
import { ContentGone } from '../../../src/s3/contents/part-blocks.js'
import { lockOfUpload } from '../../../src/s3/multipart/find-upload.js'
import { dropPart } from '../../../src/s3/multipart/rows.js'
import { BeingRead } from '../../../src/s3/objects/being-read.js'
import { lockOfKey, versionOf } from '../../../src/s3/objects/rows.js'
import type { ObjectVersion } from '../../../src/s3/objects/version.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { Locks } from '../../../src/store/keep/locks.js'
import { temporaryDirs } from '../../store/temporary.js'
import { openTestKms, REGION, caller as root, type TestKms } from '../../support/kms.js'
import { openS3, SOURCE } from './open-s3.js'

const newDir = temporaryDirs('s3-gone')
const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const [Bucket, Key] = ['logs', 'a']

/** An object of one part, and its row. */
async function inParts() {
  const folder = newDir()
  mkdirSync(folder)
  const kms = await openTestKms({ folder })
  const blobs = await openBlobs(join(folder, 'data'))
  const service = openS3(kms, blobs)
  closers.push(
    () => kms.close(),
    () => blobs.close(),
    () => service.close(),
  )
  const s3 = service.as(root, SOURCE)
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const
  await s3.createBucket({ Bucket, CreateBucketConfiguration })
  const { UploadId } = (await s3.createMultipartUpload({ Bucket, Key })) as { UploadId: string }
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }
  const { ETag } = (await s3.uploadPart(part)) as { ETag: string }
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload })
  const { store } = kms
  const [row] = await store.read(store.query.selectFrom('s3_version').selectAll().compile())
  return { kms, s3, version: versionOf(kms.root, row!), UploadId }
}

async function lookedUp({ store, root }: TestKms, version: ObjectVersion) {
  const lying = await lyingOf({ store, root, beingRead: new BeingRead() }, version)
  return await lying.part(0)
}

describe('an object in parts', () => {
  it('that is deleted while its parts are looked up is gone, and nothing is damaged', async () => {
    const { kms, s3, version } = await inParts()
    await s3.deleteObject({ Bucket, Key })
    await expect(lookedUp(kms, version)).rejects.toThrow(ContentGone)
  })

  it('that is there without one of them is damaged', async () => {
    const { kms, version, UploadId } = await inParts()
    await kms.store.commit({ changes: [dropPart({ uploadId: UploadId, number: 1 })] })
    await expect(lookedUp(kms, version)).rejects.toThrow(
      expect.objectContaining({ code: 'StoreDamaged' }),
    )
  })
})

describe('a blob of a part that is moved', () => {
  it('waits for who completes the upload, who does not wait for it', async () => {
    const { kms, UploadId, version } = await inParts()
    const { store, root } = kms
    const locks = new Locks()
    const [row] = await store.read(store.query.selectFrom('s3_part').selectAll().compile())
    let moving: Promise<boolean> | undefined
    await locks.run([lockOfUpload(UploadId)], async () => {
      moving = blobRows({ store, root, locks }).move(row!.blob, row!.blob)
      // It is in line by then.
      for (let reads = 0; reads < 5; reads++) {
        await store.read(store.query.selectFrom('s3_part').select('blob').compile())
      }
      await locks.run([lockOfKey(version.bucketId, Key)], async () => undefined)
    })
    expect(await moving).toBe(true)
  })
})
