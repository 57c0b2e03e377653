/**
 * Whether anything can be promised any more: what has broken stays so until the store is opened again.
 *
 * What fails for want of room has changed nothing that counts, and may be tried again. After any other failure, a failed
 * sync above all, nobody knows what the disk holds.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

/** Of space, descriptors or memory: it may come back. */
const NO_ROOM: ReadonlySet<unknown> = new Set(
  'ENOSPC EDQUOT EMFILE ENFILE ENOMEM EAGAIN'.split(' '),
)

export function isNoRoom(code: unknown): boolean {
  return NO_ROOM.has(code)
}

export class Soundness {
  #broken: SealtrailError | undefined

  /** Why nothing is written any more. */
  get broken(): SealtrailError | undefined {
    return this.#broken
  }

  /** The first reason stays. */
  breakWith(reason: string, cause?: unknown): SealtrailError {
    const message = `${reason}; nothing more is written until the store is opened again`
    this.#broken ??= new SealtrailError('StoreFailed', message, {}, { cause })
    return this.#broken
  }

  /** What is served is not what was written. */
  breakDamaged(error: SealtrailError): void {
    this.#broken ??= error
  }

  /** @throws SealtrailError `StoreFailed` when there is no room for `what`, and when it has broken. */
  whileRoom(what: string, work: () => void): void {
    try {
      work()
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (!isNoRoom(code)) throw this.breakWith(`${what} cannot be written: ${message}`, cause)
      const said = `there is no room for ${what}: ${message}`
      throw new SealtrailError('StoreFailed', said, { code: String(code) }, { cause })
    }
  }

  /** @throws SealtrailError `StoreFailed` when it has broken. */
  orBroken(reason: string, work: () => void): void {
    try {
      work()
    } catch (cause) {
      throw this.#broken ?? this.breakWith(`${reason}: ${(cause as Error).message}`, cause)
    }
  }
}
