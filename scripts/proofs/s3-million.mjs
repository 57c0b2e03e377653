/**
 * A million small objects, put through the house: what calls cost with all of them and with a thousand, a kill, and the next
 * start.
 *
 *     node scripts/proofs/s3-million.mjs [--count 1000000] [--folder <with room: 3 GB a million>] [--save] [--json]
 *
 * --save also writes bench/results/proof-s3-million.txt. What is done is in test/s3/proofs/million.mjs. Ends with 1 when an
 * object is missing, a call costs more with all than with few, or the first answer takes longer than two seconds.
 */
import { tmpdir } from 'node:os'
import { fillMany } from '../../test/s3/proofs/million.mjs'
import { runProof } from './run-proof.mjs'

const usual = { count: 1_000_000, folder: tmpdir() }
await runProof('s3-million', usual, fillMany, (report) => [
  `${report.states} objects of 1500 bytes under a KMS key with a bucket key, embedded`,
  `put       ${report.putsPerSecond} a second, 512 at once; RSS ${report.rssMiB} MiB then`,
  `median    ms with few, with all, ratio (one call after the other)`,
  ...report.measured.map(({ name, few, all, ratio }) =>
    name === 'objects'
      ? `  ${'objects'.padEnd(12)}${few}  ${all}`
      : `  ${name.padEnd(12)}${few.toFixed(3)}  ${all.toFixed(3)}  ${ratio.toFixed(2)}x`,
  ),
  `start     after kill -9: open ${report.openMs.toFixed(0)} ms, first answer ${report.firstAnswerMs.toFixed(0)} ms`,
  `looked    at ${report.looked} objects, each read back whole; ${report.listed} are listed`,
  ...Object.entries(report.files).map(
    ([kind, bytes]) => `  ${kind.padEnd(24)}${(bytes / 1e6).toFixed(1)} MB`,
  ),
])
