/**
 * What can be wrong with a blob, or with the disk under it.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../../errors.js'

/** For good: stored bytes are not what was put. */
export function objectDamaged(
  file: string,
  offset: number,
  reason: string,
  cause?: unknown,
): SealtrailError {
  return new SealtrailError(
    'ObjectDamaged',
    `${file} at byte ${offset}: ${reason}`,
    { file, offset },
    { cause },
  )
}

export function noSuchBlob(ref: string): SealtrailError {
  return new SealtrailError('ObjectDamaged', 'a blob of this name is not there', { ref })
}

/** What the system said of `file`, in our words; our own errors as they are. */
export function storeFailed(what: string, file: string, cause: unknown): SealtrailError {
  if (isSealtrailError(cause)) return cause
  return new SealtrailError(
    'StoreFailed',
    `${file} cannot be ${what}: ${(cause as Error).message}`,
    { file },
    { cause },
  )
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
