/** Whole objects in memory: what comes back, what must be refused, and that no key stays behind. */

import { describe, expect, it } from 'vitest'
import { parseHeader } from '../../src/message/header.js'
import { rawAesKeyring } from '../../src/message/raw-aes-keyring.js'
import { beginMessage } from '../../src/message/seal.js'
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
import { openWhole, sealWhole } from './whole.js'

const F = 4096
const edges = [0, 1, F - 1, F, F + 1, 2 * F - 1, 2 * F, 2 * F + 1, 5 * F]
const keyring = testKeyring()
const dataKey = sample('data key', 32)

const refused = expect.objectContaining({ code: 'InvalidCiphertextException', message: '' })
const damaged = expect.objectContaining({ code: 'ObjectDamaged' })
const damagedFrame = (frame: number) =>
  expect.objectContaining({ code: 'ObjectDamaged', detail: { frame } })

describe.each(eachEngine)('a sealed object of the $name engine', ({ engine }) => {
  const seal = (plain: Uint8Array, frameBytes = F) =>
    sealWhole({ engine, keyring, encryptionContext, frameBytes }, plain)
  const open = (sealed: Uint8Array) => openWhole({ engine, keyring }, sealed)

  it.each(edges)('of %i plain bytes opens to what it was', async (size) => {
    const plain = sample('plain', size)
    const sealed = await seal(plain)
    const opened = await open(sealed)
    expect(digest(opened.plain)).toBe(digest(plain))
    expect({ ...opened.encryptionContext }).toEqual(encryptionContext)
  })

  it('has frames of 64 KiB unless another length is chosen', async () => {
    const plain = sample('plain', 100)
    const sealed = await sealWhole({ engine, keyring, encryptionContext }, plain)
    expect(parseHeader(sealed)?.frameBytes).toBe(65_536)
    expect(parseHeader(await seal(plain, 1 << 20))?.frameBytes).toBe(1 << 20)
  })

  it.each([0, 4095, 1048577, 5000.5, Number.NaN])('has no frames of %d bytes', async (size) => {
    const refusal = expect.objectContaining({ code: 'InputInvalid' })
    await expect(seal(new Uint8Array(1), size)).rejects.toEqual(refusal)
  })

  it('is another one every time', async () => {
    const plain = sample('plain', 32)
    expect(digest(await seal(plain))).not.toBe(digest(await seal(plain)))
  })

  it('opens where threads share it', async () => {
    const sealed = await seal(sample('plain', F + 1))
    const shared = new Uint8Array(new SharedArrayBuffer(sealed.length + 3), 3, sealed.length)
    shared.set(sealed)
    expect(digest((await open(shared)).plain)).toBe(digest(sample('plain', F + 1)))
  })

  it('keeps the context that it was sealed with, whatever becomes of that object', async () => {
    const context: Record<string, string> = { number: '1' }
    const sealing = sealWhole({ engine, keyring, encryptionContext: context }, sample('plain', 9))
    context.number = '2'
    expect({ ...(await open(await sealing)).encryptionContext }).toEqual({ number: '1' })
  })

  it('is opened only with the pairs that it must carry', async () => {
    const sealed = await seal(sample('plain', 10))
    const opened = (pairs: Record<string, string>) =>
      openWhole({ engine, keyring, encryptionContext: pairs }, sealed)
    expect((await opened({})).plain).toHaveLength(10)
    expect((await opened({ tenant: 'acme' })).plain).toHaveLength(10)
    expect((await opened(encryptionContext)).plain).toHaveLength(10)
    await expect(opened({ tenant: 'other' })).rejects.toEqual(refused)
    await expect(opened({ Tenant: 'acme' })).rejects.toEqual(refused)
    await expect(opened({ ...encryptionContext, more: '' })).rejects.toEqual(refused)
    await expect(opened(JSON.parse('{"__proto__":"x"}'))).rejects.toEqual(refused)
  })

  it('does not open with another key', async () => {
    const other = rawAesKeyring({ namespace: 'tests', name: 'key 1', key: sample('other', 32) })
    const sealed = await seal(sample('plain', 10))
    await expect(openWhole({ engine, keyring: other }, sealed)).rejects.toEqual(refused)
  })

  it('has no context key that begins with aws-crypto-', async () => {
    const context = { ...encryptionContext, 'aws-crypto-public-key': 'x' }
    const refusal = expect.objectContaining({ code: 'ValidationException' })
    const sealing = sealWhole({ engine, keyring, encryptionContext: context }, sample('p', 1))
    await expect(sealing).rejects.toEqual(refusal)
  })

  it('has no context that its readers would refuse', async () => {
    // 8,192 characters, which a KMS key takes, but more than 8 KiB beside their lengths.
    const long = { a: 'x'.repeat(8191) }
    const refusal = expect.objectContaining({ code: 'InputTooLarge' })
    const sealing = sealWhole({ engine, keyring, encryptionContext: long }, sample('p', 1))
    await expect(sealing).rejects.toEqual(refusal)
  })

  it('leaves no key behind, whether it opens or not', async () => {
    const counting = countingKeys(engine)
    const options = { engine: counting.engine, keyring: testKeyring(), encryptionContext }
    const sealed = await sealWhole({ ...options, frameBytes: F }, sample('plain', 2 * F))
    const other = fixedKeyring(sample('other', 32))
    await openWhole(options, sealed)
    const [header] = [parseHeader(sealed)!.headerBytes]
    const failing = [
      openWhole({ ...options, keyring: other }, sealed),
      openWhole(options, flipped(sealed, (header - 1) * 8)),
      openWhole(options, flipped(sealed, (header + 100) * 8)),
      openWhole(options, sealed.subarray(0, -1)),
      sealWhole({ ...options, frameBytes: 1 }, sample('plain', 1)),
      sealWhole({ ...options, encryptionContext: { 'aws-crypto-': '' } }, sample('plain', 1)),
    ]
    for (const attempt of failing) await expect(attempt).rejects.toThrow()
    options.keyring.release()
    expect(counting.keysHeld()).toBe(0)
  })

  it('does not begin when its header cannot be, and leaves no key behind', () => {
    const counting = countingKeys(engine)
    const key = engine.importKey(dataKey)
    const parts = { encryptionContext, encryptedDataKeys: [] }
    const refusal = expect.objectContaining({ code: 'InputInvalid' })
    expect(() => beginMessage(counting.engine, key, parts)).toThrow(refusal)
    expect(counting.keysHeld()).toBe(0)
    key.release()
  })
})

describe.each(eachEngine)('damage, to the $name engine,', ({ engine }) => {
  const opened = (sealed: Uint8Array) =>
    openWhole({ engine, keyring: fixedKeyring(dataKey) }, sealed)
  const message = (plainBytes: number, more = {}) =>
    foreignMessage({ dataKey, plain: sample('plain', plainBytes), frameBytes: 16, ...more })

  it('of any bit of the header is refused, and told no further than its structure', async () => {
    const sealed = await sealWhole({ engine, keyring, encryptionContext }, sample('plain', 5))
    const { headerBytes } = parseHeader(sealed)!
    for (let bit = 0; bit < headerBytes * 8; bit++) {
      const failure = await openWhole({ engine, keyring }, flipped(sealed, bit)).catch((e) => e)
      expect(['InvalidCiphertextException', 'ObjectDamaged', 'InputTooLarge']).toContain(
        failure.code,
      )
      if (failure.code === 'InvalidCiphertextException') expect(failure).toEqual(refused)
    }
  })

  it('of message id, commit key or header tag is one and the same refusal', async () => {
    const sealed = joined(message(20))
    const headerBytes = message(20)[0]!.length
    const places = [3, 34, headerBytes - 48, headerBytes - 17, headerBytes - 16, headerBytes - 1]
    for (const at of places) await expect(opened(flipped(sealed, at * 8))).rejects.toEqual(refused)
  })

  it('of any bit of the body is refused, and its frame is named', async () => {
    const parts = message(40)
    let at = parts[0]!.length
    for (const frame of [1, 2, 3]) {
      const end = at + parts[frame]!.length
      // A frame turned into a final one, and a final one of another length, end somewhere else.
      for (let bit = at * 8; bit < end * 8; bit++) {
        const failure = await opened(flipped(joined(parts), bit)).catch((error) => error)
        expect(failure).toEqual(damaged)
        const isLength = frame === 3 && bit >= (at + 20) * 8 && bit < (at + 24) * 8
        const isMarker = frame === 3 && bit < (at + 4) * 8
        if (!isLength && !isMarker) expect(failure).toEqual(damagedFrame(frame))
      }
      at = end
    }
  })

  it('of any bit of an unframed body is refused', async () => {
    const parts = message(20, { frameBytes: 0 })
    const start = parts[0]!.length
    expect((await opened(joined(parts))).plain).toEqual(sample('plain', 20))
    for (let bit = start * 8; bit < joined(parts).length * 8; bit++) {
      await expect(opened(flipped(joined(parts), bit))).rejects.toEqual(damaged)
    }
  })

  it('of any byte of a signed message or its signature is refused', async () => {
    for (const [frameBytes, step] of [
      [16, 1],
      [0, 5],
    ] as const) {
      const sealed = joined(message(20, { signed: true, frameBytes }))
      expect((await opened(sealed)).plain).toEqual(sample('plain', 20))
      for (let at = 0; at < sealed.length; at += step) {
        const failure = await opened(flipped(sealed, at * 8 + 3)).catch((error) => error)
        const codes = ['InvalidCiphertextException', 'ObjectDamaged', 'InputTooLarge']
        expect(codes).toContain(failure.code)
      }
    }
  })

  it('of a signature made with another key is refused', async () => {
    const [header, ...frames] = message(20, { signed: true })
    const other = message(20, { signed: true }).at(-1)!
    const sealed = joined([header!, ...frames.slice(0, -1), other])
    await expect(opened(sealed)).rejects.toThrow(expect.objectContaining({ code: 'ObjectDamaged' }))
  })

  it('by frames in another order is refused', async () => {
    const [header, one, two, three, last] = message(60) as [Buffer, Buffer, Buffer, Buffer, Buffer]
    const refuse = async (frames: Buffer[], frame: number) =>
      expect(opened(joined([header, ...frames]))).rejects.toEqual(damagedFrame(frame))
    expect((await opened(joined([header, one, two, three, last]))).plain).toHaveLength(60)
    await refuse([two, one, three, last], 1)
    await refuse([one, three, two, last], 2)
    await refuse([one, two, last], 3)
    await refuse([two, three, last], 1)
    await refuse([one, one, two, three, last], 2)
    await refuse([one, two, three, three, last], 4)
    await refuse([last], 1)
  })

  it('by a frame of another message is refused', async () => {
    const [header, ...own] = message(60)
    const other = foreignMessage({
      dataKey: sample('other', 32),
      plain: sample('plain', 60),
      frameBytes: 16,
    })
    const sealed = joined([header!, own[0]!, other[2]!, ...own.slice(2)])
    await expect(opened(sealed)).rejects.toEqual(damagedFrame(2))
  })

  it.each([
    ['framed', {}],
    ['ended by an empty frame', { emptyFinal: true }],
    ['unframed', { frameBytes: 0 }],
    ['signed', { signed: true }],
  ])('by a cut at any byte is refused when the message is %s', async (_, more) => {
    const sealed = joined(message(32, more))
    for (let size = 0; size < sealed.length; size++) {
      await expect(opened(sealed.subarray(0, size))).rejects.toEqual(damaged)
    }
  })

  it.each([
    ['framed', {}],
    ['ended by an empty frame', { emptyFinal: true }],
    ['unframed', { frameBytes: 0 }],
    ['signed', { signed: true }],
  ])('by anything after the end is refused when the message is %s', async (_, more) => {
    const sealed = joined(message(32, more))
    expect((await opened(sealed)).plain).toEqual(sample('plain', 32))
    await expect(opened(joined([sealed, Buffer.from([0])]))).rejects.toEqual(damaged)
    await expect(opened(joined([sealed, sealed]))).rejects.toEqual(damaged)
  })

  it('by a final frame that claims more than a frame is refused', async () => {
    const [header, final] = message(10) as [Buffer, Buffer]
    final.writeUInt32BE(17, 20)
    await expect(opened(joined([header, final, Buffer.alloc(99)]))).rejects.toEqual(damagedFrame(1))
  })

  it('by an unframed body that claims 2^63 bytes is refused', async () => {
    const [header, body] = message(10, { frameBytes: 0 }) as [Buffer, Buffer]
    body.writeBigUInt64BE(2n ** 63n, 12)
    await expect(opened(joined([header, body]))).rejects.toEqual(damaged)
  })

  it('leaves what was handed in as it was', async () => {
    for (const frameBytes of [16, 0]) {
      const sealed = Buffer.from(joined(message(40, { frameBytes })))
      const before = digest(sealed)
      await opened(sealed)
      expect(digest(sealed)).toBe(before)
    }
  })
})

describe.each(eachEngine)('a message of another writer, over the $name engine,', ({ engine }) => {
  const sizes = [0, 1, 15, 16, 17, 31, 32, 33]

  it.each(sizes.flatMap((size) => [0, 1, 7, 16, 1000].map((frame) => [size, frame] as const)))(
    'with %i plain bytes opens, frames of %i',
    async (size, frameBytes) => {
      const plain = sample('plain', size)
      for (const more of [{}, { signed: true }, { emptyFinal: size % frameBytes === 0 }]) {
        const sealed = joined(foreignMessage({ dataKey, plain, frameBytes, ...more }))
        const opened = await openWhole({ engine, keyring: fixedKeyring(dataKey) }, sealed)
        expect(digest(opened.plain)).toBe(digest(plain))
      }
    },
  )
})

describe('the round trip', () => {
  const context = fc.dictionary(
    fc.string({ unit: 'grapheme', maxLength: 9 }).filter((name) => !name.startsWith('aws-crypto-')),
    fc.string({ unit: 'grapheme', maxLength: 9 }),
    { maxKeys: 4 },
  )
  const { engine } = eachEngine[0]!

  test.prop([fc.uint8Array({ maxLength: 3 * F }), context, fc.constantFrom(F, F + 1, 65_536)], {
    numRuns: 40,
  })('keeps any bytes and any context', async (plain, anyContext, frameBytes) => {
    const options = { engine, keyring, encryptionContext: anyContext }
    const opened = await openWhole(options, await sealWhole({ ...options, frameBytes }, plain))
    expect(digest(opened.plain)).toBe(digest(plain))
    expect(Object.entries(opened.encryptionContext).sort()).toEqual(
      Object.entries(anyContext).sort(),
    )
  })
})
