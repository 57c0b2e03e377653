/**
 * The file that holds the root key, and any other file of one key.
 *
 *     | "sealroot" 8 | u32 version = 1 | key 32 | CRC-32 of all before |      48 bytes, big-endian
 *
 * Binary, so that the key never becomes a string, which cannot be wiped. The file is its owner's alone. That of the root key
 * stands outside the data directory: who steals a copy of the data must not find the key beside it. A file of another kind
 * begins with other letters, so that none is taken for the other. It is there whole or not at all, and never replaced. What
 * the root key does is in root.ts. Source: docs/FORMAT.md §4.
 *
 * @module
 */
import { realpath } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { crc32 } from 'node:zlib'
import { secretBytes, secretCopy } from '../bytes/secret.js'
import { KEY_BYTES } from '../engine/engine.js'
import { type FaultCode, SealtrailError } from '../errors.js'
import {
  createPrivateFile,
  type PrivateFile,
  readPrivateFile,
} from '../store/files/private-file.js'

/** What a file of one key is called, and how it begins. */
export interface KeyFileKind {
  /** 8 letters. */
  readonly magic: string
  readonly name: string
  /** Of one that cannot be used. */
  readonly code: FaultCode
}

const ROOT_KEY_FILE: KeyFileKind = {
  ...{ magic: 'sealroot', name: 'root key file', code: 'RootKeyUnusable' },
}
const MAGIC_BYTES = 8
const VERSION = 1
const KEY_OFFSET = MAGIC_BYTES + 4
const CRC_OFFSET = KEY_OFFSET + KEY_BYTES
const KEY_FILE_BYTES = CRC_OFFSET + 4
/** Of what might be a damaged one. */
const FILE_BYTES_MAX = 1 << 20

/**
 * The 32 key bytes, or undefined when there is no file. Wiping them is the caller's duty.
 * @throws SealtrailError `RootKeyUnusable`, or the code of `kind`, saying how to mend it.
 */
export async function readKeyFile(
  path: string,
  kind = ROOT_KEY_FILE,
): Promise<Uint8Array | undefined> {
  const read = await readPrivateFile(keyFile(path, kind))
  if (read === undefined) return undefined
  try {
    if (read.length !== KEY_FILE_BYTES) throw damaged(path, kind)
    return decode(path, kind, Buffer.from(read.buffer))
  } finally {
    read.fill(0)
  }
}

/**
 * Makes the file with the 32 bytes of `key`, durable when resolved. False when there is one already, made
 * by another process a moment ago.
 * @throws SealtrailError `RootKeyUnusable`, or the code of `kind`, when the disk does not take it.
 */
export async function createKeyFile(
  path: string,
  key: Uint8Array,
  kind = ROOT_KEY_FILE,
): Promise<boolean> {
  const bytes = encode(key, kind)
  try {
    return await createPrivateFile(keyFile(path, kind), () => bytes)
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
    ROOT_KEY_FILE,
    `lies in the data directory, where every copy of the data would take it along: move it out of ${dataDir}`,
  )
}

function keyFile(path: string, kind: KeyFileKind): PrivateFile {
  const unusableFile = (reason: string, cause?: unknown) => unusable(path, kind, reason, cause)
  return { path, bytesMax: FILE_BYTES_MAX, unusable: unusableFile }
}

function encode(key: Uint8Array, { magic }: KeyFileKind): Buffer {
  const bytes = keyFileBytes()
  bytes.write(magic, 'latin1')
  bytes.writeUInt32BE(VERSION, MAGIC_BYTES)
  bytes.set(key, KEY_OFFSET)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET)
  return bytes
}

function decode(path: string, kind: KeyFileKind, bytes: Buffer): Uint8Array {
  const isIt = bytes.toString('latin1', 0, MAGIC_BYTES) === kind.magic
  const isWhole = bytes.readUInt32BE(CRC_OFFSET) === crc32(bytes.subarray(0, CRC_OFFSET))
  if (!isIt || !isWhole) throw damaged(path, kind)
  const version = bytes.readUInt32BE(MAGIC_BYTES)
  if (version !== VERSION) {
    throw unusable(
      path,
      kind,
      `is of version ${version}, and this sealtrail reads version ${VERSION}`,
    )
  }
  return secretCopy(bytes.subarray(KEY_OFFSET, CRC_OFFSET))
}

function keyFileBytes(): Buffer {
  const { buffer } = secretBytes(KEY_FILE_BYTES)
  return Buffer.from(buffer)
}

function damaged(path: string, kind: KeyFileKind): SealtrailError {
  return unusable(path, kind, `is not a whole ${kind.name}: put back a copy of it`)
}

function unusable(
  path: string,
  { code, name }: KeyFileKind,
  reason: string,
  cause?: unknown,
): SealtrailError {
  return new SealtrailError(
    code,
    `the ${name} ${path} ${reason}`,
    { path },
    cause === undefined ? undefined : { cause },
  )
}
