/**
 * Fills the disk under a served store of objects in mid-put, looks at what it says and what is left, and gives the room back.
 *
 *     node scripts/proofs/s3-full-disk.mjs [--rounds 3] [--megabytes 96] [--folder <to mount below>] [--save] [--json]
 *
 * The disk is a small tmpfs, mounted for it: needs Linux, and leave to mount. A third of the rounds is done by each front and
 * by whichever is chosen. --save also writes bench/results/proof-s3-full-disk.txt. What is done is in
 * test/s3/proofs/full-disk.mjs. Ends with 1 when something is not as it must be.
 */
import { tmpdir } from 'node:os'
import { fillDisk } from '../../test/s3/proofs/full-disk.mjs'
import { runProof } from './run-proof.mjs'

const usual = { rounds: 3, megabytes: 96, folder: tmpdir() }
await runProof('s3-full-disk', usual, fillDisk, (report, { megabytes }) => [
  `a disk of ${megabytes} MB under sealtrail serve that is full in mid-put, for a while`,
  `rounds    ${report.states}`,
  `refused   ${report.refused} writes: ${Object.entries(report.answers).map(([answer, count]) => `${answer} ${count} times`)}`,
  `reads     ${report.reads} while it was full, each whole`,
  `writes    ${report.written} when there was room again, by the same process`,
])
