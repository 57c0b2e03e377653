/** A store that breaks under a commit: nobody knows what it kept, and the next start may find all of it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../../src/errors.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import type { Store } from '../../../src/store/store.js'
import { temporaryDirs } from '../../store/temporary.js'
import { openTestKms, REGION, caller as root, storeLike } from '../../support/kms.js'
import { openS3, SOURCE } from './open-s3.js'

const newDir = temporaryDirs('s3-broken')
const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const large = (byte: number) => Buffer.alloc(200_000, byte)

/** Keeps what it is given, and says that it has broken. */
function breaking(store: Store): { readonly store: Store; arm(): void } {
  let isArmed = false
  let tell: (cause: unknown) => void = () => undefined
  const broken = new Promise<unknown>((resolve) => {
    tell = resolve
  })
  const commit: Store['commit'] = async (entry) => {
    await store.commit(entry)
    if (!isArmed) return
    const error = new SealtrailError('StoreFailed', 'the journal cannot be synced')
    tell(error)
    throw error
  }
  return {
    store: { ...storeLike(store), broken, commit },
    arm: () => {
      isArmed = true
    },
  }
}

describe('a store that breaks while an object is put over another', () => {
  it.each(['whole', 'in a part'])('leaves one of the two, when it is put %s', async (way) => {
    const folder = newDir()
    mkdirSync(folder)
    const kms = await openTestKms({ folder })
    const blobs = await openBlobs(join(folder, 'data'))
    closers.push(
      () => kms.close(),
      () => blobs.close(),
    )
    const { store, arm } = breaking(kms.store)
    const service = openS3(kms, blobs, store)
    closers.push(() => service.close())
    const s3 = service.as(root, SOURCE)
    const [Bucket, Key] = ['logs', 'a']
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const
    await s3.createBucket({ Bucket, CreateBucketConfiguration })
    const { UploadId } = (await s3.createMultipartUpload({ Bucket, Key })) as { UploadId: string }
    const put = (byte: number) =>
      way === 'whole'
        ? s3.putObject({ Bucket, Key, Body: large(byte) })
        : s3.uploadPart({ Bucket, Key, UploadId, PartNumber: 1, Body: large(byte) })
    await put(1)
    arm()
    await expect(put(2)).rejects.toThrow(expect.objectContaining({ code: 'StoreFailed' }))
    const rows = await kms.store.read(
      way === 'whole'
        ? kms.store.query.selectFrom('s3_version').select('blob').compile()
        : kms.store.query.selectFrom('s3_part').select('blob').compile(),
    )
    for (const { blob } of rows) await (await blobs.open(blob!)).close()
    expect(rows).toHaveLength(1)
  })
})
