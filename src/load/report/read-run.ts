/**
 * A report.json that somebody made, read: bounded, and held against its schema before anybody works with it.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { complaintOf } from '../../seed/check.js'
import { readPublicFile } from '../../store/files/public-file.js'
import type { RunReport } from './run.js'
import { RUN_SCHEMA } from './schema.js'

/** A run of a day, with a window each second, has some 60 MiB. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

/** @throws SealtrailError `InputInvalid`, naming the file and the place in it */
export async function readRun(path: string): Promise<RunReport> {
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError('InputInvalid', `the report ${path} ${reason}`, {}, { cause })
  const bytes = await readPublicFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  let given: unknown
  try {
    given = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw unusable('is not JSON')
  }
  const complaint = complaintOf(RUN_SCHEMA, given)
  if (complaint !== undefined) throw unusable(`is no report of a run: ${complaint}`)
  return given as RunReport
}
