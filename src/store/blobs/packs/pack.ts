/**
 * The pack that records are appended to.
 *
 * Blobs that are given together are one write and one sync. Zeros are written ahead of small ones, so that a sync has no
 * new length to keep. What failed is told to nobody, so its place is taken by what comes next; only after a failed sync
 * is nothing more written here, because nobody knows what the system still holds to be clean. Source: docs/FORMAT.md §10.
 *
 * @module
 */
import { invariant } from '../../../invariant.js'
import { type Disk, type DiskFile, readUpTo, writeAll } from '../../files/disk.js'
import type { BlobRef } from '../blobs.js'
import type { Places } from '../places.js'
import { newPackName, packRef } from '../ref.js'
import {
  aligned,
  PACK_BYTES_MAX,
  PACK_HEAD_BYTES,
  packHead,
  recordBytes,
  writeRecord,
} from './layout.js'

/** Zeros written ahead, when there are none left for a batch that is much smaller. */
const AHEAD_BYTES = 1024 * 1024
const AHEAD_FOR_MAX = AHEAD_BYTES / 4
const SEEK_BYTES = 64 * 1024

export class Pack {
  readonly name: string
  readonly path: string
  readonly #file: DiskFile
  /** Behind the last record. */
  #end: number
  /** Behind the zeros. */
  #ahead: number
  #isBroken = false

  private constructor(name: string, path: string, file: DiskFile, end: number, ahead: number) {
    this.name = name
    this.path = path
    this.#file = file
    this.#end = end
    this.#ahead = ahead
  }

  /** A new one, there after a power cut. Node's errors; then nothing is left of it. */
  static async begin(disk: Disk, places: Places, number: number): Promise<Pack> {
    const name = newPackName(number)
    const path = places.pack(name)
    const file = await disk.open(path, 'make')
    try {
      await writeAll(file, packHead(name), 0)
      await file.sync()
      await disk.syncDirectory(places.packs)
      return new Pack(name, path, file, PACK_HEAD_BYTES, PACK_HEAD_BYTES)
    } catch (error) {
      await file.close().catch(() => undefined)
      await disk.unlink(path).catch(() => undefined)
      throw error
    }
  }

  /** Goes on behind all that was ever written; undefined when the file does not begin as a pack of this name does. */
  static async resume(disk: Disk, places: Places, name: string): Promise<Pack | undefined> {
    const path = places.pack(name)
    const file = await disk.open(path, 'write')
    try {
      const head = await readUpTo(file, Buffer.alloc(PACK_HEAD_BYTES), 0)
      if (packHead(name).equals(head)) {
        const bytes = await file.bytes()
        return new Pack(name, path, file, await writtenEnd(file, bytes), bytes)
      }
    } catch (error) {
      await file.close().catch(() => undefined)
      throw error
    }
    await file.close()
    return undefined
  }

  get bytes(): number {
    return this.#end
  }

  get isEmpty(): boolean {
    return this.#end === PACK_HEAD_BYTES
  }

  /** After a failed sync. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  hasRoomFor(bytes: number): boolean {
    return !this.#isBroken && this.#end + bytes <= PACK_BYTES_MAX
  }

  /** Durable when it resolves. Node's errors; then none of them is there. */
  async append(blobs: readonly Uint8Array[]): Promise<BlobRef[]> {
    invariant(!this.#isBroken, 'nothing is appended to a broken pack')
    const bytes = blobs.reduce((sum, blob) => sum + recordBytes(blob.length), 0)
    const written = Buffer.alloc(bytes + this.#zerosAhead(bytes))
    const refs: BlobRef[] = []
    let at = 0
    for (const blob of blobs) {
      const ref = packRef(this.name, this.#end + at, blob.length)
      writeRecord(written, at, ref, blob)
      refs.push(ref)
      at += recordBytes(blob.length)
    }
    const taken = await writeAll(this.#file, written, this.#end, bytes)
    await this.#sync()
    this.#ahead = Math.max(this.#ahead, this.#end + taken)
    this.#end += bytes
    return refs
  }

  /** Cuts the zeros, where that can be done. */
  async close(): Promise<void> {
    if (!this.#isBroken) await this.#file.cut(this.#end).catch(() => undefined)
    await this.#file.close().catch(() => undefined)
  }

  #zerosAhead(bytes: number): number {
    const end = this.#end + bytes
    if (end <= this.#ahead || bytes > AHEAD_FOR_MAX) return 0
    return Math.max(0, Math.min(AHEAD_BYTES, PACK_BYTES_MAX - end))
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.sync()
    } catch (error) {
      this.#isBroken = true
      throw error
    }
  }
}

/** Where the first record may begin behind the last byte that is not zero. */
async function writtenEnd(file: DiskFile, bytes: number): Promise<number> {
  const buffer = Buffer.alloc(SEEK_BYTES)
  for (let before = bytes; before > PACK_HEAD_BYTES; ) {
    const from = Math.max(PACK_HEAD_BYTES, before - SEEK_BYTES)
    const read = await readUpTo(file, buffer.subarray(0, before - from), from)
    const last = read.findLastIndex((byte) => byte !== 0)
    if (last !== -1) return aligned(from + last + 1)
    before = from
  }
  return PACK_HEAD_BYTES
}
