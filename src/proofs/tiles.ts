/**
 * The tiles of the log as files: one for each level, its hashes one after the other.
 *
 *     <dataDir>/log/level-0   | hash of leaf 0 | of leaf 1 | …          tile n: the 8,192 bytes from 8192 n on
 *                   level-1   | root of tile 0 of level 0 | …
 *
 * A file for each tile would be a sync for each 256 records. What stands behind the size that a checkpoint says counts for
 * nothing, and is written again. Source: docs/FORMAT.md §12.3, c2sp.org/tlog-tiles.
 *
 * @module
 */
import { join } from 'node:path'
import { HASH_BYTES } from '../bytes/merkle.js'
import { SealtrailError } from '../errors.js'
import { type DiskFile, disk, readUpTo, writeAll } from '../store/files/disk.js'
import { Edge, placeOf, rootOf, TILE_HASHES } from './edge.js'
import type { Subtrees } from './tree.js'

export const LOG_DIRECTORY = 'log'

export class Tiles implements Subtrees {
  readonly #directory: string
  readonly #files: Array<DiskFile | undefined> = []
  #edge = new Edge()

  /** Nothing is opened yet. */
  constructor(dataDir: string) {
    this.#directory = join(dataDir, LOG_DIRECTORY)
  }

  get size(): number {
    return this.#edge.size
  }

  root(): Buffer {
    return this.#edge.root()
  }

  /** Goes on behind `size` leaves, whatever else is there. @throws SealtrailError `StoreDamaged` when fewer are. */
  async begin(size: number): Promise<void> {
    this.#edge = await Edge.at(size, (level, index, count) => this.hashes(level, index, count))
  }

  /** Not synced. @throws SealtrailError `StoreFailed`, as all that reads or writes here */
  async add(leaves: Buffer): Promise<void> {
    const grown = this.#edge.add(leaves)
    await orFailed(async () => {
      for (const { level, index, hashes } of grown) {
        await writeAll(await this.#made(level), hashes, index * HASH_BYTES)
      }
    })
  }

  /** What was added is on the disk when it resolves. */
  async sync(): Promise<void> {
    await orFailed(async () => {
      for (const file of this.#files) await file?.sync()
      await disk.syncDirectory(this.#directory)
    })
  }

  /** @throws SealtrailError `StoreDamaged` when so many are not there. */
  async hashes(level: number, index: number, count: number): Promise<Buffer> {
    const read = await this.hashesUpTo(level, index, count)
    if (read.length === count * HASH_BYTES) return read
    const says = `the tiles of the log end before hash ${index + count} of level ${level}`
    throw new SealtrailError('StoreDamaged', says, { file: this.#path(level) })
  }

  /** As many of them as are there. */
  async hashesUpTo(level: number, index: number, count: number): Promise<Buffer> {
    const target = Buffer.alloc(count * HASH_BYTES)
    return await orFailed(async () => {
      const file = await this.#there(level)
      const read =
        file === undefined ? 0 : (await readUpTo(file, target, index * HASH_BYTES)).length
      return target.subarray(0, read - (read % HASH_BYTES))
    })
  }

  async subtree(height: number, index: number): Promise<Buffer> {
    const { level, hashes } = placeOf(height)
    return rootOf(await this.hashes(level, index * hashes, hashes))
  }

  /** Tile `index` of a level in a tree of `size` leaves; empty when it has none. */
  async tile(level: number, index: number, size: number): Promise<Buffer> {
    const count = Math.floor(size / TILE_HASHES ** level) - index * TILE_HASHES
    if (count <= 0) return Buffer.alloc(0)
    return await this.hashes(level, index * TILE_HASHES, Math.min(TILE_HASHES, count))
  }

  async close(): Promise<void> {
    for (const file of this.#files.splice(0)) await file?.close()
  }

  async #there(level: number): Promise<DiskFile | undefined> {
    try {
      this.#files[level] ??= await disk.open(this.#path(level), 'write')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    return this.#files[level]
  }

  async #made(level: number): Promise<DiskFile> {
    const file = await this.#there(level)
    if (file !== undefined) return file
    await disk.makeDirectory(this.#directory)
    await disk.syncDirectory(join(this.#directory, '..'))
    const made = await disk.open(this.#path(level), 'make')
    this.#files[level] = made
    return made
  }

  #path(level: number): string {
    return join(this.#directory, `level-${level}`)
  }
}

/** What the system refuses, as a failure that whoever asks is told of. */
export async function orFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof SealtrailError) throw cause
    const says = `the files of the log cannot be read or written: ${(cause as Error).message}`
    throw new SealtrailError('StoreFailed', says, {}, { cause })
  }
}
