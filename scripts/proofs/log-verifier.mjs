/**
 * What Go's checksum-database packages (golang.org/x/mod/sumdb/tlog and note) say of checkpoints, proofs and tiles of the log,
 * and of the same tampered with in every way that a bit or a line allows.
 *
 *     node scripts/proofs/log-verifier.mjs [--records 1000] [--tampered 400] [--save] [--json]
 *
 * Needs `go` on the PATH, which fetches that module. --save also writes bench/results/proof-log-verifier.txt. Ends with 1 when
 * something genuine is refused, or something tampered with is accepted, by Go or by ours.
 */
import { fileURLToPath } from 'node:url'
import { askStranger } from '../../test/proofs/stranger.mjs'
import { runProof } from './run-proof.mjs'

const goVerifier = fileURLToPath(new URL('./log-verifier-go/verify.go', import.meta.url))
const usual = { records: 1000, tampered: 400 }
const ask = (wanted) => askStranger({ ...wanted, goVerifier })
await runProof('log-verifier', usual, ask, (report, { records }) => [
  `the log over ${records} records, as Go's sumdb/tlog and sumdb/note and our own verifier see it`,
  ...report.lines,
])
