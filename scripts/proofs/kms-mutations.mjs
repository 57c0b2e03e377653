/**
 * Sends requests to the KMS that were good before somebody changed them, and looks for what must not be.
 *
 *     node scripts/proofs/kms-mutations.mjs [--requests 20000] [--native 1] [--standMs 50] [--seed <any>] [--save] [--json]
 *
 * Half of them go to each front unless --native 1 or 0 says which. --save also writes
 * bench/results/proof-kms-mutations.txt. What is done is in test/http/proofs/kms-mutations.mjs. Ends with 1 when an answer
 * was a mistake of the server's, when there was none, when fewer than half of the requests came as far as an operation, when
 * the server's loop worked for `standMs` on end (0: never mind), or when something was lost.
 *
 * How long an answer took is told, and no finding: it holds the wait for the disk, and work on other threads.
 */
import { mutateKms } from '../../test/http/proofs/kms-mutations.mjs'
import { BOTH, joined, sumOf, throughFronts } from './fronts.mjs'
import { runProof } from './run-proof.mjs'

const usual = { requests: 20_000, native: BOTH, standMs: 50, parallel: 1 }
const SLOWEST = 5

await runProof('kms-mutations', usual, mutateBoth, (report, { standMs }) => [
  'requests of every operation of the KMS, changed and sent to sealtrail serve',
  `requests      ${report.states}, of ${report.operations} operations`,
  `reached       ${report.reached} came past parsing and the model, to an operation`,
  `answers       ${counts(report.statuses)}; unanswered, as no request or cut off: ${report.unanswered}`,
  `said          ${counts(report.codes)}`,
  `answered in   ${report.answered.median} ms (median), ${report.answered.p99} ms (p99), ${report.answered.max} ms (longest)`,
  `slowest       ${report.answered.slowest.map(({ operation, ms }) => `${operation} ${ms} ms`).join(', ')}`,
  `the loop      stood ${report.loop.times} times for 20 ms or more, for ${report.loop.max} ms at most; worked for ${report.loop.workedMax} ms on end at most`,
  `              ${standMs === 0 ? 'which is no finding here' : `${standMs} ms of work on end are a finding`}`,
  'then          what was sealed before opens, fsck, a start, and it opens again',
])

async function mutateBoth(options) {
  const reports = await throughFronts(mutateKms, options)
  const sum = (name) => sumOf(reports, name)
  return {
    ...{ states: sum('states'), reached: sum('reached'), unanswered: sum('unanswered') },
    ...{ statuses: joined(reports, 'statuses'), codes: joined(reports, 'codes') },
    ...{ answered: answeredIn(reports.flatMap(({ times }) => times)) },
    ...{ loop: loopOf(reports.flatMap(({ stood }) => stood)) },
    operations: reports[0].operations,
    findings: reports.flatMap(({ findings }) => findings),
  }
}

function answeredIn(times) {
  const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (part) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
  const slowest = times.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST)
  return {
    ...{ median: at(0.5), p99: at(0.99), max: at(1) },
    slowest: slowest.map(({ operation, ms }) => ({ operation, ms: Math.round(ms) })),
  }
}

function loopOf(stood) {
  const most = (values) => Math.round(Math.max(0, ...values))
  const worked = stood.map(({ ms, workedMs }) => Math.min(ms, workedMs))
  return { times: stood.length, max: most(stood.map(({ ms }) => ms)), workedMax: most(worked) }
}

function counts(tally) {
  const sorted = Object.entries(tally).sort(([, a], [, b]) => b - a)
  return sorted.map(([name, count]) => `${name}: ${count}`).join(', ')
}
