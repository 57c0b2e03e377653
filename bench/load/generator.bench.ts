/**
 * Does `sealtrail load` keep a planned rate of 20,000 a second with one core for itself and one for the server, and what does a
 * request cost it beside wrk?
 *
 * The server is nearly nothing (fixed-server.ts), the call one of KMS, signed; both senders have the same connections. wrk signs
 * nothing: it repeats one request, and knows no plan. Ours signs a request that is repeated once for each second in which it is
 * sent, as it would be signed the same; what signing each would add is measured by itself, in the same run.
 *
 *     npm run bench -- load/generator                    3 rounds of 5 seconds
 *     npm run bench -- load/generator --rounds 5 --seconds 10
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'
import {
  type Cost,
  hasWrk,
  type Kept,
  sealtrailLoad,
  signing,
  startServer,
  wrk,
} from './senders.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = Number(process.env.SEALTRAIL_BENCH_ROUNDS ?? (IS_SHORT ? 1 : 3))
const SECONDS = Number(process.env.SEALTRAIL_BENCH_SECONDS ?? (IS_SHORT ? 2 : 5))
const RATE = 20_000
const CONNECTIONS = 64
/** Of the plan, at least so much is answered. */
const KEPT = 0.99

showMachine()
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-generator-'))
const server = await startServer()
const ours: Kept[] = []
const theirs: Cost[] = []
const signatures: number[] = []
try {
  const sending = {
    ...{ url: server.url, connections: CONNECTIONS, rate: RATE, seconds: SECONDS, folder },
  }
  for (let round = 0; round < ROUNDS; round++) {
    signatures.push(signing(server.url))
    ours.push(await sealtrailLoad(server, sending))
    if (hasWrk) theirs.push(await wrk(server, sending))
  }
} finally {
  server.stop()
  rmSync(folder, { recursive: true, force: true })
}

const share = median(ours.map((one) => one.share))
console.log(
  `\n${RATE}/s planned over ${CONNECTIONS} connections, ${ROUNDS} x ${SECONDS} s, medians: ${(100 * share).toFixed(1)} % of the plan answered, ${share >= KEPT ? 'kept' : 'NOT KEPT'} within 1 %; p50 ${medianOf(ours, 'p50')} ms, p99 ${medianOf(ours, 'p99')} ms behind the plan`,
)
const rows = [
  [
    'sealtrail load, which signs a request once a second',
    medianOf(ours, 'cpuMicroseconds'),
    medianOf(ours, 'perSecond', 0),
  ],
  ['what signing each request would add', median(signatures).toFixed(1), ''],
  ...(hasWrk
    ? [
        [
          'wrk, which signs nothing',
          medianOf(theirs, 'cpuMicroseconds'),
          medianOf(theirs, 'perSecond', 0),
        ],
      ]
    : []),
]
console.log(table([['', 'CPU us/request', 'per second'], ...rows]))
if (!hasWrk) {
  console.log('\n  wrk does not take part: it is not on the PATH (apt-get install wrk)')
}

function medianOf<Name extends string>(
  all: ReadonlyArray<{ readonly [Key in Name]: number }>,
  name: Name,
  digits = 1,
): string {
  return median(all.map((one) => one[name])).toFixed(digits)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
