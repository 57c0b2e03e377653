/**
 * Which level compresses log objects to what node:zlib makes of them at level 6, and how much sooner?
 *
 * One core, one call, CloudTrail records in objects of 5 MB. gzip() is libdeflate where the addon was built;
 * its level 6 is the one to take (GZIP_LEVEL) if it has 0.97 of the ratio.
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import { gzip } from '../../src/gzip/gzip.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'
import { logObjects } from './log-objects.js'

stayOnOneCore()
const [log] = logObjects(1, 5_000_000)

const compressors = [
  { name: 'node:zlib 6', compress: () => gzipSync(log!, { level: 6 }) },
  { name: 'node:zlib 1', compress: () => gzipSync(log!, { level: 1 }) },
  ...[1, 3, 4, 5, 6, 7, 8, 9].map((level) => ({
    name: `gzip() ${level}`,
    compress: () => gzip(log!, level),
  })),
]

const title = `gzip a log object of ${log!.length} bytes`
await contest(
  { title, baselines: ['node:zlib 6'], bytesPerOp: log!.length },
  compressors.map(({ name, compress }) => ({
    name,
    answer: () => gunzipSync(compress()),
    run: compress,
  })),
)
const baseline = gzipSync(log!, { level: 6 }).length
for (const { name, compress } of compressors) {
  const { length } = compress()
  const ratio = (log!.length / length).toFixed(3)
  console.log(
    `  ${name.padEnd(12)} ratio ${ratio}, ${(baseline / length).toFixed(3)} of node:zlib 6`,
  )
}
