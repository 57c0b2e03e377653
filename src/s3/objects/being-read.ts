/**
 * Objects in parts that are being read, by their uploads: their bytes stay until the last reader is done, though the
 * version goes meanwhile.
 *
 *     begin → part after part → end              a reader
 *     leave → commit → gone, or else stays       the version: what it was made of is told to its readers, as rows say it no more
 *
 * A reader has one blob open at a time, and who has a blob open keeps it (store/blobs); this is for those that he has not
 * come to. In memory only, and no more than there are readers: after a crash there are none.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import type { Stretch } from './version.js'

export interface Reading {
  /** All of the object, once its version goes. */
  readonly left: readonly Stretch[] | undefined
  /** Twice is fine. */
  end(): void
}

export interface Leave {
  /** It does not go after all. */
  stays(): void
  /** It has gone: `remove` is called as soon as nobody reads it any more. */
  gone(remove: () => void): void
}

interface Held {
  readers: number
  left: readonly Stretch[] | undefined
  remove: (() => void) | undefined
}

export class BeingRead {
  readonly #uploads = new Map<string, Held>()

  begin(uploadId: string): Reading {
    const held = this.#held(uploadId)
    held.readers++
    let hasEnded = false
    return {
      get left() {
        return held.left
      },
      end: () => {
        if (hasEnded) return
        hasEnded = true
        held.readers--
        this.#forget(uploadId, held)
      },
    }
  }

  /** Before the commit with which its version goes. */
  leave(uploadId: string, stretches: readonly Stretch[]): Leave {
    const held = this.#held(uploadId)
    invariant(held.left === undefined, 'a version goes once')
    held.left = stretches
    return {
      stays: () => {
        held.left = undefined
        this.#forget(uploadId, held)
      },
      gone: (remove) => {
        held.remove = remove
        this.#forget(uploadId, held)
      },
    }
  }

  #held(uploadId: string): Held {
    const known = this.#uploads.get(uploadId)
    if (known !== undefined) return known
    const held: Held = { readers: 0, left: undefined, remove: undefined }
    this.#uploads.set(uploadId, held)
    return held
  }

  /** Unless somebody reads it, or it is on its way out. */
  #forget(uploadId: string, { readers, left, remove }: Held): void {
    if (readers > 0 || (left !== undefined && remove === undefined)) return
    this.#uploads.delete(uploadId)
    remove?.()
  }
}
