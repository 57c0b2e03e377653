/**
 * A day of a trail: more than 10,000 log files under a KMS key, and what ours and the AWS CLI say of them.
 *
 *     node scripts/proofs/trail-day.mjs [--seconds 560] [--slot 5] [--files 10000] [--save]
 *
 * The trail's clock runs as fast as a day needs to pass in so many seconds; a slot takes 5 seconds of it. Each file is one
 * of SSE-KMS. Needs `aws` on the PATH, and a built dist/.
 */
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openSealtrail } from '../../dist/index.js'
import { runProof } from './run-proof.mjs'

const [ACCOUNT, REGION, BUCKET] = ['111122223333', 'us-east-1', 'audit-logs']
const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/audit`
const DAY_SECONDS = 24 * 60 * 60
/** Of the wall clock; a slot takes longer. */
const CALL_MS = 8

const usual = { seconds: 560, slot: 5, files: 10_000, folder: tmpdir() }
await runProof('trail-day', usual, prove, (report, options) => [
  `24 hours of a trail in ${options.seconds} seconds, a log file for each ${options.slot} seconds of it, all under a KMS key`,
  `calls       ${report.calls}`,
  `log files   ${report.logFiles}`,
  `digests     ${report.digests}, backfills among them`,
  `validate    ours: ${report.invalid} not as they were delivered, ${report.uncovered} uncovered, in ${report.oursSeconds} s`,
  `            aws cloudtrail validate-logs, in ${report.theirsSeconds} s:`,
  ...report.told.map((line) => `            ${line}`),
])

async function prove({ folder, seconds, slot, files, onState }) {
  const house = await openSealtrail({
    ...{ dataDir: join(folder, 'data'), account: ACCOUNT, region: REGION },
    ...{ trailClock: `scaled:${Math.round(DAY_SECONDS / seconds)}`, trailSlotSeconds: slot },
  })
  try {
    const keyId = await setUp(house)
    let calls = 0
    for (const begun = performance.now(); performance.now() - begun < seconds * 1000; calls++) {
      await house.kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256' })
      onState({ states: Math.round((performance.now() - begun) / 1000), findings: [] }, seconds)
      await sleep(CALL_MS)
    }
    await house.cloudtrail.stopLogging({ Name: 'audit' })
    await settled(house)
    const [ours, oursSeconds] = await timed(() => house.cloudtrail.validateTrail('audit'))
    const [told, theirsSeconds] = await timed(() => validateLogs(house, folder))
    const { digests, logFiles, uncovered, findings: invalid } = ours
    const summary = told.join(' ')
    const findings = [
      ...invalid.map((finding) => ({ ours: finding })),
      ...(logFiles < files ? [{ expected: `${files} log files` }] : []),
      ...(digests < 24 ? [{ expected: '24 digests' }] : []),
      ...(/INVALID/.test(summary) ? [{ theirs: summary }] : []),
      ...(summary.includes(`${logFiles}/${logFiles} log files valid`) ? [] : [{ theirs: summary }]),
    ]
    return {
      ...{ calls, logFiles, digests, uncovered, invalid: invalid.length, told, findings },
      ...{ oursSeconds, theirsSeconds },
    }
  } finally {
    await house.close()
  }
}

async function setUp(house) {
  const policies = house.cloudtrail.trailPolicies('audit', BUCKET)
  await house.s3.createBucket({ Bucket: BUCKET })
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(policies.bucketPolicy) })
  const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(policies.keyPolicy) })
  await house.cloudtrail.createTrail({
    ...{ Name: 'audit', S3BucketName: BUCKET, KmsKeyId: KeyMetadata.Arn },
    EnableLogFileValidation: true,
  })
  await house.cloudtrail.startLogging({ Name: 'audit' })
  return KeyMetadata.Arn
}

/** Until nothing more is delivered. */
async function settled(house) {
  for (let before = ''; ; ) {
    const status = await house.cloudtrail.getTrailStatus({ Name: 'audit' })
    const now = JSON.stringify([status.LatestDeliveryTime, status.LatestDigestDeliveryTime])
    if (now === before) return
    before = now
    await sleep(5000)
  }
}

async function validateLogs(house, folder) {
  const { url } = await house.listen({ port: 0 })
  const times = ['--start-time', '2020-01-01T00:00:00Z', '--end-time', '2100-01-01T00:00:00Z']
  const env = {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, AWS_CONFIG_FILE: '/dev/null' },
    ...{ AWS_ENDPOINT_URL: url, AWS_DEFAULT_REGION: REGION },
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'data/credentials'),
  }
  const args = ['cloudtrail', 'validate-logs', '--trail-arn', TRAIL, ...times]
  // It ends with 1 when anything is not valid, and says so.
  const { stdout } = await promisify(execFile)('aws', args, { env }).catch((error) => error)
  return stdout.trim().split('\n').slice(-3)
}

async function timed(work) {
  const begun = performance.now()
  const answer = await work()
  return [answer, Math.round((performance.now() - begun) / 1000)]
}
