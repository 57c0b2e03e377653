/** Objects that go while somebody reads them: he gets all of what was there when he began. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BeingRead } from '../../../src/s3/objects/being-read.js'
import { bytesLike, ObjectsHouse } from '../objects-house.js'

const MIB = 1024 * 1024
const Key = 'a'
/** The last one is small enough to lie in a pack. */
const PARTS = [bytesLike(5 * MIB, 1), bytesLike(5 * MIB + 1, 2), bytesLike(20_000, 3)]
const WHOLE = Buffer.concat(PARTS)
const OTHER = bytesLike(300_000, 4)

let house: ObjectsHouse
beforeAll(async () => {
  house = await ObjectsHouse.open()
})
afterAll(() => house.remove())

/** Its first bytes have come, and its client takes no more for now. */
async function begun(Bucket: string, more: object = {}): Promise<{ rest(): Promise<Buffer> }> {
  const { Body } = await house.call('GetObject', { Bucket, Key, ...more })
  const pieces = (Body as Readable)[Symbol.asyncIterator]()
  const got: Buffer[] = [(await pieces.next()).value]
  return {
    async rest() {
      for await (const piece of { [Symbol.asyncIterator]: () => pieces }) got.push(piece)
      return Buffer.concat(got)
    },
  }
}

function blobFiles(): string[] {
  const files = join(house.kms.store.dataDir, 'objects', 'files')
  return readdirSync(files, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map(({ name }) => name)
}

const ends: Record<string, (Bucket: string) => Promise<unknown>> = {
  'is overwritten': (Bucket) => house.put(Bucket, Key, OTHER),
  'is overwritten in parts': (Bucket) => house.upload(Bucket, Key, [OTHER]),
  'is deleted': (Bucket) => house.call('DeleteObject', { Bucket, Key }),
  'is deleted among others': (Bucket) =>
    house.call('DeleteObjects', { Bucket, Delete: { Objects: [{ Key }, { Key: 'b' }] } }),
  'is copied over': async (Bucket) => {
    await house.put(Bucket, 'b', OTHER)
    await house.call('CopyObject', { Bucket, Key, CopySource: `${Bucket}/b` })
  },
}

describe.each(Object.entries(ends))('an object that %s while it is read', (_, end) => {
  it('in parts, is read whole, and then its bytes go', async () => {
    const Bucket = await house.bucket()
    const before = blobFiles().length
    await house.upload(Bucket, Key, PARTS)
    const reading = [await begun(Bucket), await begun(Bucket)]
    await end(Bucket)
    await house.blobs.tended()
    const [first, second] = reading
    expect((await first!.rest()).equals(WHOLE)).toBe(true)
    expect((await second!.rest()).equals(WHOLE)).toBe(true)
    for (const name of [Key, 'b']) await house.call('DeleteObject', { Bucket, Key: name })
    await expect.poll(blobFiles).toHaveLength(before)
  })

  it('in one piece, is read whole, and then its bytes go', async () => {
    const Bucket = await house.bucket()
    const before = blobFiles().length
    await house.put(Bucket, Key, WHOLE)
    const reading = await begun(Bucket)
    await end(Bucket)
    expect((await reading.rest()).equals(WHOLE)).toBe(true)
    for (const name of [Key, 'b']) await house.call('DeleteObject', { Bucket, Key: name })
    await expect.poll(blobFiles).toHaveLength(before)
  })
})

describe('a version in parts', () => {
  it('that is deleted while a range of it is read comes whole, and its bytes go with a reader who leaves', async () => {
    const Bucket = await house.bucket('Enabled')
    const before = blobFiles().length
    const { VersionId } = await house.upload(Bucket, Key, PARTS)
    const range = { Range: `bytes=1000-${WHOLE.length - 1001}`, VersionId }
    const reading = await begun(Bucket, range)
    const { Body } = await house.call('GetObject', { Bucket, Key, VersionId })
    await house.call('DeleteObject', { Bucket, Key, VersionId })
    expect((await reading.rest()).equals(WHOLE.subarray(1000, -1000))).toBe(true)
    expect(blobFiles().length).toBeGreaterThan(before)
    ;(Body as Readable).destroy()
    await expect.poll(blobFiles).toHaveLength(before)
  })
})

describe('what is being read', () => {
  const stretches = [{ blob: 'f-1', messageId: 'm', bytes: 1 }]

  it('is told to its readers when it goes, and is removed behind the last of them', () => {
    const beingRead = new BeingRead()
    const removed = vi.fn()
    const [one, other] = [beingRead.begin('u'), beingRead.begin('u')]
    expect(one.left).toBeUndefined()
    const leave = beingRead.leave('u', stretches)
    expect(one.left).toBe(stretches)
    one.end()
    leave.gone(removed)
    one.end()
    expect(removed).not.toHaveBeenCalled()
    other.end()
    expect(removed).toHaveBeenCalledOnce()
  })

  it('is removed at once where nobody reads it, also when he began and ended while it went', () => {
    const beingRead = new BeingRead()
    const removed = vi.fn()
    beingRead.leave('u', stretches).gone(removed)
    expect(removed).toHaveBeenCalledOnce()
    const leave = beingRead.leave('u', stretches)
    beingRead.begin('u').end()
    leave.gone(removed)
    expect(removed).toHaveBeenCalledTimes(2)
  })

  it('is as before when its commit fails', () => {
    const beingRead = new BeingRead()
    const reading = beingRead.begin('u')
    beingRead.leave('u', stretches).stays()
    expect(reading.left).toBeUndefined()
    reading.end()
    const removed = vi.fn()
    beingRead.leave('u', stretches).gone(removed)
    expect(removed).toHaveBeenCalledOnce()
  })
})
