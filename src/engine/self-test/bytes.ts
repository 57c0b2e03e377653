/**
 * Bytes that a self-test makes, alters and compares; none of them is a secret.
 *
 * @module
 */
export function flipLast(bytes: Uint8Array): Uint8Array {
  return flipped(bytes, bytes.length - 1)
}

export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at]! ^= 1
  return copy
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}

/** `first`, first + 1, … modulo 256. */
export function run(first: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => first + i)
}

export function hex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex')
}
