/**
 * Which level compresses log files to what node:zlib makes of them at level 6, and how much sooner?
 *
 * One core, one call, CloudTrail records in files of 5 MB; 1 MB where it has to be quick. gzip() is libdeflate where the
 * addon was built. node:zlib makes its output in pieces of 64 KiB, which of such files is
 * sooner done than in the 16 KiB that it takes unless told.
 *
 * @module
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import { gzip } from '../../gzip/gzip.js'
import { logFile } from '../log-files.js'
import type { Held, Needs } from '../question.js'

const LEVELS = [1, 3, 4, 5, 6, 7, 8, 9]
const QUICK_LEVELS = [1, 6, 9]
const BASELINE = 'node:zlib 6'
const CHUNK_BYTES = 64 * 1024

export async function* contests({ note, isQuick }: Needs): AsyncGenerator<Held> {
  const log = logFile(0, isQuick ? 1_000_000 : 5_000_000)
  const levels = isQuick ? QUICK_LEVELS : LEVELS
  const compressors = [
    { name: BASELINE, run: () => gzipSync(log, { level: 6, chunkSize: CHUNK_BYTES }) },
    { name: 'node:zlib 1', run: () => gzipSync(log, { level: 1, chunkSize: CHUNK_BYTES }) },
    ...levels.map((level) => ({ name: `gzip() ${level}`, run: () => gzip(log, level) })),
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
