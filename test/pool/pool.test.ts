import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/choose.js'
import { BLOB_HEADER_BYTES, BLOB_OVERHEAD_BYTES, KEY_BYTES } from '../../src/engine/engine.js'
import { GZIP_BYTES_MAX } from '../../src/gzip/gzip.js'
import { wholeHeader } from '../../src/message/header.js'
import { type OpenObject, openPool } from '../../src/pool/pool.js'
import { runScript } from '../support/child.js'
import { eachEngine } from '../support/engines.js'
import { encryptedDataKeys, encryptionContext, sampleKey, sampleLog } from './sample.js'

const KIB = 1024
const MIB = 1024 * 1024
const code = (code: string) => expect.objectContaining({ code })
const pool = openPool({ threads: 2 })
afterAll(() => pool.close())

function openObject(object: Omit<OpenObject, 'header'>): Promise<Uint8Array> {
  return pool.openObject({ ...object, header: wholeHeader(object.sealed) })
}

/** Where the work of `done` was done. */
async function placeOf(done: () => Promise<unknown>): Promise<string> {
  const before = pool.counts.inline
  await done()
  return pool.counts.inline > before ? 'inline' : 'on a thread'
}

describe.each(eachEngine)('the pool, with keys of the $name engine,', ({ engine }) => {
  const dataKey = sampleKey(engine)
  const object = { dataKey, encryptionContext, encryptedDataKeys }
  const small = sampleLog(1000)
  const large = sampleLog(4 * MIB)
  const places = [
    { place: 'inline', plain: small },
    { place: 'on a thread', plain: large },
  ]

  it.each(places)('seals and opens $place', async ({ place, plain }) => {
    let sealed = small
    const sealing = await placeOf(async () => {
      sealed = await pool.sealObject({ ...object, plain })
    })
    let opened = small
    const opening = await placeOf(async () => {
      opened = await openObject({ dataKey, sealed })
    })
    expect(Buffer.compare(opened, plain)).toBe(0)
    expect([sealing, opening]).toEqual([place, place])
  })

  it.each(places)('compresses and unpacks $place', async ({ place, plain }) => {
    let sealed = small
    const sealing = await placeOf(async () => {
      sealed = await pool.sealObject({ ...object, plain, gzipLevel: 1 })
    })
    expect(sealing).toBe(place)
    const opened = await openObject({ dataKey, sealed, gunzip: { bytesMax: 4 * MIB } })
    expect(Buffer.compare(opened, plain)).toBe(0)
    const member = await openObject({ dataKey, sealed })
    expect(Buffer.compare(gunzipSync(member), plain)).toBe(0)
  })

  it.each(places)('leaves its input as it was $place', async ({ plain }) => {
    const before = Buffer.from(plain)
    const sealed = await pool.sealObject({ ...object, plain, gzipLevel: 1 })
    const sealedBefore = Buffer.from(sealed)
    await openObject({ dataKey, sealed, gunzip: { bytesMax: 4 * MIB } })
    expect(Buffer.compare(before, plain)).toBe(0)
    expect(Buffer.compare(sealedBefore, sealed)).toBe(0)
  })

  it('seals memory that threads share', async () => {
    const plain = new Uint8Array(new SharedArrayBuffer(large.length))
    plain.set(large)
    const sealed = await pool.sealObject({ ...object, plain })
    expect(Buffer.compare(await openObject({ dataKey, sealed }), large)).toBe(0)
  })

  it.each(places)('keeps a context of any names $place', async ({ plain }) => {
    const odd = JSON.parse('{"__proto__":"a","constructor":"b","":"c"}')
    const sealed = await pool.sealObject({ ...object, encryptionContext: odd, plain })
    const opened = await openObject({ dataKey, sealed })
    expect(Buffer.compare(opened, plain)).toBe(0)
    expect(Buffer.from(sealed).includes('__proto__')).toBe(true)
  })

  it.each(places)('refuses what is not genuine $place', async ({ plain }) => {
    const sealed = await pool.sealObject({ ...object, plain })
    const other = engine.generateKey()
    const withOther = openObject({ dataKey: other, sealed })
    await expect(withOther).rejects.toThrow(code('InvalidCiphertextException'))
    other.release()
    const flipped = Uint8Array.from(sealed)
    flipped[flipped.length - 100]! ^= 1
    await expect(openObject({ dataKey, sealed: flipped })).rejects.toThrow(
      expect.objectContaining({ code: 'ObjectDamaged', detail: { frame: expect.any(Number) } }),
    )
  })

  it.each(places)('refuses what it cannot do $place', async ({ plain }) => {
    const packed = await pool.sealObject({ ...object, plain, gzipLevel: 0 })
    const unpacking = (bytesMax: number, sealed = packed) =>
      openObject({ dataKey, sealed, gunzip: { bytesMax } })
    await expect(unpacking(plain.length - 1)).rejects.toThrow(code('OutputTooLarge'))
    const bare = await pool.sealObject({ ...object, plain })
    await expect(unpacking(plain.length, bare)).rejects.toThrow(code('GzipDamaged'))
    const level = pool.sealObject({ ...object, plain, gzipLevel: 13 })
    await expect(level).rejects.toThrow(code('InputInvalid'))
    const frames = pool.sealObject({ ...object, plain, frameBytes: 1 })
    await expect(frames).rejects.toThrow(code('InputInvalid'))
    const reserved = { 'aws-crypto-mine': 'no' }
    const context = pool.sealObject({ ...object, plain, encryptionContext: reserved })
    await expect(context).rejects.toThrow(code('ValidationException'))
    const gone = sampleKey(engine)
    gone.release()
    const released = pool.sealObject({ ...object, plain, dataKey: gone })
    await expect(released).rejects.toThrow(code('KeyReleased'))
  })

  it.each([
    { place: 'inline', count: 3 },
    { place: 'on a thread', count: 3000 },
  ])('wraps and unwraps many keys $place', async ({ place, count }) => {
    const blobBytes = BLOB_OVERHEAD_BYTES + KEY_BYTES
    const blobs = new Uint8Array(count * blobBytes)
    for (let i = 0; i < count; i++) blobs.fill(i, i * blobBytes, i * blobBytes + BLOB_HEADER_BYTES)
    const plain = new Uint8Array(count * KEY_BYTES)
    const batch = { wrappingKey: dataKey, blobs, blobBytes, context: Buffer.from('context'), plain }
    expect(await placeOf(() => pool.wrapMany(batch))).toBe(place)
    expect(
      new Set(Array.from({ length: count }, (_, i) => plain[i * KEY_BYTES])).size,
    ).toBeGreaterThan(1)

    blobs[blobs.length - 1]! ^= 1
    const contexts = Buffer.from('context'.repeat(count))
    const blobEnds = Uint32Array.from({ length: count }, (_, i) => (i + 1) * blobBytes)
    const contextEnds = Uint32Array.from({ length: count }, (_, i) => (i + 1) * 7)
    const many = { wrappingKey: dataKey, blobs, blobEnds, contexts, contextEnds }
    const opened = await pool.unwrapMany(many)
    expect(opened.indexOf(0)).toBe(count - 1)
    for (let i = 0; i < count - 1; i++) {
      const text = blobs.subarray(i * blobBytes + 80, i * blobBytes + 80 + KEY_BYTES)
      if (Buffer.compare(text, plain.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES)) !== 0) {
        throw new Error(`key ${i} is another`)
      }
    }
    expect(blobs.subarray(-(KEY_BYTES + 16)).every((byte) => byte === 0)).toBe(true)
  })
})

describe('the pool', () => {
  const dataKey = sampleKey(openEngine('node'))
  const object = { dataKey, encryptionContext, encryptedDataKeys, gzipLevel: 1 }

  it('refuses to compress more than gzip does', async () => {
    const plain = new Uint8Array(GZIP_BYTES_MAX + 1)
    await expect(pool.sealObject({ ...object, plain })).rejects.toThrow(code('InputTooLarge'))
  })

  it('does what was asked before it closes, and nothing after', async () => {
    const closing = openPool({ threads: 1 })
    const plain = sampleLog(100 * KIB)
    const asked = [1, 2, 3].map(() => closing.sealObject({ ...object, plain }))
    await Promise.all([closing.close(), closing.close()])
    for (const sealed of await Promise.all(asked)) {
      const opened = await openObject({ dataKey, sealed, gunzip: { bytesMax: 4 * MIB } })
      expect(Buffer.compare(opened, plain)).toBe(0)
    }
    for (const late of [plain, sampleLog(1)]) {
      const sealing = closing.sealObject({ ...object, plain: late })
      await expect(sealing).rejects.toThrow(code('Closed'))
    }
  })

  it('closes without having been used', async () => {
    await openPool().close()
  })

  it('that is idle lets the process end; one that works does not', async () => {
    const script = fileURLToPath(new URL('./idle-pool.mjs', import.meta.url))
    expect(await runScript(script)).toBe('done\n')
  })
})
