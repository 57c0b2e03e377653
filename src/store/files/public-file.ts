/**
 * A file that anybody may read, such as a certificate: whole, bounded, and wherever a link leads.
 *
 * @module
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isSealtrailError, type SealtrailError } from '../../errors.js'

// Windows has no such flag, nor pipes in our way.
const NO_WAIT = constants.O_NONBLOCK ?? 0

export interface PublicFile {
  readonly path: string
  readonly bytesMax: number
  /** The owner's error, around a reason such as `is not a file`. */
  readonly unusable: (reason: string, cause?: unknown) => SealtrailError
}

/** The bytes of the file, or undefined when there is none. */
export async function readPublicFile(file: PublicFile): Promise<Buffer | undefined> {
  const { path, bytesMax, unusable } = file
  try {
    const handle = await open(path, constants.O_RDONLY | NO_WAIT)
    try {
      const stats = await handle.stat()
      if (!stats.isFile()) throw unusable('is not a file')
      if (stats.size > bytesMax) throw unusable(`has more than ${bytesMax} bytes`)
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (isSealtrailError(cause)) throw cause
    throw unusable(`cannot be read: ${message}`, cause)
  }
}
