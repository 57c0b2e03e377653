/**
 * Kills a house with 8 clients again and again, and looks for what they were told.
 *
 *     node scripts/proofs/kills.mjs [--rounds 10000] [--served 0] [--invents 0]
 *         [--parallel 2] [--seed <any>] [--folder <on the disk to try>] [--save] [--json]
 *
 * --served 1 kills `sealtrail serve`, whose clients come by HTTP, instead of a program with sealtrail inside; --invents 1 is the control: calls that were never made are told as acknowledged, and must be missed. --save also
 * writes bench/results/proof-kills.txt. What is done is in test/store/proofs/kills.mjs. Ends with 1 when something was
 * lost.
 */
import { tmpdir } from 'node:os'
import { killRounds, percentile } from '../../test/store/proofs/kills.mjs'
import { runProof } from './run-proof.mjs'

const usual = { rounds: 10_000, served: 0, invents: 0, parallel: 2, folder: tmpdir() }
await runProof('kills', usual, killRounds, (report, { served, invents }) => [
  `kill -9 of ${served ? 'sealtrail serve' : 'a program with sealtrail inside'}, 8 clients, each of which syncs what it was told`,
  ...(invents ? ['THE CONTROL: calls that were never made'] : []),
  `rounds        ${report.states}, of which ${report.early} were killed before all had been looked at`,
  `acknowledged  ${report.acknowledged} calls, with their keys, states, aliases, tags and records`,
  `lost          in ${report.findings.length} rounds`,
  row('start', 'from the opening to the first answer', report.startMs),
  row('', 'from the start of the process', report.processMs),
])

function row(name, what, times) {
  if (times.length === 0) return `${name.padEnd(14)}${what}: none`
  const shares = [0.5, 0.99, 1].map((share) => `${percentile(times, share).toFixed(0)} ms`)
  return `${name.padEnd(14)}${what}: p50 ${shares[0]}, p99 ${shares[1]}, longest ${shares[2]}`
}
