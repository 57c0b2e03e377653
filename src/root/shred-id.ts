/**
 * Names of shred keys: 16 random bytes, written as 32 hex digits.
 *
 * @module
 */
import { randomText } from '../bytes/random.js'

const DIGITS = 32

export function newShredId(): string {
  return randomText('0123456789abcdef', DIGITS)
}

/** 16 bytes. */
export function bytesOfShredId(id: string): Uint8Array {
  return Buffer.from(id, 'hex')
}
