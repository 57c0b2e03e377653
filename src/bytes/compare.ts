/**
 * Comparing bytes: in constant time for what is secret, in byte order for what is sorted.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'

/** Equal length and equal bytes. Time depends on the lengths only. */
export function constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
