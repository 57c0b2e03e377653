/** What node:crypto handed to the node engine with key bytes in it is zero once the engine is done. */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openNodeEngine } from '../../src/engine/node/node.js'
import { hex, joined, sample } from './sample.js'

const engine = openNodeEngine()
const DATA_KEY = sample('data key', 32)
const CONTEXT = sample('context', 50)

interface Seen {
  readonly buffer: Uint8Array
  readonly atFirst: string
}

/** Every Buffer that a cipher, a decipher or an export answers with, from now on. */
function watch(): Seen[] {
  const seen: Seen[] = []
  const secret = createSecretKey(DATA_KEY)
  const nonce = new Uint8Array(12)
  const doors = [
    [createCipheriv('aes-256-gcm', secret, nonce), 'update'],
    [createDecipheriv('aes-256-gcm', secret, nonce), 'update'],
    [secret, 'export'],
  ] as const
  for (const [instance, name] of doors) {
    const prototype = Object.getPrototypeOf(instance) as Record<
      string,
      (...args: never[]) => Buffer
    >
    const original = prototype[name]!
    vi.spyOn(prototype, name).mockImplementation(function (this: unknown, ...args) {
      const buffer = original.apply(this, args)
      seen.push({ buffer, atFirst: hex(buffer) })
      return buffer
    })
  }
  return seen
}

function expectWiped(seen: Seen[], secret: string): void {
  // Seen at first, or the test would prove nothing.
  expect(seen.some(({ atFirst }) => atFirst.includes(secret))).toBe(true)
  for (const { buffer } of seen) expect(hex(buffer)).not.toContain(secret)
}

/** The one-time key of the blob's nonce, as XAES derives it, in the clear. */
function oneTimeKey(wrappingKey: Uint8Array, nonce: Uint8Array): string {
  const aes = (block: Uint8Array) =>
    createCipheriv('aes-256-ecb', createSecretKey(wrappingKey), null)
      .setAutoPadding(false)
      .update(block)
  const double = (BigInt(`0x${hex(aes(new Uint8Array(16)))}`) << 1n) & ((1n << 129n) - 1n)
  const k1 = double >> 128n === 1n ? (double ^ 0x87n) & ((1n << 128n) - 1n) : double
  return [1, 2]
    .map((count) => {
      const block = joined(Uint8Array.of(0, count, 0x58, 0), nonce.subarray(0, 12))
      const masked = (BigInt(`0x${hex(block)}`) ^ k1).toString(16).padStart(32, '0')
      return hex(aes(Buffer.from(masked, 'hex')))
    })
    .join('')
}

describe('the node engine wipes', () => {
  afterEach(() => vi.restoreAllMocks())
  const wrappingKey = engine.importKey(sample('wrapping key', 32))
  const blob = joined(sample('header', 24), new Uint8Array(56), DATA_KEY, new Uint8Array(16))
  engine.wrap(wrappingKey, blob, CONTEXT)

  it('a data key that it unwrapped', () => {
    const seen = watch()
    engine.unwrapKey(wrappingKey, blob, CONTEXT)?.release()
    engine.unwrap(wrappingKey, Uint8Array.from(blob), CONTEXT)
    expectWiped(seen, hex(DATA_KEY))
  })

  it('a data key that it exported to wrap it', () => {
    const key = engine.importKey(DATA_KEY)
    const seen = watch()
    engine.wrapKey(wrappingKey, key, new Uint8Array(128), CONTEXT)
    expectWiped(seen, hex(DATA_KEY))
  })

  it('the one-time key of a blob', () => {
    const expected = oneTimeKey(sample('wrapping key', 32), blob.subarray(24, 48))
    const seen = watch()
    engine.unwrap(wrappingKey, Uint8Array.from(blob), CONTEXT)
    expectWiped(seen, expected)
  })

  it('the CMAC subkey, when its key is released', () => {
    const seen = watch()
    const key = engine.importKey(sample('another key', 32))
    engine.xaesCommitment(key, new Uint8Array(24))
    const subkey = seen[0]!.buffer
    expect(hex(subkey)).not.toBe('00'.repeat(16))
    key.release()
    expect(hex(subkey)).toBe('00'.repeat(16))
  })
})
