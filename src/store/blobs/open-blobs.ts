/**
 * Blobs of a data directory, its parts put together: packs/packer.ts, upload.ts, readers.ts, tending.ts behind blobs.ts.
 *
 * The directory is the caller's alone: whoever opens blobs has the store of the same directory open.
 *
 * @module
 */
import { resolve } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { type Disk, disk as realDisk } from '../files/disk.js'
import type { BlobReader, BlobRef, BlobRows, Blobs } from './blobs.js'
import { storeFailed } from './faults.js'
import { Gathered } from './gathered.js'
import { Descriptors } from './packs/descriptors.js'
import { SMALL_BYTES_MAX } from './packs/layout.js'
import { Ledger } from './packs/ledger.js'
import { Packer } from './packs/packer.js'
import { digitsOf, makePlaces, Places, packOfFile } from './places.js'
import { openFile, openPacked } from './readers.js'
import { packNumber, placeOf } from './ref.js'
import { Tending } from './tending.js'
import { Upload } from './upload.js'

/**
 * Makes the directories that are not there.
 * @throws SealtrailError `StoreFailed`
 */
export async function openBlobs(dataDir: string, disk: Disk = realDisk): Promise<Blobs> {
  const path = resolve(dataDir)
  const places = new Places(path)
  try {
    await makePlaces(disk, path, places)
    const names = (await disk.names(places.packs)).flatMap((file) => packOfFile(file) ?? [])
    return new DiskBlobs(
      disk,
      places,
      names.filter((name) => packNumber(name) !== undefined),
    )
  } catch (cause) {
    throw storeFailed('used', places.objects, cause)
  }
}

class DiskBlobs implements Blobs {
  readonly #disk: Disk
  readonly #places: Places
  readonly #ledger = new Ledger()
  readonly #packer: Packer
  readonly #descriptors: Descriptors
  /** Directories of files that are there after a power cut, by their digits. */
  readonly #rooms = new Map<string, Promise<void>>()
  readonly #underWay = new Set<Promise<unknown>>()
  #tending: Tending | undefined
  #closing: Promise<void> | undefined

  constructor(disk: Disk, places: Places, packs: readonly string[]) {
    this.#disk = disk
    this.#places = places
    for (const name of packs) this.#ledger.found(name)
    this.#packer = new Packer(disk, places, this.#ledger, packs)
    this.#descriptors = new Descriptors(disk, places)
  }

  async put(bytes: Uint8Array): Promise<BlobRef> {
    this.#checkOpen()
    return await this.#counted(
      bytes.length <= SMALL_BYTES_MAX ? this.#packer.put(bytes) : this.#putLarge(bytes),
    )
  }

  async putStream(pieces: AsyncIterable<Uint8Array>): Promise<{ ref: BlobRef; bytes: number }> {
    this.#checkOpen()
    return await this.#counted(this.#putPieces(pieces))
  }

  settle(refs: readonly BlobRef[]): void {
    for (const ref of refs) if (this.#ledger.settle(ref)) this.#tending?.wake()
  }

  async open(ref: BlobRef): Promise<BlobReader> {
    this.#checkOpen()
    const place = placeOf(ref)
    return place.kind === 'file'
      ? await openFile(place, this.#disk, this.#places)
      : await openPacked(place, this.#descriptors, this.#places)
  }

  async remove(refs: readonly BlobRef[]): Promise<void> {
    for (const ref of refs) {
      if (this.#ledger.drop(ref)) this.#tending?.wake()
      const place = placeOf(ref)
      if (place.kind === 'pack') continue
      // One that is left is swept after the next start.
      await this.#disk.unlink(this.#places.file(place.id)).catch(() => undefined)
    }
  }

  tend(rows: BlobRows): void {
    invariant(this.#tending === undefined, 'blobs are tended once')
    this.#tending = new Tending(
      {
        ...{ disk: this.#disk, places: this.#places, ledger: this.#ledger },
        ...{ packer: this.#packer, descriptors: this.#descriptors },
        isStopped: () => this.#closing !== undefined,
      },
      rows,
    )
    this.#tending.wake()
  }

  async tended(): Promise<void> {
    await this.#tending?.idle()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#tending?.idle()
    await this.#packer.close()
    this.#descriptors.close()
  }

  async #putLarge(bytes: Uint8Array): Promise<BlobRef> {
    const upload = await this.#beginUpload()
    return await this.#finished(upload, () => this.#writing(upload.write(bytes)))
  }

  async #putPieces(pieces: AsyncIterable<Uint8Array>): Promise<{ ref: BlobRef; bytes: number }> {
    const gathered = new Gathered()
    let bytes = 0
    let upload: Upload | undefined
    try {
      for await (const piece of pieces) {
        bytes += piece.length
        if (bytes <= SMALL_BYTES_MAX) {
          gathered.add(piece)
          continue
        }
        if (upload === undefined) {
          upload = await this.#beginUpload()
          await this.#writing(upload.write(gathered.bytes))
        }
        await this.#writing(upload.write(piece))
      }
    } catch (error) {
      await upload?.abort()
      throw error
    }
    const ref =
      upload === undefined
        ? await this.#packer.put(gathered.bytes)
        : await this.#finished(upload, () => Promise.resolve())
    return { ref, bytes }
  }

  async #beginUpload(): Promise<Upload> {
    const begun = Upload.begin({
      disk: this.#disk,
      places: this.#places,
      ledger: this.#ledger,
      makeRoom: (id) => this.#makeRoom(digitsOf(id)),
    })
    return await this.#writing(begun)
  }

  async #finished(upload: Upload, last: () => Promise<void>): Promise<BlobRef> {
    try {
      await last()
      return await this.#writing(upload.finish())
    } catch (error) {
      await upload.abort()
      throw error
    }
  }

  async #writing<Answer>(work: Promise<Answer>): Promise<Answer> {
    try {
      return await work
    } catch (cause) {
      throw storeFailed('written', this.#places.files, cause)
    }
  }

  /** Synced by every process once: whoever made it may have died before it was. */
  #makeRoom(digits: string): Promise<void> {
    const known = this.#rooms.get(digits)
    if (known !== undefined) return known
    const made = this.#disk
      .makeDirectory(this.#places.filesOf(digits))
      .then(() => this.#disk.syncDirectory(this.#places.files))
    this.#rooms.set(digits, made)
    made.catch(() => this.#rooms.delete(digits))
    return made
  }

  async #counted<Answer>(work: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the blobs are closed')
  }
}
