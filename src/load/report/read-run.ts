/**
 * A report that somebody made, read: bounded, and held against its schema before anybody works with it.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { complaintOf, type Schema } from '../../seed/check.js'
import { readPublicFile } from '../../store/files/public-file.js'
import type { RunReport } from './run.js'
import { RUN_SCHEMA } from './schema.js'

/** A run of a day, with a window each second, has some 60 MiB. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

/** A report.json. @throws SealtrailError `InputInvalid`, naming the file and the place in it */
export async function readRun(path: string): Promise<RunReport> {
  return (await readReport(path, RUN_SCHEMA, 'a run')) as RunReport
}

/** @param what it is a report of. @throws SealtrailError as {@link readRun} */
export async function readReport(path: string, schema: Schema, what: string): Promise<unknown> {
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
  const complaint = complaintOf(schema, given)
  if (complaint !== undefined) throw unusable(`is no report of ${what}: ${complaint}`)
  return given
}
