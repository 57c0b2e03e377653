/**
 * Cuts the power at every moment of a run, and opens what is left.
 *
 *     node scripts/proofs/power-cut.mjs [--calls 1000] [--variants 8] [--states <all>] [--seed <any>] [--parallel 2] [--save]
 *
 * --save also writes bench/results/proof-power-cut.txt. Needs Linux and a C compiler. What is done is in
 * test/store/proofs/power-cut.mjs. Ends with 1 when a state lost something, or does not open.
 */
import { cutPower } from '../../test/store/proofs/power-cut.mjs'
import { numbers, runProof } from './run-proof.mjs'

await runProof(
  'power-cut',
  numbers({ calls: 1000, variants: 8, parallel: 2, states: undefined }),
  async (options) => {
    const report = await cutPower(options)
    return {
      title: `Power cut in a run of ${options.calls} calls: before every effect, and before the end of every sync`,
      isGood: report.findings.length === 0,
      lines: [
        `cuts    ${report.cuts}`,
        `states  ${report.states}: each cut with all there is, and ${options.variants} times with some of what no sync had covered`,
        ...Object.entries(report.results).map(([result, count]) => `  ${result.padEnd(9)}${count}`),
        '',
        'same: nothing was pending, so chance had nothing to leave out',
      ],
      findings: report.findings,
    }
  },
)
