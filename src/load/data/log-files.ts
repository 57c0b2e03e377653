/**
 * Log files of CloudTrail below a directory, in the order of their slots: their names say which.
 *
 *     …/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
 *
 * However they lie, but behind no link to a directory; digests are passed over. One file at a time is in memory, of a bounded size.
 *
 * @module
 */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import { gunzip } from '../../gzip/gunzip.js'
import { readPublicFile } from '../../store/files/public-file.js'

const LOG_FILE = /(?<!_CloudTrail-Digest_.*)\.json\.gz$/
const STAMP = /_(\d{8}T\d{4}Z)_/
const MIB = 1024 * 1024
/** CloudTrail's are far smaller. */
const FILE_BYTES_MAX = 64 * MIB
const PLAIN_BYTES_MAX = 128 * MIB

/** Their paths. @throws SealtrailError `InputInvalid` when there is no directory, or none in it */
export async function logFilesBelow(directory: string): Promise<string[]> {
  // With types: without them Node follows links to directories, around in circles for ever.
  const options = { recursive: true, withFileTypes: true } as const
  const entries = await readdir(directory, options).catch((cause: Error) => {
    const message = `the directory of log files cannot be read: ${cause.message}`
    throw new SealtrailError('InputInvalid', message, {}, { cause })
  })
  const found = entries
    .filter((entry) => LOG_FILE.test(entry.name) && !entry.isDirectory())
    .map(({ name, parentPath }) => {
      const path = join(parentPath, name)
      return { path, order: `${STAMP.exec(name)?.[1] ?? ''} ${path}` }
    })
  if (found.length === 0) {
    throw new SealtrailError('InputInvalid', 'there is no log file (.json.gz) in the directory')
  }
  found.sort((a, b) => (a.order < b.order ? -1 : 1))
  return found.map(({ path }) => path)
}

/** @throws SealtrailError with its name: `InputInvalid` when it cannot be read; `GzipDamaged`, `OutputTooLarge` */
export async function readLogFile(path: string): Promise<Uint8Array> {
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError('InputInvalid', `${basename(path)} ${reason}`, {}, { cause })
  const packed = await readPublicFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (packed === undefined) throw unusable('is not there any more')
  try {
    return gunzip(packed, { bytesMax: PLAIN_BYTES_MAX })
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    const { code, message, detail } = error
    throw new SealtrailError(code, `${basename(path)}: ${message}`, detail, { cause: error })
  }
}
