/**
 * Sends requests to S3 that were good before somebody changed them, and looks for what must not be.
 *
 *     node scripts/proofs/s3-mutations.mjs [--requests 20000] [--native 1] [--seed <any>] [--save] [--json]
 *
 * Half of them go to each front unless --native 1 or 0 says which. --save also writes
 * bench/results/proof-s3-mutations.txt. What is done is in test/http/proofs/s3-mutations.mjs. Ends with 1 when an answer
 * was a mistake of the server's, when there was none, or when something was lost.
 */
import { mutateRequests } from '../../test/http/proofs/s3-mutations.mjs'
import { BOTH, joined, sumOf, throughFronts } from './fronts.mjs'
import { runProof } from './run-proof.mjs'

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

async function mutateBoth(options) {
  const reports = await throughFronts(mutateRequests, options)
  return {
    ...{ states: sumOf(reports, 'states'), unanswered: sumOf(reports, 'unanswered') },
    ...{ statuses: joined(reports, 'statuses'), operations: reports[0].operations },
    findings: reports.flatMap(({ findings }) => findings),
  }
}
