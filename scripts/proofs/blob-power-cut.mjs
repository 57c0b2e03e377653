/**
 * Cuts the power under blobs at moments of a run, and reads back what was safe.
 *
 *     node scripts/proofs/blob-power-cut.mjs [--puts 400] [--states 2000] [--lies 0]
 *         [--seed <any>] [--folder <in memory>] [--save] [--json]
 *
 * --lies 1 is the control: a disk whose syncs do nothing, which must be found out. --save also writes
 * bench/results/proof-blob-power-cut.txt. What is done is in test/store/proofs/blob-power-cut.mjs. Ends with 1 when something
 * was lost.
 */
import { cutBlobPower } from '../../test/store/proofs/blob-power-cut.mjs'
import { runProof } from './run-proof.mjs'

const usual = { puts: 400, states: 2000, lies: 0, parallel: 1 }
await runProof('blob-power-cut', usual, cutBlobPower, (report, { lies }) => [
  'power cuts under 4 writers of blobs, with whatever no sync had covered left out',
  ...(lies ? ['THE CONTROL: a disk whose syncs do nothing'] : []),
  `states  ${report.states}`,
  `looked  at ${report.looked} blobs, each read back whole`,
  `lost    in ${report.findings.length} states`,
])
