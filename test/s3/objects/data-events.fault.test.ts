/** A store that cannot keep the record of a data event: then there is no answer, and no effect. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../../src/errors.js'
import type { S3 } from '../../../src/s3/s3.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import type { Store } from '../../../src/store/store.js'
import { temporaryDirs } from '../../store/temporary.js'
import { openTestKms, REGION, caller as root, storeLike } from '../../support/kms.js'
import { openS3, SOURCE } from './open-s3.js'

const newDir = temporaryDirs('s3-data-events')
const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Scene {
  readonly s3: S3
  /** From now on nothing that holds a record of a data event is kept. */
  refuse(): void
  ask(isAsking: boolean): void
}

async function scene(): Promise<Scene> {
  const folder = newDir()
  mkdirSync(folder)
  const kms = await openTestKms({ folder })
  const blobs = await openBlobs(join(folder, 'data'))
  closers.push(
    () => kms.close(),
    () => blobs.close(),
  )
  let [isRefusing, isAsking] = [false, true]
  const commit: Store['commit'] = async (entry) => {
    const isOfData = entry.records?.some((record) => record.includes('"eventCategory":"Data"'))
    if (isRefusing && isOfData) throw new SealtrailError('StoreFailed', 'the disk is full')
    await kms.store.commit(entry)
  }
  const store: Store = { ...storeLike(kms.store), commit }
  const dataEvents = { isAnyAsking: () => isAsking, take: () => isAsking }
  const service = openS3(kms, blobs, store, { dataEvents })
  closers.push(() => service.close())
  const s3 = service.as(root, SOURCE)
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const
  await s3.createBucket({ Bucket: 'logs', CreateBucketConfiguration })
  await s3.putObject({ Bucket: 'logs', Key: 'kept', Body: 'kept' })
  return {
    s3,
    refuse: () => {
      isRefusing = true
    },
    ask: (is) => {
      isAsking = is
    },
  }
}

const of = (Key: string) => ({ Bucket: 'logs', Key })
const failed = expect.objectContaining({ code: 'StoreFailed' })

describe('an object whose call cannot be recorded', () => {
  it('is not given', async () => {
    const { s3, refuse } = await scene()
    refuse()
    await expect(s3.getObject(of('kept'))).rejects.toThrow(failed)
    await expect(s3.headObject(of('none'))).rejects.toThrow(failed)
    await expect(s3.listObjectsV2({ Bucket: 'logs' })).rejects.toThrow(failed)
  })

  it('is neither put nor removed', async () => {
    const { s3, refuse, ask } = await scene()
    refuse()
    await expect(s3.putObject({ ...of('new'), Body: 'x' })).rejects.toThrow(failed)
    await expect(s3.deleteObject(of('kept'))).rejects.toThrow(failed)
    const Delete = { Objects: [{ Key: 'kept' }] }
    await expect(s3.deleteObjects({ Bucket: 'logs', Delete })).rejects.toThrow(failed)
    ask(false)
    const { Contents } = (await s3.listObjectsV2({ Bucket: 'logs' })) as {
      readonly Contents: ReadonlyArray<{ readonly Key: string }>
    }
    expect(Contents.map(({ Key }) => Key)).toEqual(['kept'])
  })

  it('is given where nobody asks for records of it', async () => {
    const { s3, refuse, ask } = await scene()
    ask(false)
    refuse()
    await s3.getObject(of('kept'))
    await s3.deleteObject(of('kept'))
  })
})
