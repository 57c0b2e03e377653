/**
 * Names and order of versions.
 *
 *     32 characters:  9 digits of the order | 23 random ones
 *
 * What is newer is told by the order, which falls with time, and with every version of the key, whatever the clock does.
 * The id says it as well, so that a list goes on behind a version that was deleted meanwhile.
 *
 * @module
 */
import { randomText } from '../../bytes/random.js'

/** What is put while a bucket has no versions; there is one of it for a key. */
export const NULL_VERSION = 'null'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._'
/** Of 6 bits each: what is an exact number fits in. */
const ORDER_DIGITS = 9
const ID_CHARACTERS = 32
const ID = /^[A-Za-z0-9._]{32}$/
const ORDERS_PER_MS = 1000

/** @param order of the version. */
export function newVersionId(order: number): string {
  let digits = ''
  for (let rest = -order; digits.length < ORDER_DIGITS; rest = Math.floor(rest / 64)) {
    digits = ALPHABET[rest % 64] + digits
  }
  return digits + randomText(ALPHABET, ID_CHARACTERS - ORDER_DIGITS)
}

/** Whether there may be a version with this id. */
export function isVersionId(id: string): boolean {
  return id === NULL_VERSION || ID.test(id)
}

/** The order of the version with this id; undefined for what is no id, and for the null version. */
export function orderOf(id: string): number | undefined {
  if (!ID.test(id)) return undefined
  let order = 0
  for (const digit of id.slice(0, ORDER_DIGITS)) order = order * 64 + ALPHABET.indexOf(digit)
  return -order
}

/** @param latest of the key, as it is now. */
export function nextOrder(now: number, latest: number | undefined): number {
  const order = -now * ORDERS_PER_MS
  return latest === undefined ? order : Math.min(order, latest - 1)
}
