/**
 * A file of secrets: made whole or not at all, and read only when nobody else could have.
 *
 * Mode 0600, owned by who runs sealtrail, no symbolic link. Refusals say how to mend the file. What is in
 * it is somebody else's business (credentials-file.ts).
 *
 * @module
 */
import { constants } from 'node:fs'
import { type FileHandle, link, lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { syncDirectory } from './directory.js'
import { partOf, removeLeftOvers } from './part.js'

const FILE_BYTES_MAX = 1 << 20
/** Modes of group and others. */
const WIDE = 0o077

/**
 * Makes the file unless something is there; durable when resolved. False when something is there, also when
 * another process has made it just now.
 */
export async function createPrivateFile(path: string, text: () => string): Promise<boolean> {
  await removeLeftOvers(dirname(path))
  if (await isThere(path)) return false
  const part = partOf(path)
  const file = await open(part, 'wx', 0o600).catch((error: unknown) => {
    throw unusable(path, `could not be made (${codeOf(error)})`, error)
  })
  try {
    await file.writeFile(text())
    await file.sync()
    // A link, unlike a rename, never replaces a file that has come about in the meantime.
    await link(part, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw unusable(path, `could not be made (${codeOf(error)})`, error)
  } finally {
    await file.close()
    await rm(part, { force: true })
  }
  await syncDirectory(dirname(path))
  return true
}

/** @throws SealtrailError `ConfigInvalid` */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await openItself(path)
  try {
    await checkKeeper(file, path)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Not what a link points to; and a pipe does not make us wait. */
async function openItself(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ELOOP') {
      throw unusable(path, 'is a symbolic link: put the file itself in its place')
    }
    throw unusable(path, `cannot be opened (${codeOf(error)})`, error)
  }
}

async function checkKeeper(file: FileHandle, path: string): Promise<void> {
  const stats = await file.stat()
  if (!stats.isFile()) throw unusable(path, 'is not a regular file')
  if (stats.size > FILE_BYTES_MAX) throw unusable(path, `has more than ${FILE_BYTES_MAX} bytes`)
  // Windows has neither owners nor modes of this kind.
  if (process.getuid === undefined) return
  const self = process.getuid()
  if (stats.uid !== self) {
    const owner = `belongs to user ${stats.uid}`
    throw unusable(path, `${owner}: chown it to user ${self}, who runs sealtrail`)
  }
  if ((stats.mode & WIDE) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    throw unusable(
      path,
      `can be used by others (mode ${mode}): chmod 600 it, and replace its keys if others may have seen them`,
    )
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw unusable(path, `cannot be looked at (${codeOf(error)})`, error)
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown'
}

function unusable(path: string, what: string, cause?: unknown): SealtrailError {
  return new SealtrailError('ConfigInvalid', `file ${path} ${what}`, {}, { cause })
}
