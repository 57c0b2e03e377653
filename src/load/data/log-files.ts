/**
 * Log files of CloudTrail below a directory, in the order of their slots: their names say which.
 *
 *     …/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
 *
 * However they lie; digests are passed over. One file at a time is in memory, of a bounded size.
 *
 * @module
 */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SealtrailError } from '../../errors.js'
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
  const names = await readdir(directory, { recursive: true }).catch((cause: Error) => {
    const message = `the directory of log files cannot be read: ${cause.message}`
    throw new SealtrailError('InputInvalid', message, {}, { cause })
  })
  const found = names
    .filter((name) => LOG_FILE.test(name))
    .map((name) => ({ name, order: `${STAMP.exec(basename(name))?.[1] ?? ''} ${name}` }))
  if (found.length === 0) {
    throw new SealtrailError('InputInvalid', 'there is no log file (.json.gz) in the directory')
  }
  found.sort((a, b) => (a.order < b.order ? -1 : 1))
  return found.map(({ name }) => join(directory, name))
}

/** @throws SealtrailError `InputInvalid` when it cannot be read; `GzipDamaged`, `OutputTooLarge` */
export async function readLogFile(path: string): Promise<Uint8Array> {
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError('InputInvalid', `${basename(path)} ${reason}`, {}, { cause })
  const packed = await readPublicFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (packed === undefined) throw unusable('is not there any more')
  return gunzip(packed, { bytesMax: PLAIN_BYTES_MAX })
}
