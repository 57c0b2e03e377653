/**
 * Files that the store's thread holds open: every call here blocks, and moves all its bytes or fails.
 *
 * A file comes to be under its name whole and synced, or not at all. What is written in place may be torn by a crash;
 * its owner's format tells (journal/block.ts, journal/mark.ts, shreds/slot.ts).
 *
 * @module
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { countSyncs } from './syncs.js'

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0

/** A file, or a directory, as itself: another one of the same name has another. */
export interface Identity {
  readonly device: number
  readonly inode: number
}

export class HeldFile {
  readonly path: string
  readonly identity: Identity
  readonly #descriptor: number

  private constructor(path: string, descriptor: number) {
    this.path = path
    this.identity = identityOf(fstatSync(descriptor))
    this.#descriptor = descriptor
  }

  /** Opens what is there, for reading and writing; throws Node's error when nothing is. */
  static open(path: string): HeldFile {
    return new HeldFile(path, openSync(path, constants.O_RDWR | NO_FOLLOW))
  }

  /** Makes a file of `content`, in the place of one that may be there; durable when it returns. */
  static make(path: string, content: Uint8Array): HeldFile {
    const part = `${path}.part`
    rmSync(part, { force: true })
    const file = new HeldFile(path, openSync(part, 'wx+', 0o600))
    let name = part
    try {
      file.write([content], 0)
      syncAll(file.#descriptor)
      renameSync(part, path)
      name = path
      syncDirectory(dirname(path))
      return file
    } catch (error) {
      file.close()
      rmSync(name, { force: true })
      throw error
    }
  }

  /** For who writes to it on another thread, while the file is open. */
  get descriptor(): number {
    return this.#descriptor
  }

  get bytes(): number {
    return fstatSync(this.#descriptor).size
  }

  /** At most `bytes` bytes from `offset` on, into `room` where they fit there; fewer at the end of the file. */
  read(offset: number, bytes: number, room?: Buffer): Buffer {
    const buffer = room !== undefined && room.length >= bytes ? room : Buffer.allocUnsafe(bytes)
    let done = 0
    while (done < bytes) {
      const got = readSync(this.#descriptor, buffer, done, bytes - done, offset + done)
      if (got === 0) break
      done += got
    }
    return buffer.subarray(0, done)
  }

  /** The pieces one after the other, from `offset` on. */
  write(pieces: readonly Uint8Array[], offset: number): void {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const written = writevSync(this.#descriptor, pieces as Uint8Array[], offset)
    if (written < bytes) this.#writeRest(Buffer.concat(pieces), written, offset)
  }

  #writeRest(whole: Buffer, written: number, offset: number): void {
    let done = written
    while (done < whole.length) {
      done += writeSync(this.#descriptor, whole, done, whole.length - done, offset + done)
    }
  }

  /** What was written is on the disk when it returns. */
  sync(): void {
    fdatasyncSync(this.#descriptor)
    countSyncs()
  }

  /** Cuts the file, or lengthens it with zeros; durable when it returns. */
  resize(bytes: number): void {
    ftruncateSync(this.#descriptor, bytes)
    syncAll(this.#descriptor)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** Undefined when nothing is there. */
export function identityAt(path: string): Identity | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats && identityOf(stats)
}

function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): Identity {
  return { device: dev, inode: ino }
}

/** Undefined when nothing is there. */
export function bytesAt(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Of the file, in bytes; undefined when nothing is there. */
export function sizeAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

/** Names in `directory`, sorted; none when it is not there. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Durable when it returns. */
export function makeDirectoryIn(directory: string, name: string): void {
  mkdirSync(join(directory, name), { recursive: true, mode: 0o700 })
  syncDirectory(directory)
}

/** Fine when it is not there. */
export function removeAt(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** What was written, and what the system says of the file. */
function syncAll(descriptor: number): void {
  fsyncSync(descriptor)
  countSyncs()
}

/** Makes the names in `path` durable. */
function syncDirectory(path: string): void {
  // Windows cannot open a directory; its rename is durable by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    syncAll(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Not synced. */
export function copyTo(from: string, to: string): void {
  copyFileSync(from, to)
}

/** A copy that is there after a power cut, for its owner alone. */
export function keepCopy(from: string, to: string): void {
  copyFileSync(from, `${to}.part`)
  moveTo(`${to}.part`, to)
}

/** Puts `from` in the place of `to`, for its owner alone, synced, its name too. */
export function moveTo(from: string, to: string): void {
  const descriptor = openSync(from, 'r+')
  try {
    fchmodSync(descriptor, 0o600)
    syncAll(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(from, to)
  syncDirectory(dirname(to))
}
