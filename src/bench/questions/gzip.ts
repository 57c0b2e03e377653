/**
 * Which level compresses log files to what node:zlib makes of them at level 6, and how much sooner?
 *
 * One core, one call, CloudTrail records in files of 5 MB. gzip() is libdeflate where the addon was built.
 *
 * @module
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import { gzip } from '../../gzip/gzip.js'
import { logFile } from '../log-files.js'
import type { Held, Needs } from '../question.js'

const LEVELS = [1, 3, 4, 5, 6, 7, 8, 9]
const BASELINE = 'node:zlib 6'

export async function* contests({ note }: Needs): AsyncGenerator<Held> {
  const log = logFile(0, 5_000_000)
  const compressors = [
    { name: BASELINE, run: () => gzipSync(log, { level: 6 }) },
    { name: 'node:zlib 1', run: () => gzipSync(log, { level: 1 }) },
    ...LEVELS.map((level) => ({ name: `gzip() ${level}`, run: () => gzip(log, level) })),
  ]
  for (const { name, run } of compressors) {
    note(
      `${name} leaves ${((run().length / log.length) * 100).toFixed(2)} % of ${log.length} bytes`,
    )
  }
  yield {
    ...{
      title: `gzip a log file of ${log.length} bytes`,
      baselines: [BASELINE],
      bytesPerOp: log.length,
    },
    contenders: compressors.map(({ name, run }) => {
      return { name, answer: () => gunzipSync(run()), run }
    }),
  }
}
