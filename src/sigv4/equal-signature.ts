/**
 * Whether a signature is the one that was worked out.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'

const SIGNATURE_DIGITS = 64
const expectedScratch = Buffer.alloc(SIGNATURE_DIGITS)
const givenScratch = Buffer.alloc(SIGNATURE_DIGITS)

/** In constant time, and in kept memory; `given` may be anything. */
export function equalSignature(expected: string, given: string): boolean {
  if (Buffer.byteLength(given) !== SIGNATURE_DIGITS) return false
  expectedScratch.write(expected)
  givenScratch.write(given)
  return constantTimeEqual(expectedScratch, givenScratch)
}
