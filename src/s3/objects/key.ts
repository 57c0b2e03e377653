/**
 * What may be the key of an object: any text of at most 1,024 bytes.
 *
 * Doors check what comes to them; names in documents, and those of programs, come by here. Source: Amazon S3 user guide,
 * "Naming Amazon S3 objects".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invalidArgument } from '../refusals.js'

export const KEY_BYTES_MAX = 1024

/** @throws SealtrailError `KeyTooLongError`, `InvalidArgument` */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes > KEY_BYTES_MAX) {
    const detail = { Size: bytes, MaxSizeAllowed: KEY_BYTES_MAX }
    throw new SealtrailError('KeyTooLongError', 'Your key is too long', detail)
  }
  if (!key.isWellFormed()) throw invalidArgument('The key is not well-formed Unicode.', 'key')
}
