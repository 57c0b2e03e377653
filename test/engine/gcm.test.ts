/** AES-256-GCM in place, held against node:crypto. The published vectors are in aes-gcm.vectors.test.ts. */
import { createCipheriv, createSecretKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { eachEngine } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { flipped, hex, joined, sample, shared } from './sample.js'

const KEY = sample('key', 32)
const NONCE = sample('nonce', 12)

// Kernels change their stride at these lengths; errors live on both sides.
const edges = [0, 16, 32, 64, 96, 128, 256, 512, 768, 1024, 4096, 65_536].flatMap((edge) =>
  [edge - 1, edge, edge + 1].filter((size) => size >= 0),
)

describe.each(eachEngine)('AES-256-GCM of the $name engine', ({ engine }) => {
  it.each(edges)('seals and opens %i bytes', (size) => {
    const plain = sample('text', size)
    const aad = sample('aad', size % 300)
    const key = engine.importKey(KEY)
    const text = joined(plain, new Uint8Array(16))
    engine.seal(key, NONCE, aad, text)
    expect(hex(text)).toBe(hex(reference(KEY, NONCE, aad, plain)))
    expect(engine.open(key, NONCE, aad, text)).toBe(true)
    expect(hex(text.subarray(0, size))).toBe(hex(plain))
    key.release()
  })

  it('keeps a tag apart when one is given', () => {
    const key = engine.importKey(KEY)
    const plain = sample('text', 100)
    const expected = reference(KEY, NONCE, sample('aad', 7), plain)
    const text = Uint8Array.from(plain)
    const tag = new Uint8Array(16)
    engine.seal(key, NONCE, sample('aad', 7), text, tag)
    expect(hex(joined(text, tag))).toBe(hex(expected))
    expect(engine.open(key, NONCE, sample('aad', 7), text, tag)).toBe(true)
    expect(hex(text)).toBe(hex(plain))
    expect(hex(tag)).toBe(hex(expected.subarray(100)))
    key.release()
  })

  it.each([
    ['in memory of its own', (bytes: Uint8Array) => bytes],
    ['at an odd address', (bytes: Uint8Array) => joined(Uint8Array.of(0), bytes).subarray(1)],
    ['in shared memory', shared],
  ])('seals several MiB %s', (_, placed) => {
    const key = engine.importKey(KEY)
    const plain = sample('large', 3 * 1024 * 1024 + 13)
    const aad = placed(sample('aad', 300))
    const text = placed(joined(plain, new Uint8Array(16)))
    engine.seal(key, placed(NONCE), aad, text)
    const sealed = reference(KEY, NONCE, sample('aad', 300), plain)
    expect(Buffer.compare(text, sealed)).toBe(0)
    expect(engine.open(key, placed(NONCE), aad, text)).toBe(true)
    expect(Buffer.compare(text.subarray(0, plain.length), plain)).toBe(0)
    key.release()
  })

  it('writes to the text it was given and to nothing beside it', () => {
    const key = engine.importKey(KEY)
    const memory = new Uint8Array(300).fill(0xaa)
    const text = memory.subarray(100, 200)
    engine.seal(key, NONCE, sample('aad', 5), text)
    engine.open(key, NONCE, sample('aad', 5), text)
    engine.open(key, NONCE, sample('aad', 5), text)
    expect(memory.subarray(0, 100).every((byte) => byte === 0xaa)).toBe(true)
    expect(memory.subarray(200).every((byte) => byte === 0xaa)).toBe(true)
    key.release()
  })

  it('refuses every flipped bit of text and tag, and leaves zeros', () => {
    const key = engine.importKey(KEY)
    const sealed = reference(KEY, NONCE, sample('aad', 20), sample('text', 37))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const text = flipped(sealed, bit)
      expect(engine.open(key, NONCE, sample('aad', 20), text)).toBe(false)
      expect(text.every((byte) => byte === 0)).toBe(true)
    }
    key.release()
  })

  it('refuses another key, another nonce and other AAD', () => {
    const key = engine.importKey(KEY)
    const other = engine.importKey(sample('other key', 32))
    const aad = sample('aad', 20)
    const sealed = reference(KEY, NONCE, aad, sample('text', 37))
    const opens = (...[k, nonce, a]: [typeof key, Uint8Array, Uint8Array]) =>
      engine.open(k, nonce, a, Uint8Array.from(sealed))
    expect(opens(key, NONCE, aad)).toBe(true)
    expect(opens(other, NONCE, aad)).toBe(false)
    for (let bit = 0; bit < 96; bit++) expect(opens(key, flipped(NONCE, bit), aad)).toBe(false)
    for (let bit = 0; bit < 160; bit++) expect(opens(key, NONCE, flipped(aad, bit))).toBe(false)
    expect(opens(key, NONCE, aad.subarray(1))).toBe(false)
    expect(opens(key, NONCE, joined(aad, Uint8Array.of(0)))).toBe(false)
    expect(opens(key, NONCE, new Uint8Array(0))).toBe(false)
    key.release()
    other.release()
  })

  it('zeroes a large text that it refuses, from the first byte to the last', () => {
    const key = engine.importKey(KEY)
    const text = joined(sample('large', 1024 * 1024 + 5), new Uint8Array(16))
    engine.seal(key, NONCE, NONCE, text)
    text[text.length - 1]! ^= 0x80
    expect(engine.open(key, NONCE, NONCE, text)).toBe(false)
    expect(text.every((byte) => byte === 0)).toBe(true)
    key.release()
  })

  it('refuses by invariant what has no such shape', () => {
    const key = engine.importKey(KEY)
    const none = new Uint8Array(0)
    for (const size of [0, 8, 11, 13, 16]) {
      expect(() => engine.seal(key, new Uint8Array(size), none, new Uint8Array(32))).toThrow(
        'broken',
      )
      expect(() => engine.open(key, new Uint8Array(size), none, new Uint8Array(32))).toThrow(
        'broken',
      )
    }
    expect(() => engine.seal(key, NONCE, none, new Uint8Array(15))).toThrow('broken')
    expect(() => engine.open(key, NONCE, none, new Uint8Array(15))).toThrow('broken')
    for (const size of [0, 12, 15, 17]) {
      const tag = new Uint8Array(size)
      expect(() => engine.seal(key, NONCE, none, new Uint8Array(32), tag)).toThrow('broken')
      expect(() => engine.open(key, NONCE, none, new Uint8Array(32), tag)).toThrow('broken')
    }
    key.release()
  })

  test.prop([
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.uint8Array({ minLength: 12, maxLength: 12 }),
    fc.uint8Array({ maxLength: 600 }),
    fc.uint8Array({ maxLength: 3000 }),
  ])('is that of node:crypto for any key, nonce, AAD and text', (bytes, nonce, aad, plain) => {
    const key = engine.importKey(bytes)
    const text = joined(plain, new Uint8Array(16))
    engine.seal(key, nonce, aad, text)
    expect(hex(text)).toBe(hex(reference(bytes, nonce, aad, plain)))
    key.release()
  })
})

function reference(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce).setAAD(aad)
  return joined(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}
