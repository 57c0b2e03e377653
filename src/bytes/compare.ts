/**
 * Comparing bytes that must not tell by how long it takes. Byte order is Buffer.compare's.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'

/** Equal length and equal bytes. Time depends on the lengths only. */
export function constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
