/** Whole messages: what one engine seals in one call, every engine opens, in one call or step by step. */

import { describe, expect, it } from 'vitest'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'
import { eachEngine, testedEngines } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { gcmSeal, messageKeys } from './reference.js'
import { flipped, hex, joined, sample, shared } from './sample.js'

const SUITE = 0x0478
const FRAME_BYTES = 64
/** Version, suite, message id; commit key and tag at the end. */
const FIXED_BYTES = 1 + 2 + 32 + 32 + 16
const NONE = new Uint8Array(0)

describe.each(eachEngine)('a message sealed by the $name engine', ({ engine }) => {
  test.prop([
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.constantFrom(0x0478, 0x0578),
    fc.nat(300),
    fc.integer({ min: 1, max: 200 }),
    fc.nat(1000),
  ])('opens in every engine', (keyBytes, suite, textBytes, frameBytes, size) => {
    const plain = sample('plain', size)
    const { header, body } = sealedBy(engine, keyBytes, plain, { suite, textBytes, frameBytes })
    expect(hex(header.subarray(35, 35 + textBytes))).toBe(hex(sample('text', textBytes)))
    for (const reader of testedEngines) {
      const dataKey = reader.importKey(keyBytes)
      const target = new Uint8Array(size).fill(0xaa)
      const frames = Math.max(1, Math.ceil(size / frameBytes))
      expect(reader.openMessage(dataKey, header, frameBytes, body, target)).toBe(frames)
      expect(hex(target)).toBe(hex(plain))
      expectOpensStepwise(reader, dataKey, header, frameBytes, body, plain)
      dataKey.release()
    }
  })

  it('has a message id of its own', () => {
    const ids = Array.from({ length: 100 }, () =>
      hex(sealedBy(engine, sample('key', 32), NONE).header.subarray(3, 35)),
    )
    expect(new Set(ids).size).toBe(100)
  })

  it('lies in the memory given for it, shared or not, and nowhere else', () => {
    const dataKey = engine.importKey(sample('key', 32))
    const plain = sample('plain', 100)
    const memory = shared(new Uint8Array(FIXED_BYTES + 100 + 72 + 50).fill(0xaa))
    const sealed = memory.subarray(20, memory.length - 30)
    sealed.set([2, 4, 0x78])
    engine.sealMessage(dataKey, sealed, FIXED_BYTES, FRAME_BYTES, plain)
    const beside = joined(memory.subarray(0, 20), memory.subarray(memory.length - 30))
    expect(beside.every((byte) => byte === 0xaa)).toBe(true)
    const room = new Uint8Array(120).fill(0xaa)
    const [header, body] = [sealed.subarray(0, FIXED_BYTES), sealed.subarray(FIXED_BYTES)]
    const target = room.subarray(10, 110)
    expect(engine.openMessage(dataKey, header, FRAME_BYTES, body, target)).toBe(2)
    expect(hex(room)).toBe(
      hex(joined(new Uint8Array(10).fill(0xaa), plain, new Uint8Array(10).fill(0xaa))),
    )
    dataKey.release()
  })
})

describe.each(eachEngine)('a damaged message in the $name engine', ({ engine }) => {
  const keyBytes = sample('key', 32)
  const plain = sample('plain', 3 * FRAME_BYTES + 10)
  const { header, body } = sealedBy(engine, keyBytes, plain)

  /** As many frames open, and nothing shows of the others. */
  function expectOpens(frames: number, parts: { header?: Uint8Array; body?: Uint8Array }) {
    const dataKey = engine.importKey(keyBytes)
    const given = { header, body, ...parts }
    const target = new Uint8Array(plain.length).fill(0xaa)
    const genuine = engine.openMessage(dataKey, given.header, FRAME_BYTES, given.body, target)
    expect(genuine).toBe(frames)
    const shown = Math.max(0, frames) * FRAME_BYTES
    expect(hex(target.subarray(0, shown))).toBe(hex(plain.subarray(0, shown)))
    expect(target.subarray(shown).every((byte) => byte === 0)).toBe(true)
    dataKey.release()
  }

  it('is not opened at all when a bit of the header is flipped', () => {
    const dataKey = engine.importKey(keyBytes)
    for (let bit = 0; bit < header.length * 8; bit++) {
      expectOpens(-1, { header: flipped(header, bit) })
      expect(engine.openHeader(dataKey, flipped(header, bit))).toBeUndefined()
    }
    dataKey.release()
  })

  it('is opened up to the frame that holds a flipped bit', () => {
    for (let bit = 0; bit < body.length * 8; bit += 3) {
      expectOpens(Math.floor(bit / 8 / (FRAME_BYTES + 32)), { body: flipped(body, bit) })
    }
  })

  it('is not opened under another key, nor with the header of another message', () => {
    const other = engine.importKey(sample('other', 32))
    const target = new Uint8Array(plain.length).fill(0xaa)
    expect(engine.openMessage(other, header, FRAME_BYTES, body, target)).toBe(-1)
    expect(target.every((byte) => byte === 0)).toBe(true)
    other.release()
    expectOpens(0, { header: sealedBy(engine, keyBytes, plain).header })
  })

  it('is not opened when its header is genuine but commits to another key', () => {
    const forged = Uint8Array.from(header)
    const tagAt = header.length - 16
    const { key } = messageKeys(keyBytes, SUITE, header.subarray(3, 35))
    forged[tagAt - 1]! ^= 1
    forged.set(gcmSeal(key, new Uint8Array(12), forged.subarray(0, tagAt), NONE), tagAt)
    expectOpens(-1, { header: forged })
  })

  it('is refused by invariant when its sizes do not fit', () => {
    const dataKey = engine.importKey(keyBytes)
    for (const off of [-1, 1, 8, -8]) {
      const target = new Uint8Array(plain.length + off)
      expect(() => engine.openMessage(dataKey, header, FRAME_BYTES, body, target)).toThrow('broken')
      const sealed = new Uint8Array(header.length + body.length + off)
      expect(() => engine.sealMessage(dataKey, sealed, header.length, FRAME_BYTES, plain)).toThrow(
        'broken',
      )
    }
    const short = new Uint8Array(FIXED_BYTES - 1)
    const target = new Uint8Array(plain.length)
    expect(() => engine.openMessage(dataKey, short, FRAME_BYTES, body, target)).toThrow('broken')
    const sealed = new Uint8Array(FIXED_BYTES - 1 + body.length)
    for (const headerBytes of [FIXED_BYTES - 1, 0, sealed.length + 1]) {
      expect(() => engine.sealMessage(dataKey, sealed, headerBytes, FRAME_BYTES, plain)).toThrow(
        'broken',
      )
    }
    for (const frameBytes of [0, -1, 1.5]) {
      expect(() => engine.openMessage(dataKey, header, frameBytes, body, target)).toThrow('broken')
    }
    dataKey.release()
  })
})

function sealedBy(
  engine: Engine,
  keyBytes: Uint8Array,
  plain: Uint8Array,
  { suite = SUITE, textBytes = 20, frameBytes = FRAME_BYTES } = {},
): { header: Uint8Array; body: Uint8Array } {
  const headerBytes = FIXED_BYTES + textBytes
  const frames = Math.max(1, Math.ceil(plain.length / frameBytes))
  const sealed = new Uint8Array(headerBytes + plain.length + frames * 32 + 8).fill(0xaa)
  sealed.set([2, suite >> 8, suite & 0xff])
  sealed.set(sample('text', textBytes), 35)
  const dataKey = engine.importKey(keyBytes)
  engine.sealMessage(dataKey, sealed, headerBytes, frameBytes, plain)
  dataKey.release()
  return { header: sealed.subarray(0, headerBytes), body: sealed.subarray(headerBytes) }
}

/** docs/FORMAT.md §2, by the engine's single calls. */
function expectOpensStepwise(
  engine: Engine,
  dataKey: KeyHandle,
  header: Uint8Array,
  frameBytes: number,
  body: Uint8Array,
  plain: Uint8Array,
) {
  const messageId = header.subarray(3, 35)
  const key = engine.openHeader(dataKey, header)!
  const sealed = new Uint8Array(body.length)
  engine.sealFrames(key, { messageId, frameBytes, firstFrame: 1, final: true }, plain, sealed)
  expect(hex(body)).toBe(hex(sealed))
  key.release()
}
