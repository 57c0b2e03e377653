/**
 * What several operations refuse in the same words: AWS's, where public projects have recorded them.
 *
 * @module
 */
import { type FaultCode, SealtrailError } from '../errors.js'

export function unknownTrail(arn: string, account: string): SealtrailError {
  return refused('TrailNotFoundException', `Unknown trail: ${arn} for the user: ${account}`)
}

export function refused(code: FaultCode, says: string): SealtrailError {
  return new SealtrailError(code, says)
}
