/**
 * Puts many objects under a bucket key, and counts in KMS's records how often it was asked.
 *
 *     node scripts/proofs/bucket-key-calls.mjs [--puts 10000] [--folder /somewhere] [--save] [--json]
 *
 * --save also writes bench/results/proof-bucket-key-calls.txt. What is done is in test/s3/proofs/bucket-key-calls.mjs. Ends
 * with 1 when less than 97 % of the calls were saved, or a requester shared another's key.
 */
import { bucketKeyCalls } from '../../test/s3/proofs/bucket-key-calls.mjs'
import { runProof } from './run-proof.mjs'

const usual = { puts: 10_000, parallel: 1 }
await runProof('bucket-key-calls', usual, bucketKeyCalls, (report, { puts }) => [
  'Calls of KMS for objects under a bucket key',
  `puts    ${puts} of 1,500 bytes by one requester: ${report.calls[0]} GenerateDataKey`,
  `saved   ${(report.saved * 100).toFixed(2)} %`,
  `second  requester, one put: ${report.calls[1]} GenerateDataKey`,
  `without a bucket key, 10 puts: ${report.direct} GenerateDataKey`,
  `reads   ${puts} by the first requester: ${report.reads} Decrypt`,
])
