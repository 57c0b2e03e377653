/**
 * A caller who calls more often than a quota lets him.
 *
 * AWS tells him by the name by which a house tells that is too busy, and as his own mistake: the one is a 400, the other
 * a 503 (http/protocols/aws-json.ts). Which quota it was is told here, and is what tells the two apart.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../errors.js'

export function overQuota(message: string, quota: string): SealtrailError {
  return new SealtrailError('ThrottlingException', message, { quota })
}

export function isOverQuota(error: unknown): boolean {
  return isSealtrailError(error, 'ThrottlingException') && error.detail.quota !== undefined
}
