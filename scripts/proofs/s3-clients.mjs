/**
 * Clients of S3 that the tests do not install, and objects larger than theirs: rclone of Debian, AWS's SDK for Go, and 150 MB
 * in parts by these, by AWS's SDK for JavaScript and by the AWS CLI. Through both fronts; each object is checked by its hash.
 *
 *     node scripts/proofs/s3-clients.mjs [--megabytes 150] [--folder <with room>] [--save] [--json]
 *
 * Clients are looked for on the PATH; one that is not there is a finding. Go fetches its SDK. --save also writes
 * bench/results/proof-s3-clients.txt. What is done is in test/s3/proofs/other-clients.mjs. Ends with 1 when something is not
 * as it must be.
 */
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { walkClients } from '../../test/s3/proofs/other-clients.mjs'
import { runProof } from './run-proof.mjs'

const goWalk = fileURLToPath(new URL('./s3-clients-go/walk.go', import.meta.url))
const usual = { megabytes: 150, folder: tmpdir() }
const walk = (wanted) => walkClients({ ...wanted, goWalk })
await runProof('s3-clients', usual, walk, (report, { megabytes }) => [
  `unmodified clients of S3, ${megabytes} MB in parts, SSE-KMS; each object checked by its SHA-256`,
  ...report.versions,
  '',
  ...report.done,
])
