/**
 * What a house costs as it grows: its start, its calls, its memory, with a hundredth, a tenth and all of so many keys, of so many
 * objects, and of so many records.
 *
 *     node scripts/proofs/growth.mjs [--keys 100000] [--objects 1000000] [--records 10000000] [--folder <with room: 1 KB a record>]
 *                                    [--save] [--json]
 *
 * --save also writes bench/results/proof-growth.txt, growth.json (the figures), and growth.html: the figures as curves, which
 * growth-page.mjs makes of them again. What is done is in test/acceptance/proofs/growth.mjs. What a kill leaves of a million
 * objects has a proof of its own: s3-million.mjs.
 */
import { tmpdir } from 'node:os'
import { grow } from '../../test/acceptance/proofs/growth.mjs'
import { saveFigures } from './growth-page.mjs'
import { runProof } from './run-proof.mjs'

const COLUMNS = [
  ['open', 'openMs', 0],
  ['first', 'firstAnswerMs', 0],
  ['Decrypt', 'decryptUs', 1],
  ['CreateKey', 'createKeyUs', 1],
  ['1,000 keys', 'listKeysMs', 1],
  ['50 records', 'newestRecordsMs', 1],
  ['RSS', 'rssMiB', 0],
  ['PutObject', 'putObjectUs', 1],
  ['GetObject', 'getObjectUs', 1],
  ['1,000 objects', 'listObjectsMs', 1],
]

const usual = { keys: 100_000, objects: 1_000_000, records: 10_000_000, folder: tmpdir() }
const { report, isSaved } = await runProof('growth', usual, grow, (report) => [
  'a house that grows: start and first answer (ms), CPU of a call (us), pages (ms), memory (MiB)',
  ...Object.entries(report.curves).flatMap(([what, curve]) => {
    const columns = COLUMNS.filter(([, member]) => member in curve[0])
    const cells = (values) => values.map((text) => text.padStart(15)).join('')
    return [
      `${what.padStart(10)}${cells(columns.map(([title]) => title))}`,
      ...curve.map((point) => {
        const values = columns.map(([, member, digits]) => point[member].toFixed(digits))
        return `${String(point.size).padStart(10)}${cells(values)}`
      }),
    ]
  }),
])
if (isSaved) saveFigures(report.curves)
