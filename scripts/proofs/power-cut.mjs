/**
 * Cuts the power at every moment of a run, and opens what is left.
 *
 *     node scripts/proofs/power-cut.mjs [--calls 1000] [--variants 11] [--states <all>] [--lies 0]
 *         [--parallel 2] [--seed <any>] [--folder <in memory>] [--save] [--json]
 *
 * --lies 1 is the control: a disk whose syncs do nothing must be found out. --save also writes
 * bench/results/proof-power-cut.txt. Needs Linux and a C compiler. What is done is in test/store/proofs/power-cut.mjs.
 * Ends with 1 when a state lost something, or does not open.
 */
import { cutPower } from '../../test/store/proofs/power-cut.mjs'
import { runProof } from './run-proof.mjs'

const usual = { calls: 1000, variants: 11, states: undefined, lies: 0, parallel: 2 }
await runProof('power-cut', usual, cutPower, (report, { calls, variants, lies }) => [
  `Power cut in a run of ${calls} calls: before every effect, and before the end of every sync`,
  ...(lies ? ['THE CONTROL: a disk whose syncs do nothing'] : []),
  `cuts    ${report.cuts}`,
  `states  ${report.states}: each cut with all there is, and ${variants} times with some of what no sync had covered`,
  ...Object.entries(report.results).map(([result, count]) => `  ${result.padEnd(9)}${count}`),
  '',
  'same: nothing was pending, so there was nothing to leave out, and the state is not counted',
])
