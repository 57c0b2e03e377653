/**
 * Names and order of versions.
 *
 * An id is random and tells nothing; what is newer is told by the order, which falls with time, and with every version
 * of the key, whatever the clock does.
 *
 * @module
 */
import { randomText } from '../../bytes/random.js'

/** What is put while a bucket has no versions; there is one of it for a key. */
export const NULL_VERSION = 'null'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._'
const ID_CHARACTERS = 32
const ORDERS_PER_MS = 1000

export function newVersionId(): string {
  return randomText(ALPHABET, ID_CHARACTERS)
}

/** @param latest of the key, as it is now. */
export function nextOrder(now: number, latest: number | undefined): number {
  const order = -now * ORDERS_PER_MS
  return latest === undefined ? order : Math.min(order, latest - 1)
}
