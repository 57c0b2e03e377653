/**
 * XAES-256-GCM as C2SP publishes it, with the commitments of eprint 2025/758.
 *
 * The reference gives the published answers; the engines, which use XAES in wrapped keys only, wrap and unwrap as
 * the reference does under the published keys and nonces.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eachEngine } from '../support/engines.js'
import { gcmOpen, wrapped, xaesCommitment, xaesKey, xaesSeal } from './reference.js'
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
const HEADER = sample('header', 24)

/** The messages behind the accumulated vector. */
function* messages(count: number) {
  const source = createHash('shake128', { outputLength: 10_000 * (32 + 24 + 2 * 256) }).digest()
  let at = 0
  const take = (size: number) => {
    at += size
    return source.subarray(at - size, at)
  }
  for (let i = 0; i < count; i++) {
    const [key, nonce] = [take(32), take(24)]
    yield { key, nonce, plain: take(take(1)[0]!), aad: take(take(1)[0]!) }
  }
}

describe('XAES-256-GCM of the reference', () => {
  it.each(vectors)('seals $plaintext with AAD "$aad" as published', (one) => {
    const [key, nonce, aad] = [fromHex(one.key), fromHex(one.nonce), fromHex(one.aad)]
    expect(hex(xaesKey(key, nonce))).toBe(one.derivedKey)
    expect(hex(xaesSeal(key, nonce, aad, fromHex(one.plaintext)))).toBe(one.sealed)
    expect(hex(xaesCommitment(key, nonce))).toBe(one.commitment)
  })

  it('gives the published digest over 10,000 random messages', () => {
    const digest = createHash('shake128', { outputLength: 32 })
    for (const { key, nonce, plain, aad } of messages(10_000)) {
      digest.update(xaesSeal(key, nonce, aad, plain))
    }
    expect(digest.digest('hex')).toBe(accumulated.after10000)
  })
})

describe.each(eachEngine)('XAES-256-GCM of the $name engine', ({ engine }) => {
  it.each(vectors)('commits to key $key as published', (one) => {
    const key = engine.importKey(fromHex(one.key))
    expect(hex(engine.xaesCommitment(key, fromHex(one.nonce)))).toBe(one.commitment)
    key.release()
  })

  it.each(vectors)('unwraps under the published one-time key $derivedKey', (one) => {
    const key = engine.importKey(fromHex(one.key))
    const [nonce, aad] = [fromHex(one.nonce), fromHex(one.aad)]
    const blob = wrapped(fromHex(one.key), HEADER, nonce, fromHex(one.plaintext), aad)
    expect(engine.unwrap(key, blob, aad)).toBe(true)
    expect(hex(blob.subarray(80, -16))).toBe(one.plaintext)
    key.release()
  })

  it('unwraps what the reference wrapped, and wraps what it unwraps, 2,000 times', () => {
    for (const { key, nonce, plain, aad } of messages(2000)) {
      const handle = engine.importKey(key)
      const blob = wrapped(key, HEADER, nonce, plain, aad)
      expect(engine.unwrap(handle, blob, aad)).toBe(true)
      expect(hex(blob.subarray(80, -16))).toBe(hex(plain))
      engine.wrap(handle, blob, aad)
      const [own, front] = [blob.subarray(24, 48), blob.subarray(0, 80)]
      expect(hex(blob.subarray(48, 80))).toBe(hex(xaesCommitment(key, own)))
      const oneTimeKey = xaesKey(key, own)
      const opened = gcmOpen(oneTimeKey, own.subarray(12), joined(front, aad), blob.subarray(80))
      expect(opened && hex(opened)).toBe(hex(plain))
      handle.release()
    }
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
})
