/**
 * The file that holds the root key.
 *
 *     | "sealroot" 8 | u32 version = 1 | key 32 | CRC-32 of all before |      48 bytes, big-endian
 *
 * Binary, so that the key never becomes a string, which cannot be wiped. The file is its owner's alone and
 * stands outside the data directory: who steals a copy of the data must not find the key beside it. It is
 * there whole or not at all, and never replaced. What the key does is in root.ts.
 * Source: docs/FORMAT.md §4.
 *
 * @module
 */
import type { Stats } from 'node:fs'
import { constants, type FileHandle, link, open, realpath, unlink } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { crc32 } from 'node:zlib'
import { secretBytes, secretCopy } from '../bytes/secret.js'
import { KEY_BYTES } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { syncDirectory } from '../store/files/directory.js'
import { partOf, removeLeftOvers } from '../store/files/part.js'

const MAGIC = 'sealroot'
const VERSION = 1
const KEY_OFFSET = 12
const CRC_OFFSET = KEY_OFFSET + KEY_BYTES
const KEY_FILE_BYTES = CRC_OFFSET + 4

// Windows has neither flag, nor links and pipes in our way.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0

/**
 * The 32 key bytes, or undefined when there is no file. Wiping them is the caller's duty.
 * @throws SealtrailError `RootKeyUnusable`, saying how to mend it.
 */
export async function readKeyFile(path: string): Promise<Uint8Array | undefined> {
  // It may be a second name of the key: a start that died between link and unlink leaves one.
  await removeLeftOvers(dirname(path))
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') throw unusable(path, 'is a symbolic link: name the file itself', cause)
    throw unusable(path, `cannot be read: ${message}`, cause)
  }
  const bytes = keyFileBytes()
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw unusable(path, 'is not a file')
    checkOwner(path, stats)
    if (stats.size !== KEY_FILE_BYTES) throw damaged(path)
    await file.read(bytes, 0, KEY_FILE_BYTES, 0)
    return decode(path, bytes)
  } finally {
    bytes.fill(0)
    await file.close()
  }
}

/**
 * Makes the file with the 32 bytes of `key`, durable when resolved. False when there is one already, made
 * by another process a moment ago.
 * @throws SealtrailError `RootKeyUnusable` when the disk does not take it.
 */
export async function createKeyFile(path: string, key: Uint8Array): Promise<boolean> {
  const part = partOf(path)
  const bytes = encode(key)
  try {
    const file = await open(part, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike a rename, a link does not replace what is there.
    await link(part, path)
    await unlink(part)
    await syncDirectory(dirname(path))
    return true
  } catch (cause) {
    await unlink(part).catch(() => undefined)
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw unusable(path, `cannot be made: ${message}`, cause)
  } finally {
    bytes.fill(0)
  }
}

/** @throws SealtrailError `RootKeyUnusable` when `path` lies in `dataDir`, also by way of links. */
export async function checkOutside(path: string, dataDir: string): Promise<void> {
  const folder = await realpath(dirname(path)).catch(() => dirname(path))
  const steps = relative(await realpath(dataDir), folder)
  if (steps === '..' || steps.startsWith('../') || steps.startsWith('..\\')) return
  throw unusable(
    path,
    `lies in the data directory, where every copy of the data would take it along: move it out of ${dataDir}`,
  )
}

function checkOwner(path: string, { mode, uid }: Stats): void {
  const user = process.geteuid?.()
  if (user === undefined) return
  if (uid !== user) {
    throw unusable(
      path,
      `belongs to user ${uid}, and this is user ${user}: chown ${user} '${path}'`,
    )
  }
  if ((mode & 0o177) !== 0) {
    const octal = (mode & 0o7777).toString(8).padStart(4, '0')
    throw unusable(path, `has mode ${octal}, and others could use it: chmod 600 '${path}'`)
  }
}

function encode(key: Uint8Array): Buffer {
  const bytes = keyFileBytes()
  bytes.write(MAGIC, 'latin1')
  bytes.writeUInt32BE(VERSION, MAGIC.length)
  bytes.set(key, KEY_OFFSET)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET)
  return bytes
}

function decode(path: string, bytes: Buffer): Uint8Array {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw damaged(path)
  if (bytes.readUInt32BE(CRC_OFFSET) !== crc32(bytes.subarray(0, CRC_OFFSET))) throw damaged(path)
  const version = bytes.readUInt32BE(MAGIC.length)
  if (version !== VERSION) {
    throw unusable(path, `is of version ${version}, and this sealtrail reads version ${VERSION}`)
  }
  return secretCopy(bytes.subarray(KEY_OFFSET, CRC_OFFSET))
}

function keyFileBytes(): Buffer {
  const { buffer } = secretBytes(KEY_FILE_BYTES)
  return Buffer.from(buffer)
}

function damaged(path: string): SealtrailError {
  return unusable(path, 'is not a whole root key file: put back a copy of it')
}

function unusable(path: string, reason: string, cause?: unknown): SealtrailError {
  return new SealtrailError(
    'RootKeyUnusable',
    `the root key file ${path} ${reason}`,
    { path },
    cause === undefined ? undefined : { cause },
  )
}
