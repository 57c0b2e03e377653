/**
 * What this process knows of its objects upstream beyond what a listing says.
 *
 *     unsettled     being put, or given out, and no row is known to name it yet; or held for a reader, and none may name it
 *                   any more: it stays, whatever rows say
 *     being read    removed only when its last reader is done
 *     doubtful      something in the pack was removed: perhaps it can go
 *
 * Holds names of what is under way only, however many objects there are.
 *
 * @module
 */
import type { BlobRef } from '../store/blobs/blobs.js'
import { upstreamPlaceOf } from '../store/blobs/upstream-ref.js'

export class Known {
  /** By pack. */
  readonly #records = new Map<string, Set<BlobRef>>()
  /** Ids. */
  readonly #files = new Set<string>()
  readonly #readers = new Map<string, number>()
  readonly #leaving = new Set<string>()
  readonly doubtful = new Set<string>()

  /** Before anything of it is sent. */
  packBegins(pack: string, refs: readonly BlobRef[]): void {
    this.#records.set(pack, new Set(refs))
  }

  fileBegins(id: string): void {
    this.#files.add(id)
  }

  packFailed(pack: string): void {
    this.#records.delete(pack)
  }

  fileFailed(id: string): void {
    this.#files.delete(id)
  }

  isUnsettledPack(pack: string): boolean {
    return this.#records.has(pack)
  }

  isUnsettledFile(id: string): boolean {
    return this.#files.has(id)
  }

  hold(ref: BlobRef): void {
    const place = upstreamPlaceOf(ref)
    if (place.kind === 'file') {
      this.#files.add(place.id)
      return
    }
    const refs = this.#records.get(place.pack) ?? new Set()
    this.#records.set(place.pack, refs.add(ref))
  }

  /** True when a pack may now be able to go. */
  settle(ref: BlobRef): boolean {
    const place = upstreamPlaceOf(ref)
    if (place.kind === 'file') {
      this.#files.delete(place.id)
      return false
    }
    const refs = this.#records.get(place.pack)
    refs?.delete(ref)
    if (refs?.size === 0) this.#records.delete(place.pack)
    return this.doubtful.has(place.pack) && !this.#records.has(place.pack)
  }

  /** Something in the pack was removed. True when the pack may now be able to go. */
  doubt(ref: BlobRef): boolean {
    const place = upstreamPlaceOf(ref)
    if (place.kind === 'pack') this.doubtful.add(place.pack)
    return this.settle(ref)
  }

  beginReading(id: string): void {
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1)
  }

  /** True when it was to be removed, and nobody reads it any more. */
  endReading(id: string): boolean {
    const left = this.#readers.get(id)! - 1
    if (left > 0) {
      this.#readers.set(id, left)
      return false
    }
    this.#readers.delete(id)
    return this.#leaving.delete(id)
  }

  isLeaving(id: string): boolean {
    return this.#leaving.has(id)
  }

  /** True when it can be removed now; otherwise when its last reader is done. */
  leave(id: string): boolean {
    if (!this.#readers.has(id)) return true
    this.#leaving.add(id)
    return false
  }
}
