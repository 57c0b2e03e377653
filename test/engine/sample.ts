/** Bytes for the engine tests: the same at every run, no two alike. */
import { createHash } from 'node:crypto'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'

/** `size` bytes that look random and follow from `name`. */
export function sample(name: string, size: number): Uint8Array {
  return new Uint8Array(
    createHash('shake128', { outputLength: Math.max(size, 1) })
      .update(name)
      .digest(),
  ).subarray(0, size)
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** A copy with bit `bit` (counted from the first byte) turned over. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

/** A copy in memory that threads can share, beginning at an odd address. */
export function shared(bytes: Uint8Array): Uint8Array {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3, bytes.length)
  view.set(bytes)
  return view
}

/** The 32 bytes of a key, by way of a blob: no engine gives them out. */
export function bytesOf(engine: Engine, key: KeyHandle): Uint8Array {
  const wrappingKey = engine.generateKey()
  const blob = new Uint8Array(128)
  engine.wrapKey(wrappingKey, key, blob, new Uint8Array(0))
  if (!engine.unwrap(wrappingKey, blob, new Uint8Array(0))) throw new Error('does not unwrap')
  wrappingKey.release()
  return blob.slice(80, 112)
}
