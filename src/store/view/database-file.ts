/**
 * A database file from outside: its hash, its version, how far it was told, without a change to it.
 *
 * What is in it is database.ts's and view.ts's.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { copyTo, HeldFile, removeAt, sizeAt } from '../files/held-file.js'
import { readAside, type SqlRow } from './database.js'

/** What SQLite's file begins with, and where `pragma user_version` stands in it, a u32. Source: SQLite, "Database File Format" §1.3. */
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
const USER_VERSION_OFFSET = 60
const HEAD_BYTES = 100
/** There will not be as many: a number behind it is damage. */
const VERSION_MAX = 255
const PIECE_BYTES = 8 * 1024 * 1024

/** How far a view was told, closed well or not; undefined when it cannot be read. Looks at a copy. */
export function reachedBy(path: string): number | undefined {
  return askCopy(path, 'select sequence from applied')?.sequence as number | undefined
}

/** Of its tables; undefined when it is not there, or no database. */
export function versionAt(path: string): number | undefined {
  if (sizeAt(path) === undefined) return undefined
  const version = versionInHead(path)
  // Until its log is written back for the first time, that alone has it.
  if (version !== 0 || (sizeAt(`${path}-wal`) ?? 0) === 0) return version
  return askCopy(path, 'pragma user_version')?.user_version as number | undefined
}

function versionInHead(path: string): number | undefined {
  const file = HeldFile.open(path)
  try {
    const head = file.read(0, HEAD_BYTES)
    if (head.length < HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
    const version = head.readUInt32BE(USER_VERSION_OFFSET)
    return version > VERSION_MAX ? undefined : version
  } finally {
    file.close()
  }
}

function askCopy(path: string, sql: string): SqlRow | undefined {
  const copy = copyBeside(path)
  try {
    return readAside(copy, sql)
  } finally {
    removeDatabase(copy)
  }
}

/** A copy to be looked at, with its log, in the place of one that may be there: SQLite writes to what it opens. Gives its path. */
export function copyBeside(path: string): string {
  const copy = `${path}.copy`
  removeDatabase(copy)
  for (const suffix of ['', '-wal']) {
    if (sizeAt(`${path}${suffix}`) !== undefined) copyTo(`${path}${suffix}`, `${copy}${suffix}`)
  }
  return copy
}

/** False too when it is not there. */
export function isAs(path: string, { hash }: { readonly hash: Buffer }): boolean {
  return hashOf(path)?.equals(hash) ?? false
}

/** SHA-256 of a file; undefined when it is not there. */
export function hashOf(path: string): Buffer | undefined {
  if (sizeAt(path) === undefined) return undefined
  const file = HeldFile.open(path)
  try {
    const hash = createHash('sha256')
    const { bytes } = file
    for (let at = 0; at < bytes; at += PIECE_BYTES) hash.update(file.read(at, PIECE_BYTES))
    return hash.digest()
  } finally {
    file.close()
  }
}

/** Removes the file, and what SQLite may have left beside it. */
export function removeDatabase(path: string): void {
  removeAt(path)
  removeLogs(path)
}

export function removeLogs(path: string): void {
  for (const suffix of ['-wal', '-shm', '-journal']) removeAt(`${path}${suffix}`)
}
