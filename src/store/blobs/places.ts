/**
 * Where blobs lie below a data directory.
 *
 *     objects/packs/<name>.pack
 *     objects/files/<xx>/<id>
 *     objects/uploads/<id>          being written; one that nobody writes is a left-over
 *
 * @module
 */
import { join } from 'node:path'
import type { Disk } from '../files/disk.js'

const PACK_SUFFIX = '.pack'

export class Places {
  readonly objects: string
  readonly packs: string
  readonly files: string
  readonly uploads: string

  constructor(dataDir: string) {
    this.objects = join(dataDir, 'objects')
    this.packs = join(this.objects, 'packs')
    this.files = join(this.objects, 'files')
    this.uploads = join(this.objects, 'uploads')
  }

  pack(name: string): string {
    return join(this.packs, `${name}${PACK_SUFFIX}`)
  }

  filesOf(digits: string): string {
    return join(this.files, digits)
  }

  file(id: string): string {
    return join(this.filesOf(digitsOf(id)), id)
  }

  upload(id: string): string {
    return join(this.uploads, id)
  }
}

/** Of the directory that the file with this id is in. */
export function digitsOf(id: string): string {
  return id.slice(0, 2)
}

/** Undefined for a file that is no pack. */
export function packOfFile(file: string): string | undefined {
  return file.endsWith(PACK_SUFFIX) ? file.slice(0, -PACK_SUFFIX.length) : undefined
}

/** Durable when it resolves, also those that were there: whoever made them may have died before they were. */
export async function makePlaces(disk: Disk, dataDir: string, places: Places): Promise<void> {
  await disk.makeDirectory(places.objects)
  await disk.syncDirectory(dataDir)
  for (const path of [places.packs, places.files, places.uploads]) await disk.makeDirectory(path)
  await disk.syncDirectory(places.objects)
  await disk.syncDirectory(places.packs)
}
