/** Wrapped keys: the blob of engine.ts, alone and in batches, and what is refused. */

import { describe, expect, it } from 'vitest'
import { BLOB_OVERHEAD_BYTES, type Engine, type KeyHandle } from '../../src/engine/engine.js'
import { eachEngine } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { wrapped as reference, xaesSeal } from './reference.js'
import { bytesOf, flipped, hex, joined, sample, shared } from './sample.js'

const HEADER = sample('header', 24)
const CONTEXT = sample('context', 200)
/** Where the text of a blob begins. */
const TEXT_AT = 80

describe.each(eachEngine)('a blob of the $name engine', ({ engine }) => {
  const key = engine.importKey(sample('wrapping key', 32))

  it.each([1, 16, 31, 32, 33, 64, 255, 4096])('of %i plain bytes opens again', (size) => {
    const plain = sample('plain', size)
    const blob = wrapped(engine, key, plain)
    expect(blob.length).toBe(size + BLOB_OVERHEAD_BYTES)
    if (size >= 16) expect(hex(blob)).not.toContain(hex(plain.subarray(0, 16)))
    expect(engine.unwrap(key, blob, CONTEXT)).toBe(true)
    expect(hex(blob.subarray(TEXT_AT, TEXT_AT + size))).toBe(hex(plain))
  })

  it('is header, nonce, commitment, and XAES-256-GCM over them and the context', () => {
    const blob = wrapped(engine, key, sample('plain', 32))
    const nonce = blob.subarray(24, 48)
    expect(hex(blob.subarray(0, 24))).toBe(hex(HEADER))
    expect(hex(blob.subarray(48, 80))).toBe(hex(engine.xaesCommitment(key, nonce)))
    const plain = sample('plain', 32)
    expect(hex(blob)).toBe(
      hex(reference(sample('wrapping key', 32), HEADER, nonce, plain, CONTEXT)),
    )
  })

  it('has a nonce of its own each time', () => {
    const nonces = new Set<string>()
    for (let i = 0; i < 1000; i++) {
      nonces.add(hex(wrapped(engine, key, sample('plain', 1)).subarray(24, 48)))
    }
    expect(nonces.size).toBe(1000)
  })

  it('takes contexts of any length', () => {
    for (const size of [0, 1, 15, 16, 17, 111, 112, 113, 1000, 16_500]) {
      const context = sample('context', size)
      const blob = wrapped(engine, key, sample('plain', 32), context)
      expect(engine.unwrap(key, Uint8Array.from(blob), context)).toBe(true)
      expect(engine.unwrap(key, blob, joined(context, Uint8Array.of(0)))).toBe(false)
    }
  })

  it('may lie in shared memory', () => {
    const blob = shared(joined(HEADER, new Uint8Array(56), sample('plain', 32), new Uint8Array(16)))
    engine.wrap(key, blob, shared(CONTEXT))
    const target = engine.unwrapKey(key, blob, shared(CONTEXT))
    expect(target && hex(bytesOf(engine, target))).toBe(hex(sample('plain', 32)))
    expect(engine.unwrap(key, blob, shared(CONTEXT))).toBe(true)
    expect(hex(blob.subarray(80, 112))).toBe(hex(sample('plain', 32)))
  })

  it('is refused with any of its 1,024 bits turned over, and zeroed from the text on', () => {
    const blob = wrapped(engine, key, sample('plain', 32))
    expect(blob.length).toBe(128)
    for (let bit = 0; bit < 1024; bit++) {
      const damaged = flipped(blob, bit)
      expect(engine.unwrapKey(key, damaged, CONTEXT)).toBeUndefined()
      expect(hex(damaged)).toBe(hex(flipped(blob, bit)))
      expect(engine.unwrap(key, damaged, CONTEXT)).toBe(false)
      expect(damaged.subarray(TEXT_AT).every((byte) => byte === 0)).toBe(true)
    }
  })

  it('is refused under another key, and under any other context', () => {
    const blob = wrapped(engine, key, sample('plain', 32))
    const other = engine.importKey(sample('other key', 32))
    const opens = (k: KeyHandle, context: Uint8Array) => {
      const viaKey = engine.unwrapKey(k, blob, context)
      const inPlace = engine.unwrap(k, Uint8Array.from(blob), context)
      expect(viaKey !== undefined).toBe(inPlace)
      viaKey?.release()
      return inPlace
    }
    expect(opens(key, CONTEXT)).toBe(true)
    expect(opens(other, CONTEXT)).toBe(false)
    for (let bit = 0; bit < 1600; bit++) expect(opens(key, flipped(CONTEXT, bit))).toBe(false)
    expect(opens(key, new Uint8Array(0))).toBe(false)
    expect(opens(key, CONTEXT.subarray(1))).toBe(false)
    expect(opens(key, CONTEXT.subarray(0, -1))).toBe(false)
    other.release()
  })

  it('is refused with the commitment of another key, though its tag is right', () => {
    const blob = wrapped(engine, key, sample('plain', 32))
    const other = engine.importKey(sample('other key', 32))
    const nonce = blob.subarray(24, 48)
    const front = joined(blob.subarray(0, 48), engine.xaesCommitment(other, nonce))
    const bytes = sample('wrapping key', 32)
    const forged = joined(
      front,
      xaesSeal(bytes, nonce, joined(front, CONTEXT), sample('plain', 32)),
    )
    expect(engine.unwrap(key, forged, CONTEXT)).toBe(false)
    other.release()
  })

  it('is refused by invariant when it is too short for what wrapping adds', () => {
    for (const size of [0, 80, 95]) {
      expect(() => engine.wrap(key, new Uint8Array(size), CONTEXT)).toThrow('broken')
      expect(() => engine.unwrap(key, new Uint8Array(size), CONTEXT)).toThrow('broken')
    }
    for (const size of [112, 127, 129, 160]) {
      const blob = new Uint8Array(size)
      expect(() => engine.wrapKey(key, key, blob, CONTEXT)).toThrow('broken')
      expect(() => engine.unwrapKey(key, blob, CONTEXT)).toThrow('broken')
    }
  })

  test.prop([
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ minLength: 24, maxLength: 24 }),
  ])('opens again, whatever text, context and header', (plain, context, header) => {
    const blob = joined(header, new Uint8Array(56), plain, new Uint8Array(16))
    engine.wrap(key, blob, context)
    expect(engine.unwrap(key, blob, context)).toBe(true)
    expect(hex(blob.subarray(80, 80 + plain.length))).toBe(hex(plain))
  })
})

describe.each(eachEngine)('a wrapped key of the $name engine', ({ engine }) => {
  const key = engine.importKey(sample('wrapping key', 32))

  it('is a blob of its bytes', () => {
    const inner = engine.importKey(sample('inner', 32))
    const blob = joined(HEADER, new Uint8Array(104))
    engine.wrapKey(key, inner, blob, CONTEXT)
    inner.release()
    const again = engine.unwrapKey(key, blob, CONTEXT)!
    expect(hex(bytesOf(engine, again))).toBe(hex(sample('inner', 32)))
    again.release()
    expect(engine.unwrap(key, blob, CONTEXT)).toBe(true)
    expect(hex(blob.subarray(80, 112))).toBe(hex(sample('inner', 32)))
  })

  it('comes out of a blob that somebody wrapped as bytes', () => {
    const blob = wrapped(engine, key, sample('inner', 32))
    const before = hex(blob)
    const inner = engine.unwrapKey(key, blob, CONTEXT)!
    expect(hex(bytesOf(engine, inner))).toBe(hex(sample('inner', 32)))
    expect(hex(blob)).toBe(before)
    inner.release()
  })

  it('may be the wrapping key itself', () => {
    const blob = joined(HEADER, new Uint8Array(104))
    engine.wrapKey(key, key, blob, CONTEXT)
    const again = engine.unwrapKey(key, blob, CONTEXT)!
    expect(hex(bytesOf(engine, again))).toBe(hex(sample('wrapping key', 32)))
    again.release()
  })
})

describe.each(eachEngine)('generated data keys of the $name engine', ({ engine }) => {
  const key = engine.importKey(sample('wrapping key', 32))
  const headers = (count: number, blobBytes: number) => {
    const blobs = new Uint8Array(count * blobBytes)
    for (let i = 0; i < count; i++) blobs.set(sample(`header ${i}`, 24), i * blobBytes)
    return blobs
  }

  it.each([
    [1, 32],
    [256, 32],
    [3, 1],
    [5, 64],
    [2, 1024],
    [0, 32],
  ])('are blobs that open: %i of %i bytes', (count, keyBytes) => {
    const blobBytes = keyBytes + BLOB_OVERHEAD_BYTES
    const blobs = headers(count, blobBytes)
    const plain = new Uint8Array(count * keyBytes)
    engine.generateDataKeys(key, blobs, blobBytes, CONTEXT, plain)
    const nonces = new Set<string>()
    for (let i = 0; i < count; i++) {
      const blob = blobs.subarray(i * blobBytes, (i + 1) * blobBytes)
      nonces.add(hex(blob.subarray(24, 48)))
      expect(hex(blob.subarray(0, 24))).toBe(hex(sample(`header ${i}`, 24)))
      expect(engine.unwrap(key, blob, CONTEXT)).toBe(true)
      expect(hex(blob.subarray(80, 80 + keyBytes))).toBe(
        hex(plain.subarray(i * keyBytes, (i + 1) * keyBytes)),
      )
    }
    expect(nonces.size).toBe(count)
  })

  it('differ from each other', () => {
    const plain = new Uint8Array(500 * 32)
    engine.generateDataKeys(key, headers(500, 128), 128, CONTEXT, plain)
    const keys = Array.from({ length: 500 }, (_, i) => hex(plain.subarray(i * 32, (i + 1) * 32)))
    expect(new Set(keys).size).toBe(500)
  })

  it('stay inside when nobody asks for them', () => {
    const blobs = headers(4, 128)
    engine.generateDataKeys(key, blobs, 128, CONTEXT, undefined)
    const inner = new Set<string>()
    for (let i = 0; i < 4; i++) {
      const data = engine.unwrapKey(key, blobs.subarray(i * 128, i * 128 + 128), CONTEXT)!
      inner.add(hex(bytesOf(engine, data)))
      data.release()
    }
    expect(inner.size).toBe(4)
  })

  it('are refused by invariant when the sizes do not fit', () => {
    const generate = (blobsBytes: number, blobBytes: number, plainBytes: number) =>
      engine.generateDataKeys(
        key,
        new Uint8Array(blobsBytes),
        blobBytes,
        CONTEXT,
        new Uint8Array(plainBytes),
      )
    expect(() => generate(257, 128, 64)).toThrow('broken')
    expect(() => generate(256, 128, 63)).toThrow('broken')
    expect(() => generate(256, 128, 96)).toThrow('broken')
    expect(() => generate(192, 96, 0)).toThrow('broken')
    expect(() => generate(128, 0, 32)).toThrow('broken')
  })
})

describe.each(eachEngine)('many blobs of the $name engine', ({ engine }) => {
  const key = engine.importKey(sample('wrapping key', 32))

  it('open as they would one by one, each in its own context', () => {
    const items = Array.from({ length: 40 }, (_, i) => {
      const context = sample(`context ${i}`, (i * 37) % 300)
      const plain = sample(`plain ${i}`, 1 + ((i * 53) % 200))
      const blob = wrapped(engine, key, plain, context)
      const isDamaged = i % 3 === 0
      return {
        context,
        plain,
        blob: isDamaged ? flipped(blob, (i * 101) % (blob.length * 8)) : blob,
        isDamaged,
      }
    })
    const blobs = joined(...items.map(({ blob }) => blob))
    const opened = new Uint8Array(items.length).fill(7)
    engine.unwrapMany(
      key,
      blobs,
      ends(items.map(({ blob }) => blob)),
      joined(...items.map(({ context }) => context)),
      ends(items.map(({ context }) => context)),
      opened,
    )
    let at = 0
    for (const [i, { context, blob, plain, isDamaged }] of items.entries()) {
      const together = blobs.subarray(at, at + blob.length)
      at += blob.length
      expect(opened[i]).toBe(isDamaged ? 0 : 1)
      expect(engine.unwrap(key, blob, context)).toBe(!isDamaged)
      const text = isDamaged ? '00'.repeat(plain.length + 16) : hex(plain)
      expect(hex(together.subarray(80)).startsWith(text)).toBe(true)
      expect(hex(blob.subarray(80)).startsWith(text)).toBe(true)
    }
  })

  it('may be none', () => {
    const none = new Uint8Array(0)
    engine.unwrapMany(key, none, new Uint32Array(0), none, new Uint32Array(0), none)
  })

  it('are refused by invariant when the ends do not fit', () => {
    const unwrap = (blobEnds: number[], contextEnds: number[], answers = blobEnds.length) =>
      engine.unwrapMany(
        key,
        new Uint8Array(256),
        Uint32Array.from(blobEnds),
        new Uint8Array(20),
        Uint32Array.from(contextEnds),
        new Uint8Array(answers),
      )
    expect(() => unwrap([128, 257], [10, 20])).toThrow('broken')
    expect(() => unwrap([128, 256], [10, 21])).toThrow('broken')
    expect(() => unwrap([128, 100], [10, 20])).toThrow('broken')
    expect(() => unwrap([128, 256], [20, 10])).toThrow('broken')
    expect(() => unwrap([95, 256], [10, 20])).toThrow('broken')
    expect(() => unwrap([128, 256], [20])).toThrow('broken')
    expect(() => unwrap([128, 256], [10, 20], 1)).toThrow('broken')
  })
})

function wrapped(
  engine: Engine,
  key: KeyHandle,
  plain: Uint8Array,
  context: Uint8Array = CONTEXT,
): Uint8Array {
  const blob = joined(HEADER, new Uint8Array(56), plain, new Uint8Array(16))
  engine.wrap(key, blob, context)
  return blob
}

/** Where each of the parts ends when they lie side by side. */
function ends(parts: readonly Uint8Array[]): Uint32Array {
  let end = 0
  return Uint32Array.from(parts, ({ length }) => (end += length))
}
