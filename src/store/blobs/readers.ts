/**
 * Blobs being read.
 *
 * A small one is read whole and checked when it is opened, and is memory from then on. A large one is a file that is held
 * open: its length is checked, its bytes are whoever's who can tell (a sealed message can).
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import { type Disk, type DiskFile, readUpTo } from '../files/disk.js'
import type { BlobReader } from './blobs.js'
import { isMissing, objectDamaged, storeFailed } from './faults.js'
import type { Descriptors } from './packs/descriptors.js'
import { FOOT_BYTES, RECORD_HEAD_BYTES, readRecord } from './packs/layout.js'
import type { Places } from './places.js'
import { type FilePlace, type PackPlace, packRef } from './ref.js'

/** @throws SealtrailError `ObjectDamaged`, `StoreFailed` */
export async function openPacked(
  place: PackPlace,
  descriptors: Descriptors,
  places: Places,
): Promise<BlobReader> {
  const { pack, offset, bytes } = place
  const path = places.pack(pack)
  const record = Buffer.allocUnsafe(RECORD_HEAD_BYTES + bytes + 1)
  const read = await descriptors
    .use(pack, (file) => readUpTo(file, record, offset))
    .catch((cause) => {
      throw unreadable(path, offset, cause)
    })
  const ref = packRef(pack, offset, bytes)
  const blob = read.length < record.length ? undefined : readRecord(record, ref, bytes)
  if (blob === undefined) throw objectDamaged(path, offset, `${ref} is not as it was written`)
  return {
    bytes,
    async read(from, count) {
      checkRange(path, bytes, from, count)
      return blob.subarray(from, from + count)
    },
    close: () => Promise.resolve(),
  }
}

/** @throws SealtrailError `ObjectDamaged`, `StoreFailed` */
export async function openFile(place: FilePlace, disk: Disk, places: Places): Promise<BlobReader> {
  const { id, bytes } = place
  const path = places.file(id)
  const fail = (cause: unknown) => {
    throw unreadable(path, 0, cause)
  }
  const file = await disk.open(path, 'read').catch(fail)
  const there = await file.bytes().catch(async (cause) => {
    await file.close().catch(() => undefined)
    return fail(cause)
  })
  if (there !== bytes + FOOT_BYTES) {
    await file.close().catch(() => undefined)
    throw objectDamaged(path, there, `it has ${there} bytes, and should have ${bytes + FOOT_BYTES}`)
  }
  return new FileReader(path, bytes, file)
}

class FileReader implements BlobReader {
  readonly bytes: number
  readonly #path: string
  readonly #file: DiskFile
  #closing: Promise<void> | undefined

  constructor(path: string, bytes: number, file: DiskFile) {
    this.#path = path
    this.bytes = bytes
    this.#file = file
  }

  async read(offset: number, bytes: number): Promise<Uint8Array> {
    checkRange(this.#path, this.bytes, offset, bytes)
    const target = Buffer.allocUnsafe(bytes)
    const read = await readUpTo(this.#file, target, offset).catch((cause) => {
      throw unreadable(this.#path, offset, cause)
    })
    if (read.length === bytes) return read
    throw objectDamaged(this.#path, offset + read.length, 'the file ends here')
  }

  close(): Promise<void> {
    // Nothing was written: that it cannot be closed well is nobody's loss.
    this.#closing ??= this.#file.close().catch(() => undefined)
    return this.#closing
  }
}

/** @throws SealtrailError `ObjectDamaged` */
export function checkRange(path: string, all: number, offset: number, bytes: number): void {
  invariant(offset >= 0 && bytes >= 0, 'a range is not negative')
  if (offset + bytes <= all) return
  throw objectDamaged(path, offset, `${bytes} bytes are wanted, and the blob ends at ${all}`)
}

function unreadable(path: string, offset: number, cause: unknown): unknown {
  return isMissing(cause)
    ? objectDamaged(path, offset, 'the file is missing', cause)
    : storeFailed('read', path, cause)
}
