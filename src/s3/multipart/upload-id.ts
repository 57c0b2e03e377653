/**
 * Names of uploads: 64 characters, which sort by the time when the upload began, as lists of uploads of a key do.
 *
 * Random behind that, and never used again. Source: Amazon S3 API reference, ListMultipartUploads.
 *
 * @module
 */
import { randomText } from '../../bytes/random.js'

/** In the order of ASCII. */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
/** Of 6 bits each. */
const TIME_DIGITS = 8
const CHARACTERS = 64
const DIGITS = 64

export function newUploadId(now: number): string {
  let digits = ''
  for (let rest = now; digits.length < TIME_DIGITS; rest = Math.floor(rest / DIGITS)) {
    digits = ALPHABET[rest % DIGITS] + digits
  }
  return digits + randomText(ALPHABET, CHARACTERS - TIME_DIGITS)
}
