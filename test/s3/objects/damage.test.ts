/** What somebody did to the files and rows of objects: nothing of it is answered as if it were right. */
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { putPart } from '../../../src/s3/multipart/rows.js'
import { putVersion, versionOf } from '../../../src/s3/objects/rows.js'
import type { ObjectVersion } from '../../../src/s3/objects/version.js'
import type { Row } from '../../../src/store/view/schema.js'
import { bytesLike, customerKey, hash, ObjectsHouse, refusalOf } from '../objects-house.js'

const FRAME = 64 * 1024
const MIB = 2 ** 20
let house: ObjectsHouse
let Bucket: string
let Arn: string
beforeAll(async () => {
  house = await ObjectsHouse.open()
  Arn = (await house.kms.kms.createKey({})).KeyMetadata.Arn
})
beforeEach(async () => {
  Bucket = await house.bucket('Enabled')
})
afterAll(() => house.remove())

/** The newest first. */
async function rowsOf(Key: string): Promise<Row<'s3_version'>[]> {
  const { store } = house.kms
  const buckets = store.query.selectFrom('s3_bucket').select('bucket_id')
  const [bucket] = await store.read(buckets.where('name', '=', Bucket).compile())
  const rows = store.query.selectFrom('s3_version').selectAll().orderBy('version_order')
  return await store.read(
    rows.where('object_key', '=', Key).where('bucket_id', '=', bucket!.bucket_id).compile(),
  )
}

/** Of a blob that has a file of its own. */
function fileOf(blob: string): string {
  const id = blob.split('-')[1]!
  return join(house.kms.store.dataDir, 'objects', 'files', id.slice(0, 2), id)
}

async function fileOfKey(Key: string): Promise<string> {
  const [row] = await rowsOf(Key)
  const file = fileOf(row!.blob!)
  expect(existsSync(file)).toBe(true)
  return file
}

function flip(file: string, offset: number): void {
  const bytes = readFileSync(file)
  const at = offset < 0 ? bytes.length + offset : offset
  bytes[at]! ^= 1
  writeFileSync(file, bytes)
}

/** What a reader got before it broke off, if it did. */
async function received(Key: string, more: object = {}) {
  const pieces: Uint8Array[] = []
  const refusal = await refusalOf(
    (async () => {
      const { Body } = await house.call('GetObject', { Bucket, Key, ...more })
      if (Body instanceof Uint8Array) pieces.push(Body)
      else for await (const piece of Body as Readable) pieces.push(Buffer.from(piece))
    })(),
  )
  return { code: refusal.code, bytes: Buffer.concat(pieces) }
}

const kinds = [
  { kind: 'SSE-S3', asks: () => ({}), shows: {} },
  {
    ...{ kind: 'SSE-KMS', shows: {} },
    asks: () => ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn }),
  },
  {
    ...{ kind: 'SSE-KMS with a bucket key', shows: {} },
    asks: () => ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn, BucketKeyEnabled: true }),
  },
  { kind: 'SSE-C', asks: () => customerKey(3), shows: customerKey(3) },
]

describe.each(kinds)('a sealed file under $kind', ({ asks, shows }) => {
  const bytes = bytesLike(3 * MIB + 11)

  it.each([0, 1, 5, 40, 100, 200, 300, 400, 600, FRAME, -17, -30, -FRAME])(
    'with a bit flipped at %i is refused, and no wrong byte given',
    async (offset) => {
      await house.put(Bucket, 'a', bytes, asks())
      flip(await fileOfKey('a'), offset)
      const got = await received('a', shows)
      expect(got.code).not.toBe('done')
      expect(['ObjectDamaged', 'StoreDamaged']).toContain(got.code)
      expect(got.bytes.equals(bytes.subarray(0, got.bytes.length))).toBe(true)
      expect(got.bytes.length).toBeLessThan(bytes.length)
    },
  )

  it('that is cut is refused, and so is one that has grown', async () => {
    for (const change of [-1, -FRAME, 1]) {
      await house.put(Bucket, 'a', bytes, asks())
      const file = await fileOfKey('a')
      const size = readFileSync(file).length
      if (change < 0) truncateSync(file, size + change)
      else writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(change)]))
      expect(await received('a', shows)).toEqual({
        code: 'ObjectDamaged',
        bytes: Buffer.alloc(0),
      })
    }
  })

  it('that is damaged in a later frame breaks off after the earlier ones', async () => {
    await house.put(Bucket, 'a', bytes, asks())
    const damagedAt = 2.5 * MIB
    flip(await fileOfKey('a'), damagedAt)
    const { Body } = await house.call('GetObject', { Bucket, Key: 'a', ...shows })
    let size = 0
    const reading = (async () => {
      for await (const piece of Body as Readable) {
        expect(bytes.subarray(size, size + piece.length).equals(piece)).toBe(true)
        size += piece.length
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ObjectDamaged' })
    expect(size).toBeGreaterThanOrEqual(MIB)
    expect(size).toBeLessThanOrEqual(damagedAt)
    // What lies before it is all right.
    const range = await received('a', { Range: `bytes=0-${MIB}`, ...shows })
    expect(range.code).toBe('done')
    const hurt = { Range: `bytes=${damagedAt - 10}-${damagedAt + 10}`, ...shows }
    expect((await received('a', hurt)).code).toBe('ObjectDamaged')
    const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/a` }
    const source = 'SSECustomerKey' in shows ? customerKey(3, 'CopySource') : {}
    expect(await house.code('CopyObject', { ...copy, ...source })).toBe('ObjectDamaged')
    expect(await house.code('HeadObject', { Bucket, Key: 'copy' })).toBe('NoSuchKey')
  })

  it('put in the place of another object is refused', async () => {
    await house.put(Bucket, 'a', bytes, asks())
    await house.put(Bucket, 'b', bytesLike(bytes.length, 9), asks())
    const [a, b] = [await fileOfKey('a'), await fileOfKey('b')]
    const [ofA, ofB] = [readFileSync(a), readFileSync(b)]
    writeFileSync(a, ofB)
    writeFileSync(b, ofA)
    for (const Key of ['a', 'b']) {
      expect(await received(Key, shows)).toEqual({ code: 'ObjectDamaged', bytes: Buffer.alloc(0) })
    }
    writeFileSync(a, ofA)
    expect((await received('a', shows)).code).toBe('done')
  })

  it('of an older version put back is refused', async () => {
    await house.put(Bucket, 'a', bytes, asks())
    const { VersionId } = await house.put(Bucket, 'a', bytesLike(bytes.length, 9), asks())
    const [newer, older] = (await rowsOf('a')).map(({ blob }) => fileOf(blob!))
    writeFileSync(newer!, readFileSync(older!))
    const got = await received('a', { VersionId, ...shows })
    expect(got).toEqual({ code: 'ObjectDamaged', bytes: Buffer.alloc(0) })
  })
})

describe('a small object in a pack', () => {
  it('is refused wherever a bit of it is flipped', async () => {
    const body = bytesLike(500, 77)
    await house.put(Bucket, 'small', body)
    const [row] = await rowsOf('small')
    const [, number, salt, offset, size] = row!.blob!.split('-') as [string, ...string[]]
    const packs = join(house.kms.store.dataDir, 'objects', 'packs')
    const name = readdirSync(packs).find((file) => file.startsWith(`${number}-${salt}`))!
    const file = join(packs, name)
    const [start, bytes] = [Number.parseInt(offset!, 36), Number.parseInt(size!, 36)]
    const whole = readFileSync(file)
    for (let at = start; at < start + bytes; at += 13) {
      flip(file, at)
      expect((await received('small')).code).not.toBe('done')
      writeFileSync(file, whole)
    }
    expect((await received('small')).bytes.equals(body)).toBe(true)
  })
})

describe('a part', () => {
  it('of another place, or another part, is refused', async () => {
    const parts = [bytesLike(5 * MIB, 1), bytesLike(5 * MIB, 2), bytesLike(200_000, 3)]
    await house.upload(Bucket, 'a', parts)
    const [version] = await rowsOf('a')
    const { store } = house.kms
    const rows = await store.read(
      store.query
        .selectFrom('s3_part')
        .selectAll()
        .where('upload_id', '=', version!.upload_id!)
        .orderBy('part_number')
        .compile(),
    )
    const [one, two] = rows.map(({ blob }) => fileOf(blob))
    const [ofOne, ofTwo] = [readFileSync(one!), readFileSync(two!)]
    writeFileSync(one!, ofTwo)
    writeFileSync(two!, ofOne)
    expect(await received('a')).toEqual({ code: 'ObjectDamaged', bytes: Buffer.alloc(0) })
    writeFileSync(one!, ofOne)
    const got = await received('a')
    expect(got.code).toBe('ObjectDamaged')
    expect(got.bytes.equals(Buffer.concat(parts).subarray(0, got.bytes.length))).toBe(true)
    writeFileSync(two!, ofTwo)
    expect(hash('md5', (await received('a')).bytes)).toBe(hash('md5', Buffer.concat(parts)))
    // A row that is left out, or edited.
    const { mac: _, ...edited } = rows[1]!
    await store.commit({ changes: [{ put: 's3_part', row: { ...rows[1]!, bytes: 5 } }] })
    expect((await received('a')).code).toBe('StoreDamaged')
    const key = { upload_id: edited.upload_id, part_number: edited.part_number }
    await store.commit({ changes: [{ drop: 's3_part', key }] })
    expect((await received('a')).code).toBe('StoreDamaged')
    const part = {
      ...{ uploadId: edited.upload_id, number: 2, bytes: edited.bytes, etag: edited.etag },
      ...{ modifiedAt: edited.modified_at, blob: edited.blob, facts: JSON.parse(edited.facts) },
    }
    await store.commit({ changes: [putPart(house.kms.root, part)] })
    expect((await received('a')).code).toBe('done')
  })
})

describe('a row', () => {
  it.each([
    ['bytes', () => 3],
    ['etag', () => 'a'],
    ['blob', (other: Row<'s3_version'>) => `${other.blob}x`],
    ['is_marker', () => 1],
    ['modified_at', () => 1],
    ['facts', ({ facts }: Row<'s3_version'>) => facts.replace('"owner":"1', '"owner":"2')],
    ['facts', ({ facts }: Row<'s3_version'>) => facts.replace('text/plain', 'text/html')],
    ['object_key', () => 'other'],
    ['mac', () => Buffer.alloc(32)],
  ])('whose %s was edited is refused by name', async (column, edit) => {
    await house.put(Bucket, 'a', 'x', { ContentType: 'text/plain' })
    const [row] = await rowsOf('a')
    const edited = { ...row!, [column]: edit(row!) }
    const key = { bucket_id: row!.bucket_id, object_key: 'a', version_order: row!.version_order }
    const { store } = house.kms
    await store.commit({
      changes: [
        { drop: 's3_version', key },
        { put: 's3_version', row: edited },
      ],
    })
    const Key = edited.object_key
    for (const name of ['GetObject', 'HeadObject', 'DeleteObject'] as const) {
      const refusal = await house.refusal(name, { Bucket, Key })
      expect(refusal).toMatchObject({ code: 'StoreDamaged', detail: { key: Key } })
    }
    expect(await house.code('ListObjectVersions', { Bucket })).toBe('StoreDamaged')
  })

  it('that names the blob of another object is refused also by who could make its MAC', async () => {
    await house.put(Bucket, 'a', bytesLike(200_000, 1))
    await house.put(Bucket, 'b', bytesLike(200_000, 2))
    const { root, store } = house.kms
    const [a, b] = await Promise.all(['a', 'b'].map(async (key) => (await rowsOf(key))[0]!))
    const [ofA, ofB] = [versionOf(root, a!), versionOf(root, b!)]
    const { bucketId, key, order } = ofB
    await store.commit({
      changes: [
        { drop: 's3_version', key: { bucket_id: bucketId, object_key: key, version_order: order } },
        putVersion(root, { ...ofA, blob: ofB.blob! } satisfies ObjectVersion),
      ],
    })
    expect((await received('a')).code).toBe('ObjectDamaged')
    const facts = { ...ofA.facts, messageId: ofB.facts.messageId! }
    await store.commit({ changes: [putVersion(root, { ...ofA, blob: ofB.blob!, facts })] })
    // Then its data key is not one of this object's.
    expect((await received('a')).code).toBe('ObjectDamaged')
  })
})
