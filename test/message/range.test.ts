import { describe, expect, it } from 'vitest'
import { parseHeader } from '../../src/message/header.js'
import { openRange } from '../../src/message/range.js'
import { eachEngine } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { foreignMessage } from './foreign-message.js'
import {
  countingKeys,
  digest,
  encryptionContext,
  fixedKeyring,
  flipped,
  joined,
  sample,
  testKeyring,
} from './sample.js'
import { sealWhole } from './whole.js'

const F = 4096
const keyring = testKeyring()
const dataKey = sample('data key', 32)

interface Read {
  readonly offset: number
  readonly bytes: number
}

/** Stored bytes that remember what was read of them. */
function stored(object: Uint8Array, reads: Read[] = []) {
  return {
    size: object.length,
    async read(offset: number, bytes: number) {
      reads.push({ offset, bytes })
      return object.subarray(offset, offset + bytes)
    },
  }
}

/** What a range of `plain` must be. */
function part(plain: Uint8Array, offset: number, bytes = Number.POSITIVE_INFINITY): Uint8Array {
  const start = offset < 0 ? Math.max(0, plain.length + offset) : offset
  return plain.subarray(start, start + Math.min(bytes, plain.length))
}

describe.each(eachEngine)('a range, over the $name engine,', ({ engine }) => {
  const fixed = { engine, keyring: fixedKeyring(dataKey) }
  const message = (size: number, more = {}) =>
    joined(foreignMessage({ dataKey, plain: sample('plain', size), frameBytes: 16, ...more }))

  test.prop(
    [
      fc.nat(80),
      fc.integer({ min: -90, max: 90 }),
      fc.oneof(fc.nat(90), fc.constant(Number.POSITIVE_INFINITY)),
      fc.constantFrom({}, { frameBytes: 0 }, { emptyFinal: true }, { frameBytes: 1 }),
    ],
    { numRuns: 150 },
  )('is that part of the whole', async (size, offset, bytes, shape) => {
    const plain = sample('plain', size)
    const emptyFinal = 'emptyFinal' in shape && size % 16 === 0
    const opening = openRange(stored(message(size, { ...shape, emptyFinal })), fixed, offset, bytes)
    if (offset > size) {
      await expect(opening).rejects.toMatchObject({ code: 'InputInvalid' })
      return
    }
    const opened = await opening
    expect(digest(opened.plain)).toBe(digest(part(plain, offset, bytes)))
    expect(opened.plainBytes).toBe(size)
    expect(opened.offset).toBe(offset < 0 ? Math.max(0, size + offset) : offset)
  })

  it('reads header, final frame and the frames that hold it, and nothing else', async () => {
    const plain = sample('plain', 50 * F + 7)
    const options = { engine, keyring, encryptionContext, frameBytes: F }
    const object = await sealWhole(options, plain)
    const { headerBytes } = parseHeader(object)!
    const reads: Read[] = []
    const opened = await openRange(stored(object, reads), options, 10 * F + 5, 2 * F)
    expect(digest(opened.plain)).toBe(digest(part(plain, 10 * F + 5, 2 * F)))
    expect(reads).toEqual([
      { offset: 0, bytes: 4096 },
      { offset: headerBytes + 50 * (F + 32), bytes: 7 + 40 },
      { offset: headerBytes + 10 * (F + 32), bytes: 3 * (F + 32) },
    ])
  })

  it('of the end reads the final frame once', async () => {
    const options = { engine, keyring, encryptionContext, frameBytes: F }
    const object = await sealWhole(options, sample('plain', 5 * F))
    const reads: Read[] = []
    const opened = await openRange(stored(object, reads), options, -100)
    expect(digest(opened.plain)).toBe(digest(sample('plain', 5 * F).subarray(-100)))
    expect(reads).toHaveLength(2)
  })

  it('is found behind a header of 64 KiB', async () => {
    const parts = foreignMessage({ dataKey, plain: sample('plain', 40), frameBytes: 16 })
    const wraps = [{ providerId: 'x', providerInfo: sample('i', 60_000), ciphertext: dataKey }]
    const wide = {
      ...fixed.keyring,
      generateDataKey: async () => ({
        dataKey: engine.importKey(dataKey),
        encryptedDataKeys: wraps,
      }),
    }
    const object = await sealWhole({ ...fixed, keyring: wide, encryptionContext }, sample('p', 9))
    expect((await openRange(stored(object), fixed, 3, 2)).plain).toEqual(
      sample('p', 9).subarray(3, 5),
    )
    expect(parts).toBeDefined()
  })

  it('is refused when another frame than its own is the last, as after a cut', async () => {
    const object = message(100)
    // Cut at the frame border before the final frame; the range lies in the first.
    const cut = object.subarray(0, object.length - (4 + 40))
    for (const bytes of [cut, object.subarray(0, -1), joined([object, object])]) {
      const opening = openRange(stored(bytes), fixed, 0, 5)
      await expect(opening).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('is refused when a frame of its own is damaged, and only then', async () => {
    const object = message(100)
    const second = parseHeader(object)!.headerBytes + 48
    const damaged = flipped(object, (second + 20) * 8)
    expect((await openRange(stored(damaged), fixed, 0, 16)).plain).toHaveLength(16)
    expect((await openRange(stored(damaged), fixed, 32)).plain).toHaveLength(68)
    const opening = openRange(stored(damaged), fixed, 15, 2)
    await expect(opening).rejects.toMatchObject({ code: 'ObjectDamaged', detail: { frame: 2 } })
  })

  it('is refused when header or context do not fit', async () => {
    const object = message(100)
    const refused = { code: 'InvalidCiphertextException', message: '' }
    await expect(openRange(stored(flipped(object, 30 * 8)), fixed, 0)).rejects.toMatchObject(
      refused,
    )
    const strict = { ...fixed, encryptionContext: { tenant: 'acme' } }
    await expect(openRange(stored(object), strict, 0)).rejects.toMatchObject(refused)
  })

  it('of a signed message is refused, as is one of a large unframed body', async () => {
    const signed = openRange(stored(message(100, { signed: true })), fixed, 0)
    await expect(signed).rejects.toMatchObject({ code: 'InputInvalid' })
    const limited = { ...fixed, limits: { frameBytesMax: 99 } }
    const unframed = openRange(stored(message(100, { frameBytes: 0 })), limited, 0)
    await expect(unframed).rejects.toMatchObject({ code: 'InputTooLarge' })
  })

  it('of a source that gives fewer bytes is refused', async () => {
    const object = message(100)
    const short = { size: object.length, read: async () => object.subarray(0, 10) }
    await expect(openRange(short, fixed, 0)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    const tiny = stored(object.subarray(0, 50))
    await expect(openRange(tiny, fixed, 0)).rejects.toMatchObject({ code: 'ObjectDamaged' })
  })

  it.each([
    [0.5, 1],
    [0, -1],
    [0, 1.5],
    [Number.NaN, 1],
    [0, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
  ])('from %d of %d bytes is no range', async (offset, bytes) => {
    const opening = openRange(stored(message(10)), fixed, offset, bytes)
    await expect(opening).rejects.toMatchObject({ code: 'InputInvalid' })
  })

  it('leaves no key behind', async () => {
    const counting = countingKeys(engine)
    const options = { ...fixed, engine: counting.engine }
    const object = message(100)
    await openRange(stored(object), options, 0)
    await expect(openRange(stored(flipped(object, 30 * 8)), options, 0)).rejects.toThrow()
    await expect(openRange(stored(object.subarray(0, -1)), options, 0)).rejects.toThrow()
    expect(counting.keysHeld()).toBe(0)
  })
})
