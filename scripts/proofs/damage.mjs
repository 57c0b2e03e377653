/**
 * Harms every file of a data directory in every way, and opens it.
 *
 *     node scripts/proofs/damage.mjs [--places 1000] [--calls 60] [--editedBases 2]
 *         [--parallel 2] [--seed <any>] [--folder <in memory>] [--save] [--json]
 *
 * --save also writes bench/results/proof-damage.txt. What is done is in test/store/proofs/damage.mjs. Ends with 1 when
 * something was neither refused by name nor served right.
 */
import { damageFiles } from '../../test/store/proofs/damage.mjs'
import { runProof } from './run-proof.mjs'

const usual = { places: 1000, calls: 60, editedBases: 2, parallel: 2 }
await runProof('damage', usual, damageFiles, (report) => [
  'Damage to every file of a data directory, closed and killed: refused by name, or served right',
  `cases   ${report.states}`,
  'results refused (by name), right; none: there is nothing to harm',
  '        unnamed (refused, no file is named), failed (a call of the look), wrong, hangs, crashes',
  ...Object.entries(report.table).flatMap(([file, row]) => [
    '',
    file,
    ...Object.entries(row).map(([damage, results]) => `  ${damage.padEnd(16)}${countsOf(results)}`),
  ]),
])

function countsOf(results) {
  return Object.entries(results)
    .sort()
    .map(([result, count]) => `${result} ${count}`.padEnd(16))
    .join('')
    .trimEnd()
}
