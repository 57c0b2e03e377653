/**
 * Lets every call that changes the disk fail, once and in every way, under a row of calls.
 *
 *     node scripts/proofs/syscall-faults.mjs [--calls 16] [--states <all>] [--seed <any>] [--parallel 2] [--save]
 *
 * --save also writes bench/results/proof-syscall-faults.txt. Needs Linux and a C compiler. What is done is in
 * test/store/proofs/syscall-faults.mjs. Ends with 1 when something acknowledged was lost, or a process hung or died.
 */
import { failCalls } from '../../test/store/proofs/syscall-faults.mjs'
import { numbers, runProof } from './run-proof.mjs'

const options = numbers({ calls: 16, parallel: 2, states: undefined })
await runProof('syscall-faults', options, async (options) => {
  const report = await failCalls(options)
  return {
    title: `One call to the system fails, under ${options.calls} calls to a new house, until it is closed`,
    isGood: report.findings.length === 0,
    lines: [
      `calls   ${Object.entries(report.counts)
        .filter(([kind, count]) => count > 0 && kind !== 'faults')
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')}`,
      `cases   ${report.states}`,
      '',
      ...Object.entries(report.results).map(
        ([fault, results]) =>
          `  ${fault.padEnd(8)}${Object.entries(results)
            .sort()
            .map(([result, count]) => `${result} ${count}`.padEnd(20))
            .join('')
            .trimEnd()}`,
      ),
      '',
      'unharmed: nobody noticed; refused once: a call was, and the next went well; broken: it said so and took no more;',
      'not opened: it said so; no fault: the run had no such call this time. Each directory was opened twice: as it was,',
      'and after a power cut on a disk that forgets what a failed sync should have covered.',
    ],
    findings: report.findings,
  }
})
