/**
 * A large blob that is being written: into a file of its own, under its name only when it is whole and synced.
 *
 *     uploads/<id> → all bytes, foot → synced → files/<xx>/<id> → the directory synced
 *
 * Small pieces are gathered; while one buffer is written the other is filled, and whoever gives more waits. Source:
 * docs/FORMAT.md §10.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { type Disk, type DiskFile, writeAll } from '../files/disk.js'
import type { BlobRef } from './blobs.js'
import { checksumWith, fileFoot } from './packs/layout.js'
import type { Ledger } from './packs/ledger.js'
import type { Places } from './places.js'
import { fileRef, newFileId } from './ref.js'

const WRITE_BYTES = 256 * 1024

export interface UploadParts {
  readonly disk: Disk
  readonly places: Places
  readonly ledger: Ledger
  /** Makes the directory of a file, there after a power cut. */
  readonly makeRoom: (id: string) => Promise<void>
}

export class Upload {
  readonly #parts: UploadParts
  readonly #id: string
  readonly #file: DiskFile
  #filling = Buffer.allocUnsafe(WRITE_BYTES)
  #spare = Buffer.allocUnsafe(WRITE_BYTES)
  #filled = 0
  /** Given to the file. */
  #bytes = 0
  #checksum = 0
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(parts: UploadParts, id: string, file: DiskFile) {
    this.#parts = parts
    this.#id = id
    this.#file = file
  }

  /** Node's errors, here and below. After one, `abort`. */
  static async begin(parts: UploadParts): Promise<Upload> {
    const { disk, places, ledger } = parts
    const id = newFileId()
    ledger.uploads.add(id)
    try {
      return new Upload(parts, id, await disk.open(places.upload(id), 'make'))
    } catch (error) {
      ledger.uploads.delete(id)
      throw error
    }
  }

  /** The piece is the caller's again when it resolves. */
  async write(piece: Uint8Array): Promise<void> {
    let at = 0
    while (at < piece.length) {
      if (this.#filled === 0 && piece.length - at >= WRITE_BYTES) {
        await this.#give(piece.subarray(at))
        await this.#writing
        return
      }
      const bytes = Math.min(piece.length - at, WRITE_BYTES - this.#filled)
      this.#filling.set(piece.subarray(at, at + bytes), this.#filled)
      this.#filled += bytes
      at += bytes
      if (this.#filled === WRITE_BYTES) await this.#giveFilled()
    }
  }

  /** Durable when it resolves. */
  async finish(): Promise<BlobRef> {
    const { disk, places, ledger, makeRoom } = this.#parts
    await this.#giveFilled()
    await this.#writing
    const ref = fileRef(this.#id, this.#bytes)
    await writeAll(this.#file, fileFoot(checksumWith(this.#checksum, ref)), this.#bytes)
    await this.#file.sync()
    await this.#file.close()
    await makeRoom(this.#id)
    ledger.filed(this.#id)
    const path = places.file(this.#id)
    try {
      await disk.rename(places.upload(this.#id), path)
      await disk.syncDirectory(places.filesOf(this.#id.slice(0, 2)))
    } catch (error) {
      await disk.unlink(path).catch(() => undefined)
      ledger.settle(ref)
      throw error
    }
    ledger.uploads.delete(this.#id)
    return ref
  }

  /** Leaves nothing, where that can be done. */
  async abort(): Promise<void> {
    const { disk, places, ledger } = this.#parts
    await this.#writing.catch(() => undefined)
    await this.#file.close().catch(() => undefined)
    await disk.unlink(places.upload(this.#id)).catch(() => undefined)
    ledger.uploads.delete(this.#id)
  }

  async #giveFilled(): Promise<void> {
    const full = this.#filling
    await this.#give(full.subarray(0, this.#filled))
    this.#filling = this.#spare
    this.#spare = full
    this.#filled = 0
  }

  /** Waits for what was given before. */
  async #give(bytes: Uint8Array): Promise<void> {
    await this.#writing
    this.#checksum = crc32(bytes, this.#checksum)
    this.#writing = writeAll(this.#file, bytes, this.#bytes)
    // Whoever waits for it next is told.
    this.#writing.catch(() => undefined)
    this.#bytes += bytes.length
  }
}
