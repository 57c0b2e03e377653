/** XAES-256-GCM as C2SP publishes it, with the commitments of eprint 2025/758. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eachEngine } from '../support/engines.js'
import { flipped, fromHex, hex, joined, sample } from './sample.js'

interface Vectors {
  readonly vectors: ReadonlyArray<
    Readonly<
      Record<'key' | 'nonce' | 'plaintext' | 'aad' | 'derivedKey' | 'sealed' | 'commitment', string>
    >
  >
  readonly accumulated: { readonly after10000: string }
}

const file = new URL('../vectors/xaes-256-gcm/vectors.json', import.meta.url)
const { vectors, accumulated } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

describe.each(eachEngine)('XAES-256-GCM of the $name engine', ({ engine }) => {
  it.each(vectors)('seals $plaintext with AAD "$aad" as published', (one) => {
    const key = engine.importKey(fromHex(one.key))
    const [nonce, aad] = [fromHex(one.nonce), fromHex(one.aad)]
    const text = joined(fromHex(one.plaintext), new Uint8Array(16))
    engine.xaesSeal(key, nonce, aad, text)
    expect(hex(text)).toBe(one.sealed)
    expect(engine.xaesOpen(key, nonce, aad, text)).toBe(true)
    expect(hex(text.subarray(0, -16))).toBe(one.plaintext)
    key.release()
  })

  it.each(vectors)('is AES-256-GCM under the published one-time key: $derivedKey', (one) => {
    const key = engine.importKey(fromHex(one.derivedKey))
    const text = fromHex(one.sealed)
    expect(engine.open(key, fromHex(one.nonce).subarray(12), fromHex(one.aad), text)).toBe(true)
    key.release()
  })

  it.each(vectors)('commits to key $key', (one) => {
    const key = engine.importKey(fromHex(one.key))
    expect(hex(engine.xaesCommitment(key, fromHex(one.nonce)))).toBe(one.commitment)
    key.release()
  })

  it('gives the published digest over 10,000 random messages', () => {
    const source = createHash('shake128', { outputLength: 10_000 * (32 + 24 + 2 * 256) }).digest()
    const digest = createHash('shake128', { outputLength: 32 })
    let at = 0
    const take = (size: number) => {
      at += size
      return source.subarray(at - size, at)
    }
    for (let i = 0; i < 10_000; i++) {
      const key = engine.importKey(take(32))
      const nonce = take(24)
      const plain = take(take(1)[0]!)
      const aad = take(take(1)[0]!)
      const text = joined(plain, new Uint8Array(16))
      engine.xaesSeal(key, nonce, aad, text)
      digest.update(text)
      if (
        !engine.xaesOpen(key, nonce, aad, text) ||
        !plain.equals(text.subarray(0, plain.length))
      ) {
        expect.fail(`message ${i} does not open`)
      }
      key.release()
    }
    expect(digest.digest('hex')).toBe(accumulated.after10000)
  })

  it('refuses every flipped bit of nonce and sealed text, and leaves zeros', () => {
    const one = vectors[1]!
    const key = engine.importKey(fromHex(one.key))
    const [nonce, aad, sealed] = [fromHex(one.nonce), fromHex(one.aad), fromHex(one.sealed)]
    for (let bit = 0; bit < nonce.length * 8; bit++) {
      expect(engine.xaesOpen(key, flipped(nonce, bit), aad, Uint8Array.from(sealed))).toBe(false)
    }
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const text = flipped(sealed, bit)
      expect(engine.xaesOpen(key, nonce, aad, text)).toBe(false)
      expect(text.every((byte) => byte === 0)).toBe(true)
    }
    key.release()
  })

  it('commits to every bit of key and nonce', () => {
    const [bytes, nonce] = [sample('key', 32), sample('nonce', 24)]
    const commitments = new Set<string>()
    for (let bit = -1; bit < 256; bit++) {
      const key = engine.importKey(bit < 0 ? bytes : flipped(bytes, bit))
      commitments.add(hex(engine.xaesCommitment(key, nonce)))
      if (bit >= 0 && bit < 192) {
        const same = engine.importKey(bytes)
        commitments.add(hex(engine.xaesCommitment(same, flipped(nonce, bit))))
        same.release()
      }
      key.release()
    }
    expect(commitments.size).toBe(1 + 256 + 192)
  })

  it('refuses by invariant what has no such shape', () => {
    const key = engine.importKey(sample('key', 32))
    const none = new Uint8Array(0)
    for (const size of [0, 12, 23, 25]) {
      const nonce = new Uint8Array(size)
      expect(() => engine.xaesSeal(key, nonce, none, new Uint8Array(32))).toThrow('broken')
      expect(() => engine.xaesOpen(key, nonce, none, new Uint8Array(32))).toThrow('broken')
      expect(() => engine.xaesCommitment(key, nonce)).toThrow('broken')
    }
    expect(() => engine.xaesSeal(key, new Uint8Array(24), none, new Uint8Array(15))).toThrow(
      'broken',
    )
    expect(() => engine.xaesOpen(key, new Uint8Array(24), none, new Uint8Array(15))).toThrow(
      'broken',
    )
    key.release()
  })
})
