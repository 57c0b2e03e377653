/**
 * A mixed load on a server that is killed five times: one record of each call, in delivered files and in LookupEvents.
 *
 *     node scripts/proofs/trail-exactly-once.mjs [--calls 100000] [--kills 5] [--invents 0] [--forgets 0]
 *         [--seed <any>] [--folder <on the disk to try>] [--save] [--json]
 *
 * --invents 1 and --forgets 1 are the controls: the client's log has a call that was never made, which must be missed, or
 * lacks one that was, whose record must be found. --save also writes bench/results/proof-trail-exactly-once.txt. What is
 * done is in test/trail/proofs/exactly-once.mjs. Ends with 1 when a call has no record, two, or one that says something
 * else than its client was told, and when a record is of no call.
 */
import { tmpdir } from 'node:os'
import { exactlyOnce } from '../../test/trail/proofs/exactly-once.mjs'
import { runProof } from './run-proof.mjs'

const usual = { calls: 100_000, kills: 5, invents: 0, forgets: 0, parallel: 1, folder: tmpdir() }
await runProof('trail-exactly-once', usual, exactlyOnce, (report, { invents, forgets }) => [
  `A mixed load of calls by AWS's SDK, over ${report.states} times kill -9 of the server, and its records`,
  ...(invents ? ['THE CONTROL: a call that was never made'] : []),
  ...(forgets ? ['THE CONTROL: a call that the log lacks'] : []),
  `answered   ${report.answers} calls, ${report.refused} of them refused; ${report.unanswered} were cut off by kills`,
  `delivered  ${report.delivered} records in ${report.files} log files`,
  `looked up  ${report.looked} records by LookupEvents`,
  'by operation and error, as the clients were told, and as both have it:',
  ...Object.entries(report.told).map(([what, count]) => `  ${String(count).padStart(7)}  ${what}`),
])
