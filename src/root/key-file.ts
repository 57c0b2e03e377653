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
import { realpath } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { crc32 } from 'node:zlib'
import { secretBytes, secretCopy } from '../bytes/secret.js'
import { KEY_BYTES } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import {
  createPrivateFile,
  type PrivateFile,
  readPrivateFile,
} from '../store/files/private-file.js'

const MAGIC = 'sealroot'
const VERSION = 1
const KEY_OFFSET = 12
const CRC_OFFSET = KEY_OFFSET + KEY_BYTES
const KEY_FILE_BYTES = CRC_OFFSET + 4
/** Of what might be a damaged one. */
const FILE_BYTES_MAX = 1 << 20

/**
 * The 32 key bytes, or undefined when there is no file. Wiping them is the caller's duty.
 * @throws SealtrailError `RootKeyUnusable`, saying how to mend it.
 */
export async function readKeyFile(path: string): Promise<Uint8Array | undefined> {
  const read = await readPrivateFile(keyFile(path))
  if (read === undefined) return undefined
  try {
    if (read.length !== KEY_FILE_BYTES) throw damaged(path)
    return decode(path, Buffer.from(read.buffer))
  } finally {
    read.fill(0)
  }
}

/**
 * Makes the file with the 32 bytes of `key`, durable when resolved. False when there is one already, made
 * by another process a moment ago.
 * @throws SealtrailError `RootKeyUnusable` when the disk does not take it.
 */
export async function createKeyFile(path: string, key: Uint8Array): Promise<boolean> {
  const bytes = encode(key)
  try {
    return await createPrivateFile(keyFile(path), () => bytes)
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

function keyFile(path: string): PrivateFile {
  const unusableFile = (reason: string, cause?: unknown) => unusable(path, reason, cause)
  return { path, bytesMax: FILE_BYTES_MAX, unusable: unusableFile }
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
