/**
 * A day of a trail in 76 seconds: some 10,000 log files under a KMS key, and what ours and the AWS CLI say of them.
 *
 *     node scripts/proofs/trail-day.mjs [seconds]
 *
 * The trail's clock runs 1,200 times as fast, with slots of eight seconds; each file is one of SSE-KMS. Needs `aws` on the
 * PATH, and a built dist/. Ends with 1 when anything is not valid.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openSealtrail } from '../../dist/index.js'

const [ACCOUNT, REGION, BUCKET] = ['111122223333', 'us-east-1', 'audit-logs']
const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/audit`
const seconds = Number(process.argv[2] ?? 76)
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-trail-day-'))
const say = (sentence) => process.stdout.write(`${sentence}\n`)
const house = await openSealtrail({
  ...{ dataDir: join(folder, 'data'), account: ACCOUNT, region: REGION },
  ...{ trailClock: 'scaled:1200', trailSlotSeconds: 8 },
})
try {
  const policies = house.cloudtrail.trailPolicies('audit', BUCKET)
  await house.s3.createBucket({ Bucket: BUCKET })
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(policies.bucketPolicy) })
  const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(policies.keyPolicy) })
  await house.cloudtrail.createTrail({
    ...{ Name: 'audit', S3BucketName: BUCKET, KmsKeyId: KeyMetadata.Arn },
    EnableLogFileValidation: true,
  })
  await house.cloudtrail.startLogging({ Name: 'audit' })
  let calls = 0
  for (const begun = performance.now(); performance.now() - begun < seconds * 1000; calls++) {
    await house.kms.generateDataKey({ KeyId: KeyMetadata.Arn, KeySpec: 'AES_256' })
    await sleep(7)
  }
  await house.cloudtrail.stopLogging({ Name: 'audit' })
  await settled()
  const { digests, logFiles, findings } = await house.cloudtrail.validateTrail('audit')
  say(
    `${calls} calls; ours: ${digests} digests, ${logFiles} log files, ${findings.length} not valid`,
  )
  const told = await validateLogs()
  say(told)
  const isValid = findings.length === 0 && !/INVALID/.test(told)
  process.exitCode = isValid && told.includes(`${logFiles}/${logFiles} log files valid`) ? 0 : 1
} finally {
  await house.close()
  rmSync(folder, { recursive: true })
}

/** Until nothing more is delivered. */
async function settled() {
  for (let before = ''; ; ) {
    const status = await house.cloudtrail.getTrailStatus({ Name: 'audit' })
    const now = JSON.stringify([status.LatestDeliveryTime, status.LatestDigestDeliveryTime])
    if (now === before) return
    before = now
    await sleep(2000)
  }
}

async function validateLogs() {
  const { url } = await house.listen({ port: 0 })
  const times = ['--start-time', '2020-01-01T00:00:00Z', '--end-time', '2100-01-01T00:00:00Z']
  const env = {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, AWS_CONFIG_FILE: '/dev/null' },
    ...{ AWS_ENDPOINT_URL: url, AWS_DEFAULT_REGION: REGION },
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'data/credentials'),
  }
  const args = ['cloudtrail', 'validate-logs', '--trail-arn', TRAIL, ...times]
  const { stdout } = await promisify(execFile)('aws', args, { env })
  return stdout.trim().split('\n').slice(-2).join('\n')
}
