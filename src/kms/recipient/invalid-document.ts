/**
 * How an attestation document is refused: what is wrong with it is no secret.
 *
 * @module
 */
import { isSealtrailError, type SealtrailError } from '../../errors.js'
import { invalid } from '../refusals.js'

/** `cause`, when it says already what is wrong. AWS answers with the same code; the sentence is ours. */
export function invalidDocument(reason: string, cause?: unknown): SealtrailError {
  if (isSealtrailError(cause)) return cause
  return invalid(`The attestation document is not valid: ${reason}.`)
}
