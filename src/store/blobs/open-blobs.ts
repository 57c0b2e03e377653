/**
 * Blobs of a data directory, its parts put together: packs/packer.ts, upload.ts, readers.ts, tending/background.ts behind blobs.ts.
 *
 * The directory is the caller's alone: whoever opens blobs has the store of the same directory open.
 *
 * @module
 */
import { resolve } from 'node:path'
import { invariant } from '../../invariant.js'
import { type Disk, disk as realDisk } from '../files/disk.js'
import type { BlobReader, BlobRef, BlobRows, Blobs } from './blobs.js'
import { storeFailed } from './faults.js'
import { compact } from './packs/compact.js'
import { Descriptors } from './packs/descriptors.js'
import { Ledger } from './packs/ledger.js'
import { Packer } from './packs/packer.js'
import { digitsOf, makePlaces, Places, packOfFile } from './places.js'
import { type Large, putBytes, putPieces, type Ways } from './put-pieces.js'
import { openFile, openPacked } from './readers.js'
import { packNumber, placeOf } from './ref.js'
import { Background } from './tending/background.js'
import { sweep } from './tending/sweep.js'
import { UnderWay } from './under-way.js'
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
  readonly #underWay = new UnderWay()
  readonly #ways: Ways = {
    small: (bytes) => this.#packer.put(bytes),
    large: () => this.#beginLarge(),
  }
  #background: Background | undefined
  #closing: Promise<void> | undefined

  constructor(disk: Disk, places: Places, packs: readonly string[]) {
    this.#disk = disk
    this.#places = places
    for (const name of packs) this.#ledger.found(name)
    this.#packer = new Packer(disk, places, this.#ledger, packs)
    this.#descriptors = new Descriptors(disk, places)
  }

  put(bytes: Uint8Array): Promise<BlobRef> {
    return this.#underWay.run(() => putBytes(bytes, this.#ways))
  }

  async putStream(pieces: AsyncIterable<Uint8Array>) {
    return await this.#underWay.run(() => putPieces(pieces, this.#ways))
  }

  settle(refs: readonly BlobRef[]): void {
    for (const ref of refs) if (this.#ledger.settle(ref)) this.#background?.wake()
  }

  hold(refs: readonly BlobRef[]): void {
    for (const ref of refs) this.#ledger.hold(ref)
  }

  async open(ref: BlobRef): Promise<BlobReader> {
    this.#underWay.check()
    const place = placeOf(ref)
    return place.kind === 'file'
      ? await openFile(place, this.#disk, this.#places)
      : await openPacked(place, this.#descriptors, this.#places)
  }

  async remove(refs: readonly BlobRef[]): Promise<void> {
    for (const ref of refs) {
      if (this.#ledger.drop(ref)) this.#background?.wake()
      const place = placeOf(ref)
      if (place.kind === 'pack') continue
      // One that is left is swept after the next start.
      await this.#disk.unlink(this.#places.file(place.id)).catch(() => undefined)
    }
  }

  tend(rows: BlobRows): void {
    invariant(this.#background === undefined, 'blobs are tended once')
    const isStopped = () => this.#underWay.isClosed
    const parts = {
      ...{ disk: this.#disk, places: this.#places, ledger: this.#ledger },
      ...{ packer: this.#packer, descriptors: this.#descriptors, isStopped },
    }
    this.#background = new Background({
      sweep: () => sweep(parts, rows),
      giveBack: () => compact(parts, rows),
      isStopped,
    })
    this.#background.wake()
  }

  async tended(): Promise<void> {
    await this.#background?.idle()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#underWay.close()
    await this.#underWay.settled()
    await this.#background?.idle()
    await this.#packer.close()
    this.#descriptors.close()
  }

  async #beginLarge(): Promise<Large> {
    const begun = Upload.begin({
      disk: this.#disk,
      places: this.#places,
      ledger: this.#ledger,
      makeRoom: (id) => this.#makeRoom(digitsOf(id)),
    })
    const upload = await this.#writing(begun)
    return {
      write: (piece) => this.#writing(upload.write(piece)),
      finish: () => this.#writing(upload.finish()),
      abort: () => upload.abort(),
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
}
