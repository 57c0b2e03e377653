/** A disk under the bytes of objects that is full for a while; scripts/proofs/s3-full-disk.mjs has a real one. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { s3Door } from '../../src/http/doors/s3.js'
import type { S3Service } from '../../src/s3/s3.js'
import type { Blobs } from '../../src/store/blobs/blobs.js'
import { openBlobs } from '../../src/store/blobs/open-blobs.js'
import { FaultyDisk } from '../store/blobs/faulty-disk.js'
import { ACCESS_KEY, REGION, startTestServer, type TestServer } from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'
import { openS3 } from './objects/open-s3.js'

const Bucket = 'full-disk'
const SMALL = Buffer.alloc(1500, 'small')
const LARGE = Buffer.alloc(12_000_000, 'large')
const disk = new FaultyDisk()
let kms: TestKms
let blobs: Blobs
let service: S3Service
let server: TestServer
let s3: S3

beforeAll(async () => {
  kms = await openTestKms({ folder: mkdtempSync(join(tmpdir(), 'sealtrail-s3-full-')) })
  blobs = await openBlobs(kms.store.dataDir, disk)
  service = openS3(kms, blobs, kms.store)
  server = await startTestServer(kms.service, { doors: [s3Door(service, ['localhost'])] })
  s3 = new S3({
    ...{ endpoint: server.url, region: REGION, credentials: ACCESS_KEY, maxAttempts: 1 },
    forcePathStyle: true,
  })
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const
  await s3.createBucket({ Bucket, CreateBucketConfiguration })
  await s3.putObject({ Bucket, Key: 'small', Body: SMALL })
  await s3.putObject({ Bucket, Key: 'large', Body: LARGE })
})

afterAll(async () => {
  s3.destroy()
  await server.close()
  await service.close()
  await blobs.close()
  await kms.remove()
})

async function expectWhole(Key: string, bytes: Buffer): Promise<void> {
  const { Body } = await s3.getObject({ Bucket, Key })
  expect(Buffer.compare(await Body!.transformToByteArray(), bytes)).toBe(0)
}

describe('a put that finds the disk full', () => {
  // The first write of all, and one in the middle of a large object.
  it.each([
    ['of a small object', SMALL, 1],
    ['of a large object, at its beginning', LARGE, 1],
    ['of a large object, in its middle', LARGE, 5],
  ])(
    '%s, is told so, leaves what was there, and is done when there is room',
    async (_what, Body, at) => {
      for (const Key of ['new', 'small', 'large']) {
        disk.fail('ENOSPC', { at, times: 1_000_000, only: 'write' })
        await expect(s3.putObject({ Bucket, Key, Body })).rejects.toThrow(
          expect.objectContaining({
            name: 'InternalError',
            message: 'We encountered an internal error. Please try again.',
            $metadata: expect.objectContaining({ httpStatusCode: 500 }),
          }),
        )
      }
      const { Contents } = await s3.listObjectsV2({ Bucket })
      expect(Contents!.map(({ Key }) => Key)).toEqual(['large', 'small'])
      await expectWhole('small', SMALL)
      await expectWhole('large', LARGE)
      disk.mend()
      await s3.putObject({ Bucket, Key: 'new', Body })
      await expectWhole('new', Body)
      await s3.deleteObject({ Bucket, Key: 'new' })
    },
  )

  it('of a part, leaves the upload as it was, which is completed when there is room', async () => {
    const place = { Bucket, Key: 'in parts' }
    const { UploadId } = await s3.createMultipartUpload(place)
    const part = { ...place, UploadId, PartNumber: 1, Body: LARGE }
    disk.fail('ENOSPC', { at: 3, times: 1_000_000, only: 'write' })
    await expect(s3.uploadPart(part)).rejects.toThrow(
      expect.objectContaining({ name: 'InternalError' }),
    )
    expect((await s3.listParts({ ...place, UploadId })).Parts ?? []).toEqual([])
    disk.mend()
    const { ETag } = await s3.uploadPart(part)
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
    await s3.completeMultipartUpload({ ...place, UploadId, MultipartUpload })
    await expectWhole('in parts', LARGE)
  })
})
