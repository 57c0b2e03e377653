/**
 * Kills a house under eight writers of S3 objects and an upload in parts, again and again, and looks for what they were told.
 *
 *     node scripts/proofs/s3-kills.mjs [--rounds 1000] [--served 0] [--invents 0]
 *         [--parallel 2] [--seed <any>] [--folder <on the disk to try>] [--save] [--json]
 *
 * --served 1 kills `sealtrail serve`, whose clients come by HTTP with AWS's SDK; --invents 1 is the control: an object that
 * was never put is told as acknowledged, and must be missed. --save also writes bench/results/proof-s3-kills.txt. What is
 * done is in test/s3/proofs/kills.mjs. Ends with 1 when something was lost, torn, or left over.
 */
import { tmpdir } from 'node:os'
import { killS3Rounds } from '../../test/s3/proofs/kills.mjs'
import { runProof } from './run-proof.mjs'

const usual = { rounds: 1000, served: 0, invents: 0, parallel: 2, folder: tmpdir() }
await runProof('s3-kills', usual, killS3Rounds, (report, { served, invents }) => [
  `kill -9 of ${served ? 'sealtrail serve' : 'a program with sealtrail inside'}: 8 writers of S3 objects and one that uploads in parts, each of which syncs what it was told`,
  ...(invents ? ['THE CONTROL: an object that was never put'] : []),
  `rounds        ${report.states}, of which ${report.early} were killed before all had been looked at`,
  `acknowledged  ${report.answers} calls`,
  `looked        at ${report.looked} versions, each read back whole`,
  `inspected     ${report.inspected} directories, every blob of which was read`,
  `lost          in ${report.findings.length} rounds`,
])
