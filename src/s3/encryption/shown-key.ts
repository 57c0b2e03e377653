/**
 * The customer's key that a request shows for an object that is there, or has begun: taken, and held against the object.
 *
 * @module
 */
import type { Sse } from '../objects/version.js'
import {
  type CustomerKeyMembers,
  checkCustomerKey,
  checkPartKey,
  customerKeyOf,
} from './customer-key.js'
import type { SseWanted } from './object-keys.js'

/** Of a read; to be wiped by whoever asked. @throws SealtrailError as checkCustomerKey */
export function readKeyOf(sse: Sse, members: CustomerKeyMembers): Uint8Array | undefined {
  return shown(sse, members, checkCustomerKey)
}

/** Of a part; to be wiped by whoever asked. @throws SealtrailError as checkPartKey */
export function partKeyOf(sse: Sse, members: CustomerKeyMembers): Uint8Array | undefined {
  return shown(sse, members, checkPartKey)
}

/** What a write showed, which is a handle by now. */
export function wipeWanted(wanted: SseWanted): void {
  if (wanted.algorithm === 'customer') wanted.key.fill(0)
}

function shown(
  sse: Sse,
  members: CustomerKeyMembers,
  check: (sse: Sse, key: Uint8Array | undefined) => void,
): Uint8Array | undefined {
  const key = customerKeyOf(members)?.key
  try {
    check(sse, key)
    return key
  } catch (error) {
    key?.fill(0)
    throw error
  }
}
