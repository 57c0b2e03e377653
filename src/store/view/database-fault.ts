/**
 * What an error of SQLite means to us.
 *
 * SQLite's result codes are read here and nowhere else. Its messages name tables and columns, never
 * values, and may be shown. Source: sqlite.org/rescode.html.
 *
 * @module
 */
import type { Fault } from '../../errors.js'

/** Also for errors that come without their code, as those of a select do. */
const SQLITE_ERROR = 1
const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

/** What SQLite calls errors of reading and of room, for those that come without their code. */
const OF_THE_DISK = /^(disk I\/O error|out of memory)/

/** `StoreFailed`. An error that is not SQLite's is our own mistake and is thrown on. */
export function databaseFault(error: unknown): Fault {
  const code = resultCode(error)
  if (code === undefined) throw error
  const message = (error as Error).message
  return { code: 'StoreFailed', message, detail: { sqlite: code } }
}

/** Another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return primary(error) === SQLITE_BUSY
}

/** No room to write: nothing of the transaction counts, and the next one may find room. */
export function isFull(error: unknown): boolean {
  return primary(error) === SQLITE_FULL
}

/** The file is not as SQLite wrote it, or has not our tables: no matter of room, rights or a disk that refuses. */
export function isCorrupt(error: unknown): boolean {
  if (error instanceof Error && OF_THE_DISK.test(error.message)) return false
  const code = primary(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || code === SQLITE_ERROR
}

/** The low byte of the extended result code. */
function primary(error: unknown): number | undefined {
  const code = resultCode(error)
  return code === undefined ? undefined : code & 0xff
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode
  return 'code' in error && error.code === 'ERR_SQLITE_ERROR' ? SQLITE_ERROR : undefined
}
