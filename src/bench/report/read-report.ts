/**
 * A bench.json that somebody made, read.
 *
 * @module
 */
import { readReport } from '../../load/report/read-run.js'
import type { BenchReport } from './report.js'
import { BENCH_SCHEMA } from './schema.js'

/** @throws SealtrailError `InputInvalid`, naming the file and the place in it */
export async function readBench(path: string): Promise<BenchReport> {
  return (await readReport(path, BENCH_SCHEMA, 'benches')) as BenchReport
}
