/** What is there after a start: after a close, without one, and after kill -9. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../../src/sealtrail.js'
import { startScript } from '../../support/child.js'
import { bytesLike, bytesOf, customerKey, hash, ObjectsHouse } from '../objects-house.js'

const CHILD = new URL('./killed-child.mjs', import.meta.url).pathname
const MIB = 2 ** 20

describe('a house that was closed', () => {
  let house: ObjectsHouse
  beforeEach(async () => {
    house = await ObjectsHouse.open()
  })
  afterEach(() => house.remove())

  it('has all that was in it when it is opened again', async () => {
    const Bucket = await house.bucket('Enabled')
    const { Arn } = (await house.kms.kms.createKey({})).KeyMetadata
    const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn, BucketKeyEnabled: true }
    const bodies = { small: bytesLike(900, 1), large: bytesLike(300_000, 2), sealed: bytesLike(9) }
    await house.put(Bucket, 'small', 'older')
    await house.put(Bucket, 'small', bodies.small, { Metadata: { a: '1' }, Tagging: 'b=2' })
    await house.put(Bucket, 'large', bodies.large, sse)
    await house.put(Bucket, 'sealed', bodies.sealed, customerKey(1))
    const parts = [bytesLike(5 * MIB, 4), bytesLike(10, 5)]
    await house.upload(Bucket, 'parts', parts, { create: sse })
    await house.put(Bucket, 'hidden', 'x')
    await house.call('DeleteObject', { Bucket, Key: 'hidden' })
    const begun = { Bucket, Key: 'begun' }
    const { UploadId } = await house.call('CreateMultipartUpload', { ...begun, ...sse })
    const given = { ...begun, UploadId, PartNumber: 1, Body: bodies.large }
    const { ETag } = await house.call('UploadPart', given)
    const before = await house.call('ListObjectVersions', { Bucket })

    house = await house.reopen()
    expect(await house.call('ListObjectVersions', { Bucket })).toEqual(before)
    const small = await house.get(Bucket, 'small')
    expect(small).toMatchObject({ Metadata: { a: '1' }, TagCount: 1 })
    expect(small.bytes.equals(bodies.small)).toBe(true)
    expect((await house.get(Bucket, 'large')).bytes.equals(bodies.large)).toBe(true)
    const sealed = await house.get(Bucket, 'sealed', customerKey(1))
    expect(sealed.bytes.equals(bodies.sealed)).toBe(true)
    expect((await house.get(Bucket, 'parts')).bytes.equals(Buffer.concat(parts))).toBe(true)
    expect(await house.code('GetObject', { Bucket, Key: 'hidden' })).toBe('NoSuchKey')
    const Parts = [{ PartNumber: 1, ETag }]
    const named = { ...begun, UploadId, MultipartUpload: { Parts } }
    await house.call('CompleteMultipartUpload', named)
    expect((await house.get(Bucket, 'begun')).bytes.equals(bodies.large)).toBe(true)
    // Nothing that is wanted is swept.
    await house.blobs.tended()
    expect((await house.get(Bucket, 'parts')).bytes.equals(Buffer.concat(parts))).toBe(true)
    expect((await house.get(Bucket, 'large')).bytes.equals(bodies.large)).toBe(true)
  })
})

describe('a process that is killed', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sealtrail-killed-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves all that it was told is safe, whole, and nothing that is not', async () => {
    const options = { dataDir: join(folder, 'data'), rootKeyFile: join(folder, 'root-key') }
    const safe = new Map<string, string>()
    for (let round = 0; round < 4; round++) {
      const child = startScript(CHILD, [options.dataDir, options.rootKeyFile, String(round)])
      const ended = new Promise((resolve) => child.once('close', resolve))
      let count = 0
      for await (const line of createInterface({ input: child.stdout! })) {
        const { Key, hash } = JSON.parse(line) as { Key: string; hash?: string }
        if (hash === undefined) safe.delete(Key)
        else safe.set(Key, hash)
        if (++count === 25 + 20 * round) child.kill('SIGKILL')
      }
      await ended
    }
    const house = await openSealtrail({ ...options, region: 'eu-west-1', threads: 1 })
    try {
      const Bucket = 'killed'
      const listed: string[] = []
      for (let StartAfter = ''; ; ) {
        const page = await house.s3.listObjectsV2({ Bucket, StartAfter })
        const keys = (page.Contents as { Key: string }[]).map(({ Key }) => Key)
        listed.push(...keys)
        if (!page.IsTruncated) break
        StartAfter = keys.at(-1)!
      }
      for (const [key, sum] of safe) expect(listed.includes(key)).toBe(sum !== '')
      // What nobody was told of is whole, too.
      for (const Key of listed) {
        const bytes = await bytesOf(await house.s3.getObject({ Bucket, Key }))
        const sum = safe.get(Key)
        if (sum !== undefined) expect(hash('sha256', bytes)).toBe(sum)
      }
      expect(safe.size).toBeGreaterThan(100)
    } finally {
      await house.close()
    }
  })
})
