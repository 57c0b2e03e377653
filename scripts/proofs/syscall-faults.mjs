/**
 * Lets every call that changes the disk fail, once and in every way, under a row of calls.
 *
 *     node scripts/proofs/syscall-faults.mjs [--calls 16] [--states <all>]
 *         [--parallel 2] [--seed <any>] [--folder <in memory>] [--save] [--json]
 *
 * --save also writes bench/results/proof-syscall-faults.txt. Needs Linux and a C compiler. What is done is in
 * test/store/proofs/syscall-faults.mjs. Ends with 1 when something acknowledged was lost, or a process hung or died.
 */
import { failCalls } from '../../test/store/proofs/syscall-faults.mjs'
import { runProof } from './run-proof.mjs'

const usual = { calls: 16, states: undefined, parallel: 2 }
await runProof('syscall-faults', usual, failCalls, (report, { calls }) => [
  `One call to the system fails, under ${calls} calls to a new house, until it is closed`,
  `calls   ${Object.entries(report.counts)
    .filter(([kind, count]) => count > 0 && kind !== 'faults')
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')}`,
  `cases   ${report.states}`,
  '',
  ...Object.entries(report.results).map(
    ([fault, results]) => `  ${fault.padEnd(8)}${countsOf(results)}`,
  ),
  '',
  'unharmed: nobody noticed; refused once: a call was, and a later one went well; broken: it said so and took no more;',
  'not opened: it said so; no fault: the run had no such call this time. Each directory was opened twice: as it was,',
  'and after a power cut on a disk that forgets what a failed sync should have covered.',
])

function countsOf(results) {
  return Object.entries(results)
    .sort()
    .map(([result, count]) => `${result} ${count}`.padEnd(20))
    .join('')
    .trimEnd()
}
