/**
 * Files and directories for who must not wait: every call runs beside the event loop, and is one call of the system.
 *
 * What is written is told as the system tells it: fewer bytes than asked for, perhaps. Paths are the caller's, nothing here
 * follows a link at their end. The store's own thread has held-file.ts, which blocks.
 *
 * @module
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { syncDirectory } from './directory.js'
import { countSyncs } from './syncs.js'

/** A test puts a failing one in its place. */
export interface Disk {
  open(path: string, purpose: Purpose): Promise<DiskFile>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** For its owner alone. One that is there stays as it is. */
  makeDirectory(path: string): Promise<void>
  syncDirectory(path: string): Promise<void>
  /** In no order. */
  names(path: string): Promise<string[]>
}

/** `make` refuses a file that is there. */
export type Purpose = 'read' | 'write' | 'make'

export interface DiskFile {
  bytes(): Promise<number>
  /** Into `target`; resolves to how many bytes came. */
  read(target: Uint8Array, offset: number): Promise<number>
  /** Resolves to how many bytes were taken. */
  write(bytes: Uint8Array, offset: number): Promise<number>
  /** What was written is on the disk when it resolves. */
  sync(): Promise<void>
  cut(bytes: number): Promise<void>
  close(): Promise<void>
}

// Windows has no such flag.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
const FLAGS = {
  read: constants.O_RDONLY | NO_FOLLOW,
  write: constants.O_RDWR | NO_FOLLOW,
  make: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
} as const satisfies Record<Purpose, number>

export const disk: Disk = {
  async open(path, purpose) {
    return fileOf(await open(path, FLAGS[purpose], 0o600))
  },
  rename,
  unlink,
  async makeDirectory(path) {
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  },
  syncDirectory,
  names: (path) => readdir(path),
}

function fileOf(handle: FileHandle): DiskFile {
  return {
    bytes: async () => (await handle.stat()).size,
    read: async (target, offset) => (await handle.read(target, 0, target.length, offset)).bytesRead,
    write: async (bytes, offset) =>
      (await handle.write(bytes, 0, bytes.length, offset)).bytesWritten,
    async sync() {
      await handle.datasync()
      countSyncs()
    },
    cut: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  }
}

/** Fills `target`, but for the end of the file; gives what came, a view. */
export async function readUpTo(
  file: DiskFile,
  target: Uint8Array,
  offset: number,
): Promise<Uint8Array> {
  let done = 0
  while (done < target.length) {
    const got = await file.read(target.subarray(done), offset + done)
    if (got === 0) break
    done += got
  }
  return target.subarray(0, done)
}

/** All of `bytes`, or at least the first `least`; gives how many were written. */
export async function writeAll(
  file: DiskFile,
  bytes: Uint8Array,
  offset: number,
  least: number = bytes.length,
): Promise<number> {
  let done = 0
  while (done < least) {
    const written = await file.write(done === 0 ? bytes : bytes.subarray(done), offset + done)
    if (written === 0) throw new Error('nothing was written')
    done += written
  }
  return done
}
