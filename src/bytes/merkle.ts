/**
 * Hashes of a Merkle tree over a log: of a leaf, and of two subtrees.
 *
 *     leaf  SHA-256(00 ‖ bytes)        node  SHA-256(01 ‖ left ‖ right)
 *
 * A million of both are made when a journal is held against its log, so neither takes memory. Source: RFC 6962 §2.1.
 *
 * @module
 */
import { hash } from 'node:crypto'

export const HASH_BYTES = 32

/** What stands in front of the bytes; longer leaves take memory of their own. */
const leaf = Buffer.alloc(1 + 64 * 1024, 0)
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** Writes the hash of the leaf `bytes` to `target` from `at` on. */
export function writeLeafHash(bytes: Uint8Array, target: Buffer, at: number): void {
  const length = 1 + bytes.length
  const whole = length <= leaf.length ? leaf : Buffer.alloc(length)
  whole.set(bytes, 1)
  // As text of a letter for each byte: a buffer for the answer would cost three times as much.
  target.write(hash('sha256', whole.subarray(0, length), 'binary'), at, 'latin1')
}

export function leafHash(bytes: Uint8Array): Buffer {
  const target = Buffer.alloc(HASH_BYTES)
  writeLeafHash(bytes, target, 0)
  return target
}

/** Writes the hash over the two that stand one after the other in `pairs` from `from` on. */
export function writeNodeHash(pairs: Buffer, from: number, target: Buffer, at: number): void {
  pairs.copy(node, 1, from, from + 2 * HASH_BYTES)
  target.write(hash('sha256', node, 'binary'), at, 'latin1')
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const target = Buffer.alloc(HASH_BYTES)
  writeNodeHash(Buffer.concat([left, right]), 0, target, 0)
  return target
}
