/**
 * The encoding of RSASSA-PSS around a digest, which node:crypto makes of whole messages only.
 *
 *     EM = maskedDB ‖ H ‖ BC       H = hash(0^8 ‖ digest ‖ salt)       DB = 0… ‖ 01 ‖ salt, masked with MGF1(H)
 *
 * The salt is as long as the digest, and MGF1's hash is that of the digest. Source: RFC 8017 §9.1.
 *
 * @module
 */
import { createHash, randomFillSync } from 'node:crypto'
import { constantTimeEqual } from '../../bytes/compare.js'

const EIGHT_ZEROS = new Uint8Array(8)
const TRAILER = 0xbc

/** As long as the modulus, for the private key's raw operation. `digest` is one of `hash`. */
export function encodePss(hash: string, digest: Uint8Array, modulusBytes: number): Uint8Array {
  const salt = randomFillSync(new Uint8Array(digest.length))
  const block = new Uint8Array(modulusBytes)
  const dbBytes = modulusBytes - digest.length - 1
  const h = hashOf(hash, EIGHT_ZEROS, digest, salt)
  block[dbBytes - salt.length - 1] = 1
  block.set(salt, dbBytes - salt.length)
  mask(hash, h, block.subarray(0, dbBytes))
  // The modulus has a multiple of 8 bits: EM has one bit less.
  block[0]! &= 0x7f
  block.set(h, dbBytes)
  block[modulusBytes - 1] = TRAILER
  return block
}

/** Whether `block`, which is overwritten, encodes `digest`. */
export function isPss(hash: string, digest: Uint8Array, block: Uint8Array): boolean {
  const dbBytes = block.length - digest.length - 1
  const saltAt = dbBytes - digest.length
  if (block.at(-1) !== TRAILER || block[0]! > 0x7f) return false
  const db = block.subarray(0, dbBytes)
  const h = block.subarray(dbBytes, -1)
  mask(hash, h, db)
  block[0]! &= 0x7f
  const isPadded = db.subarray(0, saltAt - 1).every((byte) => byte === 0) && db[saltAt - 1] === 1
  const expected = hashOf(hash, EIGHT_ZEROS, digest, db.subarray(saltAt))
  return constantTimeEqual(expected, h) && isPadded
}

/** MGF1 of `seed`, added to `target`. */
function mask(hash: string, seed: Uint8Array, target: Uint8Array): void {
  const counter = Buffer.alloc(4)
  for (let at = 0, count = 0; at < target.length; count++) {
    counter.writeUInt32BE(count)
    const bytes = hashOf(hash, seed, counter)
    for (let i = 0; i < bytes.length && at < target.length; i++) target[at++]! ^= bytes[i]!
  }
}

function hashOf(name: string, ...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash(name)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
