/** Which rows of parts a range reads: those around it, of however many parts the object is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lying, lyingOf } from '../../../src/s3/contents/lying.js'
import { BLOCK_PARTS, marksOf } from '../../../src/s3/multipart/marks.js'
import { putPart, putUpload, readParts, readUpload } from '../../../src/s3/multipart/rows.js'
import type { Part, Upload } from '../../../src/s3/multipart/upload.js'
import { BeingRead } from '../../../src/s3/objects/being-read.js'
import { putVersion } from '../../../src/s3/objects/rows.js'
import type { ObjectVersion } from '../../../src/s3/objects/version.js'
import { fc, test } from '../../support/property.js'
import { bytesLike, ObjectsHouse } from '../objects-house.js'

const MIB = 1024 * 1024
let house: ObjectsHouse
beforeAll(async () => {
  house = await ObjectsHouse.open()
})
afterAll(() => house.remove())

/** What counts rows of parts as they are read. */
function counting() {
  const { store, root } = house.kms
  const seen = { rows: 0 }
  const read: typeof store.read = async (query) => {
    const rows = await store.read(query)
    if (query.sql.includes('s3_part')) seen.rows += rows.length
    return rows
  }
  return { kept: { store: { query: store.query, read }, root, beingRead: new BeingRead() }, seen }
}

/** Rows of an upload, and of the version that it is, as if it had been completed. */
async function completed(upload: Upload, parts: readonly Part[]): Promise<ObjectVersion> {
  const { store, root } = house.kms
  const { wraps: _, initiator: __, checksum: ___, marks: ____, ...facts } = upload.facts
  const version: ObjectVersion = {
    ...{ bucketId: upload.bucketId, key: upload.key, order: -1, id: 'null' },
    ...{ isLatest: true, isMarker: false, etag: 'e', modifiedAt: 1, uploadId: upload.id },
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    facts: { ...facts, parts: parts.length },
  }
  const complete = { ...upload, isComplete: true }
  const marked = { ...complete, facts: { ...upload.facts, marks: marksOf(parts) } }
  await store.commit({ changes: [putUpload(root, marked), putVersion(root, version)] })
  return version
}

/** Of 10,000 parts, rows only, with gaps between their numbers. */
async function many(key: string, bytesOf: (index: number) => number) {
  const { store, root } = house.kms
  const uploadId = `upload-${key}`
  const parts = Array.from(
    { length: 10_000 },
    (_, index): Part => ({
      ...{ uploadId, number: index + 1 + Math.floor(index / 3), bytes: bytesOf(index) },
      ...{ etag: 'e', modifiedAt: 1, blob: `f-${key}-${index}` },
      facts: { messageId: String(index), checksum: '' },
    }),
  )
  for (let at = 0; at < parts.length; at += 1000) {
    const changes = parts.slice(at, at + 1000).map((part) => putPart(root, part))
    await store.commit({ changes })
  }
  const upload: Upload = {
    ...{ id: uploadId, bucketId: 'b', key, initiatedAt: 1, isComplete: false },
    facts: {
      ...{ owner: '111122223333', initiator: { id: 'i', name: 'n' } },
      ...{ sse: { algorithm: 'AES256' }, wraps: { context: {}, dataKeys: [] } },
      checksum: { algorithm: 'CRC32', type: 'COMPOSITE', isAsked: false },
    },
  }
  return { parts, version: await completed(upload, parts) }
}

async function piecesOf(lying: Lying, offset: number, bytes: number) {
  const pieces: Array<{ index: number; offset: number; bytes: number }> = []
  for await (const { stretch, range } of lying.within({ offset, bytes })) {
    pieces.push({ index: Number(stretch.messageId), ...range })
  }
  return pieces
}

describe('a range of an object of 10,000 parts', () => {
  const like = (index: number) => 5 * MIB + (index % 7) * 1000
  const starts: number[] = []
  let version: ObjectVersion
  beforeAll(async () => {
    const made = await many('like', like)
    version = made.version
    let offset = 0
    for (const { bytes } of made.parts) {
      starts.push(offset)
      offset += bytes
    }
  })

  it.each([0, 1, 63, 64, 65, 5000, 9984, 9999])(
    'that lies in part %i reads no more than one block of rows',
    async (index) => {
      const { kept, seen } = counting()
      const lying = await lyingOf(kept, version)
      expect(await piecesOf(lying, starts[index]! + 10, 100)).toEqual([
        { index, offset: 10, bytes: 100 },
      ])
      expect(seen.rows).toBeLessThanOrEqual(BLOCK_PARTS)
      lying.release()
    },
  )

  test.prop([fc.nat(9998), fc.nat(5 * MIB), fc.integer({ min: 1, max: 800 * MIB })], {
    numRuns: 40,
  })(
    'is each part of it once, in order, and reads the blocks around it',
    async (index, at, bytes) => {
      const { kept, seen } = counting()
      const lying = await lyingOf(kept, version)
      const offset = starts[index]! + at
      const wanted = Math.min(bytes, version.bytes - offset)
      const pieces = await piecesOf(lying, offset, wanted)
      expect(pieces.reduce((sum, piece) => sum + piece.bytes, 0)).toBe(wanted)
      for (const [nth, piece] of pieces.entries()) {
        expect(piece.index).toBe(index + nth)
        expect(piece.offset).toBe(nth === 0 ? at : 0)
      }
      expect(seen.rows).toBeLessThanOrEqual(pieces.length + 2 * BLOCK_PARTS)
      lying.release()
    },
  )

  it('is all of them when it is all of it', async () => {
    const { kept, seen } = counting()
    const lying = await lyingOf(kept, version)
    const pieces = await piecesOf(lying, 0, version.bytes)
    expect(pieces.map(({ index }) => index)).toEqual(starts.map((_, index) => index))
    expect(seen.rows).toBe(10_000)
    lying.release()
  })

  it('may be a part, whose place is known by its block', async () => {
    const { kept, seen } = counting()
    const lying = await lyingOf(kept, version)
    expect(await lying.part(7000)).toEqual({ offset: starts[7000], bytes: like(7000) })
    expect(seen.rows).toBe(BLOCK_PARTS)
    lying.release()
  })

  it('in whose block a part has another length than it had is not read', async () => {
    const { parts, version } = await many('damaged', () => 5 * MIB)
    const { store, root } = house.kms
    await store.commit({ changes: [putPart(root, { ...parts[70]!, bytes: 5 })] })
    const { kept } = counting()
    const lying = await lyingOf(kept, version)
    expect(await piecesOf(lying, 0, 64 * 5 * MIB)).toHaveLength(64)
    const damaged = expect.objectContaining({ code: 'StoreDamaged' })
    await expect(piecesOf(lying, 64 * 5 * MIB, 1)).rejects.toThrow(damaged)
    lying.release()
  })
})

describe('an object of many small parts', () => {
  const Key = 'small'
  const bodies = Array.from({ length: 150 }, (_, i) => bytesLike(1000 + ((i * 7919) % 3000), i + 1))
  const all = Buffer.concat(bodies)
  let Bucket: string
  beforeAll(async () => {
    Bucket = await house.bucket()
    const { UploadId } = await house.call('CreateMultipartUpload', { Bucket, Key })
    const place = { Bucket, Key, UploadId }
    await Promise.all(
      bodies.map((Body, i) => house.call('UploadPart', { ...place, PartNumber: 2 * i + 1, Body })),
    )
    const upload = await readUpload(house.kms, UploadId as string)
    await completed(upload!, await readParts(house.kms, UploadId as string))
  })

  it('is read whole, and each part by its number', async () => {
    expect((await house.get(Bucket, Key)).bytes.equals(all)).toBe(true)
    for (const index of [0, 1, 63, 64, 149]) {
      const PartNumber = index + 1
      expect((await house.get(Bucket, Key, { PartNumber })).bytes.equals(bodies[index]!)).toBe(true)
    }
  })

  test.prop([fc.nat(all.length - 1), fc.nat(50_000)], { numRuns: 60 })(
    'is read in any range',
    async (from, more) => {
      const to = Math.min(from + more, all.length - 1)
      const { bytes } = await house.get(Bucket, Key, { Range: `bytes=${from}-${to}` })
      expect(bytes.equals(all.subarray(from, to + 1))).toBe(true)
    },
  )
})
