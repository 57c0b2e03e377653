/**
 * Lines of proofs and checkpoints: read exactly, or refused.
 *
 * @module
 */
import { HASH_BYTES } from '../bytes/merkle.js'
import { SealtrailError } from '../errors.js'

/** A record has some hundreds of kilobytes at most. */
const TEXT_LENGTH_MAX = 4 * 1024 * 1024
const DECIMAL = /^(0|[1-9]\d{0,14})$/

/** @throws SealtrailError `InputInvalid` for what is no text, `ProofInvalid` for one that is too long */
export function givenProof(given: unknown, what: string): string {
  if (typeof given !== 'string') {
    throw new SealtrailError('InputInvalid', `${what} must be a text, not a ${typeof given}`)
  }
  if (given.length > TEXT_LENGTH_MAX) throw proofInvalid('it is too long')
  return given
}

/** Undefined for what a writer would have written otherwise. */
export function exactBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** @throws SealtrailError `ProofInvalid` */
export function readHash(line: string): Buffer {
  const bytes = exactBase64(line)
  if (bytes?.length !== HASH_BYTES) throw proofInvalid('a line is no hash in base64')
  return bytes
}

/** @throws SealtrailError `ProofInvalid` */
export function readNumber(text: string): number {
  if (DECIMAL.test(text)) return Number(text)
  throw proofInvalid('a number is not in decimal, or too large')
}

export function proofInvalid(reason: string): SealtrailError {
  return new SealtrailError('ProofInvalid', `this proves nothing: ${reason}`)
}
