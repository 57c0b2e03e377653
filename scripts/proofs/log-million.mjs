/**
 * A million records under the log, and one of them removed, edited, moved or added by somebody with the root key, who makes the
 * journal fit again; `sealtrail trail check-log` must name it, from its start to its end in five seconds: of the clock, or of
 * CPU on all its threads together, where others keep the machine busy.
 *
 *     node scripts/proofs/log-million.mjs [--records 1000000] [--seconds 5] [--folder <with room>] [--save] [--json]
 *
 * --save also writes bench/results/proof-log-million.txt. What is done is in test/proofs/million.mjs. Ends with 1 when something
 * is not found, is called another thing, or takes longer.
 */
import { findDamage } from '../../test/proofs/million.mjs'
import { runProof } from './run-proof.mjs'

const usual = { records: 1_000_000, seconds: 5 }
await runProof('log-million', usual, findDamage, ({ built, checks }, { records }) => [
  `the log over ${records} records of ${built.recordBytes} bytes, one of them changed, and the journal made to fit by its root key`,
  `made and signed in ${built.wallSeconds.toFixed(1)} s, ${perRecord(built, records)} µs of CPU a record`,
  '',
  'what was changed                       check-log, s    of CPU   what it says',
  ...checks.map(({ name, seconds, cpuSeconds, problem, says }) => {
    const took = `${seconds.toFixed(2).padStart(12)}${cpuSeconds.toFixed(2).padStart(10)}`
    return `${name.padEnd(39)}${took}   ${problem?.says ?? says ?? 'all as they were signed'}`
  }),
])

function perRecord({ cpuSeconds }, records) {
  return ((cpuSeconds / records) * 1e6).toFixed(1)
}
