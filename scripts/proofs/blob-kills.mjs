/**
 * Kills a process that puts, replaces, removes and moves blobs again and again, and reads back what it was told is safe.
 *
 *     node scripts/proofs/blob-kills.mjs [--rounds 10000] [--invents 0]
 *         [--parallel 2] [--seed <any>] [--folder <on the disk to try>] [--save] [--json]
 *
 * --invents 1 is the control: a blob that was never put is told as safe, and must be missed. --save also writes
 * bench/results/proof-blob-kills.txt. What is done is in test/store/proofs/blob-kills.mjs. Ends with 1 when something was
 * lost.
 */
import { tmpdir } from 'node:os'
import { killBlobRounds } from '../../test/store/proofs/blob-kills.mjs'
import { runProof } from './run-proof.mjs'

const usual = { rounds: 10_000, invents: 0, parallel: 2, folder: tmpdir() }
await runProof('blob-kills', usual, killBlobRounds, (report, { invents }) => [
  'kill -9 of a process with 12 writers of blobs, which syncs what it was told',
  ...(invents ? ['THE CONTROL: a blob that was never put'] : []),
  `rounds  ${report.states}, of which ${report.early} were killed before all had been looked at`,
  `looked  at ${report.looked} blobs, each read back whole`,
  `lost    in ${report.findings.length} rounds`,
])
