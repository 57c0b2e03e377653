/**
 * Proofs and checkpoints as files that somebody kept.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { readPublicFile } from '../../store/files/public-file.js'

/** No proof is longer. */
const PROOF_BYTES_MAX = 4 * 1024 * 1024

/** @throws SealtrailError `InputInvalid` when it is not there, or cannot be read */
export async function readProof(path: string): Promise<string> {
  const unusable = (reason: string) => new SealtrailError('InputInvalid', `${path} ${reason}`)
  const bytes = await readPublicFile({ path, bytesMax: PROOF_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  return bytes.toString('utf8')
}
