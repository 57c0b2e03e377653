/**
 * A file of secrets: made whole or not at all, and read only when nobody else could have.
 *
 * Mode 0600, owned by who runs sealtrail, no symbolic link, no pipe. Refusals say how to mend the file, in the words
 * of whose file it is. What is in it is somebody else's business (root/key-file.ts, iam/credentials-file.ts).
 *
 * @module
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { secretBytes } from '../../bytes/secret.js'
import type { SealtrailError } from '../../errors.js'
import { syncDirectory } from './directory.js'
import { partOf, removeLeftOvers } from './part.js'
import { countSyncs } from './syncs.js'
import { isThere } from './whole-file.js'

/** Of the owner only reading and writing, of all others nothing. */
const WIDE = 0o177
// Windows has neither flag, nor links and pipes in our way.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0

export interface PrivateFile {
  readonly path: string
  /** A larger one is not ours. */
  readonly bytesMax: number
  /** The owner's error, around a reason such as `is not a file`. */
  readonly unusable: (reason: string, cause?: unknown) => SealtrailError
}

/**
 * Makes the file with the bytes of `content`, which is called only when they are needed; durable when resolved.
 * False when something is there, also when another process has made it just now.
 */
export async function createPrivateFile(
  { path, unusable }: PrivateFile,
  content: () => Uint8Array,
): Promise<boolean> {
  if (await isThere(path)) return false
  const part = partOf(path)
  try {
    const file = await open(part, 'wx', 0o600)
    try {
      await file.writeFile(content())
      await file.sync()
      countSyncs()
    } finally {
      await file.close()
    }
    // A link, unlike a rename, never replaces a file that has come about in the meantime.
    await link(part, path)
    await rm(part)
    await syncDirectory(dirname(path))
    return true
  } catch (cause) {
    await rm(part).catch(() => undefined)
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw unusable(`cannot be made: ${message}`, cause)
  }
}

/** The bytes of the file, or undefined when there is none. Wiping them is the caller's duty. */
export async function readPrivateFile(file: PrivateFile): Promise<Uint8Array | undefined> {
  const { path, bytesMax, unusable } = file
  // One may be a second name of the file: a start that died between link and unlink leaves it.
  await removeLeftOvers(dirname(path))
  const handle = await openItself(file)
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw unusable('is not a file')
    checkKeeper(file, stats)
    if (stats.size > bytesMax) throw unusable(`has more than ${bytesMax} bytes`)
    const bytes = secretBytes(stats.size)
    await handle.read(bytes, 0, bytes.length, 0)
    return bytes
  } finally {
    await handle.close()
  }
}

/** Not what a link points to; and a pipe does not make us wait. */
async function openItself({ path, unusable }: PrivateFile): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') throw unusable('is a symbolic link: name the file itself', cause)
    throw unusable(`cannot be read: ${message}`, cause)
  }
}

function checkKeeper({ path, unusable }: PrivateFile, { mode, uid }: Stats): void {
  // Windows has neither owners nor modes of this kind.
  const user = process.geteuid?.()
  if (user === undefined) return
  if (uid !== user) {
    throw unusable(`belongs to user ${uid}, and this is user ${user}: chown ${user} '${path}'`)
  }
  if ((mode & WIDE) === 0) return
  const octal = (mode & 0o7777).toString(8).padStart(4, '0')
  throw unusable(`has mode ${octal}, and others could use it: chmod 600 '${path}'`)
}
