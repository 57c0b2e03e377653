/**
 * What a house costs as it grows: its start, its calls, its memory, with a hundredth, a tenth and all of so many keys, and
 * of so many records.
 *
 *     node scripts/proofs/growth.mjs [--keys 100000] [--records 10000000] [--folder <with room: 1 KB a record>] [--save] [--json]
 *
 * --save also writes bench/results/proof-growth.txt. What is done is in test/acceptance/proofs/growth.mjs. Objects have a
 * proof of their own: s3-million.mjs.
 */
import { tmpdir } from 'node:os'
import { grow } from '../../test/acceptance/proofs/growth.mjs'
import { runProof } from './run-proof.mjs'

const usual = { keys: 100_000, records: 10_000_000, folder: tmpdir() }
await runProof('growth', usual, grow, (report) => [
  'a house that grows: start and first answer (ms), CPU of a call (us), pages (ms), memory (MiB)',
  ...Object.entries(report.curves).flatMap(([what, curve]) => [
    `${what.padStart(10)}      open    first  Decrypt  CreateKey  1,000 keys  50 records    RSS`,
    ...curve.map((point) =>
      [
        String(point.size).padStart(10),
        point.openMs.toFixed(0).padStart(10),
        point.firstAnswerMs.toFixed(0).padStart(9),
        point.decryptUs.toFixed(1).padStart(9),
        point.createKeyUs.toFixed(1).padStart(11),
        point.listKeysMs.toFixed(1).padStart(12),
        point.newestRecordsMs.toFixed(1).padStart(12),
        point.rssMiB.toFixed(0).padStart(7),
      ].join(''),
    ),
  ]),
])
