/**
 * Sends requests to S3 that were good before somebody changed them, and looks for what must not be.
 *
 *     node scripts/proofs/s3-mutations.mjs [--requests 20000] [--native 1] [--seed <any>] [--save] [--json]
 *
 * Half of them go to each front unless --native 1 or 0 says which. --save also writes
 * bench/results/proof-s3-mutations.txt. What is done is in test/http/proofs/s3-mutations.mjs. Ends with 1 when an answer
 * was a mistake of the server's, when there was none, or when something was lost.
 */
import { join } from 'node:path'
import { mutateRequests } from '../../test/http/proofs/s3-mutations.mjs'
import { runProof } from './run-proof.mjs'

const BOTH = -1
const usual = { requests: 20_000, native: BOTH, parallel: 1 }

await runProof('s3-mutations', usual, mutateBoth, (report) => [
  'requests of every operation of S3, changed and sent to sealtrail serve',
  `requests      ${report.states}, of ${report.operations} operations, and forms and uploads in chunks`,
  `answers       ${Object.entries(report.statuses)
    .map(([status, count]) => `${status}: ${count}`)
    .join(', ')}`,
  `unanswered    ${report.unanswered}: what is no request, or was cut off`,
  'then          every object is read in full, fsck, a start, and every object again',
])

async function mutateBoth({ requests, native, folder, ...options }) {
  const fronts = native === BOTH ? [0, 1] : [native]
  const reports = []
  for (const [i, front] of fronts.entries()) {
    const count =
      Math.floor(((i + 1) * requests) / fronts.length) - Math.floor((i * requests) / fronts.length)
    const given = { ...options, requests: count, native: front, folder: join(folder, `${front}`) }
    reports.push(await mutateRequests(given))
  }
  const statuses = {}
  for (const report of reports) {
    for (const [status, count] of Object.entries(report.statuses)) {
      statuses[status] = (statuses[status] ?? 0) + count
    }
  }
  const sum = (name) => reports.reduce((all, report) => all + report[name], 0)
  const findings = reports.flatMap(({ findings }) => findings)
  const { operations } = reports[0]
  return { states: sum('states'), unanswered: sum('unanswered'), statuses, operations, findings }
}
