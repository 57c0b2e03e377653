/**
 * What this process knows of packs and files beyond what is on the disk.
 *
 *     unsettled    given out, and no row is known to name it yet, or held for a reader, and none may name it any more: it
 *                  stays, whatever rows say
 *     live         bytes of a pack that rows name: counted from rows once, then kept up; a hint where room may come back
 *
 * Whether a pack may go is never decided here, but by asking the rows (compact.ts).
 *
 * @module
 */
import type { BlobRef } from '../blobs.js'
import { placeOf } from '../ref.js'
import { recordBytes } from './layout.js'

export interface PackState {
  readonly name: string
  /** Being appended to. */
  isOpen: boolean
  /** Of the file, without zeros ahead. Undefined, as is `live`, until it was counted. */
  bytes: number | undefined
  live: number | undefined
  readonly unsettled: Set<BlobRef>
  /** Something in it cannot be moved. */
  isStuck: boolean
}

/** An open pack is worth closing for its room from so many bytes on. */
const OPEN_BYTES_MIN = 16 * 1024 * 1024

export class Ledger {
  readonly #packs = new Map<string, PackState>()
  /** Ids. */
  readonly #files = new Set<string>()
  /** Ids of what is being written. */
  readonly uploads = new Set<string>()

  /** At a start, before anything is put. */
  found(name: string): void {
    this.#packs.set(name, {
      ...{ name, isOpen: false, bytes: undefined, live: undefined },
      ...{ unsettled: new Set(), isStuck: false },
    })
  }

  /** One that was found is resumed: what is in it stays uncounted. */
  began(name: string, bytes: number): void {
    const state = this.#packs.get(name)
    if (state === undefined) {
      this.#packs.set(name, {
        ...{ name, isOpen: true, bytes, live: 0 },
        ...{ unsettled: new Set(), isStuck: false },
      })
    } else {
      state.isOpen = true
      state.bytes = bytes
    }
  }

  /** It is to be appended to. */
  reserve(name: string): void {
    const state = this.#packs.get(name)
    if (state !== undefined) state.isOpen = true
  }

  ended(name: string): void {
    const state = this.#packs.get(name)
    if (state !== undefined) state.isOpen = false
  }

  removed(name: string): void {
    this.#packs.delete(name)
  }

  get packs(): readonly PackState[] {
    return [...this.#packs.values()]
  }

  packed(ref: BlobRef, name: string, blobBytes: number): void {
    const state = this.#packs.get(name)
    if (state === undefined) return
    state.unsettled.add(ref)
    if (state.bytes !== undefined) state.bytes += recordBytes(blobBytes)
    if (state.live !== undefined) state.live += recordBytes(blobBytes)
  }

  /** Before the file has its name. */
  filed(id: string): void {
    this.#files.add(id)
  }

  isUnsettledFile(id: string): boolean {
    return this.#files.has(id)
  }

  hold(ref: BlobRef): void {
    const place = placeOf(ref)
    if (place.kind === 'file') this.#files.add(place.id)
    else this.#packs.get(place.pack)?.unsettled.add(ref)
  }

  /** True when there may be room to give back now. */
  settle(ref: BlobRef): boolean {
    const place = placeOf(ref)
    if (place.kind === 'file') {
      this.#files.delete(place.id)
      return false
    }
    const state = this.#packs.get(place.pack)
    return state?.unsettled.delete(ref) === true && isWorthWhile(state)
  }

  /** A record is named no more. True when there may be room to give back now. */
  drop(ref: BlobRef): boolean {
    const place = placeOf(ref)
    if (place.kind === 'file') {
      this.#files.delete(place.id)
      return false
    }
    const state = this.#packs.get(place.pack)
    if (state === undefined) return false
    state.unsettled.delete(ref)
    if (state.live !== undefined) state.live -= recordBytes(place.bytes)
    return isWorthWhile(state)
  }
}

/** Less than half of it is named, and nothing stands in the way. */
export function isWorthWhile(state: PackState): boolean {
  const { isOpen, bytes, live, unsettled, isStuck } = state
  if (bytes === undefined || live === undefined || isStuck || unsettled.size > 0) return false
  if (isOpen && bytes < OPEN_BYTES_MIN) return false
  return live * 2 < bytes
}
