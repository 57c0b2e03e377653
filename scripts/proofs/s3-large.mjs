/**
 * An object of many GiB through HTTP, up and down, by one PUT (5 GiB at most) and in parts, through both fronts.
 *
 *     node scripts/proofs/s3-large.mjs [--gib 10] [--folder <with room for it>] [--save] [--json]
 *
 * --gib may be a part of one. --save also writes bench/results/proof-s3-large.txt. What is done is in
 * test/s3/proofs/large.mjs. Ends with 1 when bytes are others, or the server's memory grew by more than 64 MiB.
 */
import { tmpdir } from 'node:os'
import { moveLarge } from '../../test/s3/proofs/large.mjs'
import { runProof } from './run-proof.mjs'

const usual = { gib: 10, folder: tmpdir() }
await runProof('s3-large', usual, moveLarge, (report, { gib }) => [
  `${gib} GiB through sealtrail serve, SSE-KMS, AWS's SDK; each checked by its SHA-256`,
  'growth  of the resident memory of the server, over what it was before the transfer',
  ...report.transfers.map(
    ({ front, way, direction, bytes, seconds, megabytesPerSecond, rssMib, growthMib }) =>
      [
        `${front} front, ${way}, ${direction}`.padEnd(36),
        `${(bytes / 2 ** 30).toFixed(2)} GiB`.padStart(10),
        `${seconds.toFixed(1)} s`.padStart(9),
        `${megabytesPerSecond.toFixed(0)} MB/s`.padStart(9),
        `RSS ${rssMib.toFixed(0)} MiB`.padStart(13),
        `growth ${growthMib.toFixed(1)} MiB`.padStart(18),
      ].join(''),
  ),
])
