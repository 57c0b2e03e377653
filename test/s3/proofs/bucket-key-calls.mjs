/**
 * How often KMS is asked for objects under a bucket key, beside objects under the KMS key itself: its own records tell.
 */
import { join } from 'node:path'
import { openSealtrail } from '../../../dist/index.js'

const BODY = Buffer.alloc(1500, 'log ')
const AT_ONCE = 32
const SAVED_MIN = 0.97
const REGION = 'eu-west-1'
const SESSIONS = ['AKIAIOSFODNN7EXAMPLE', 'AKIAI44QH8DHBEXAMPLE']

/**
 * @param wanted { folder: an empty directory; puts; onState }
 * @returns { states: puts; calls: of each requester; direct: without a bucket key; reads; saved: a share; findings }
 */
export async function bucketKeyCalls({ folder, puts, onState }) {
  const options = { dataDir: join(folder, 'data'), rootKeyFile: join(folder, 'root-key') }
  const house = await openSealtrail({ ...options, region: REGION, threads: 1 })
  const report = { states: 0, calls: [], direct: 0, reads: 0, saved: 0, findings: [] }
  try {
    const { KeyMetadata } = await house.kms.createKey({})
    const SSEKMSKeyId = KeyMetadata.Arn
    const Bucket = 'logs'
    const CreateBucketConfiguration = { LocationConstraint: REGION }
    await house.s3.createBucket({ Bucket, CreateBucketConfiguration })
    const requesters = SESSIONS.map((accessKeyId) => house.as({ ...house.caller, accessKeyId }))
    const asked = countsOf(house)
    await asked()

    const write = ({ s3 }, prefix, count, BucketKeyEnabled) =>
      manyTimes(count, async (i) => {
        const Key = `${prefix}/${i}`
        const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId, BucketKeyEnabled }
        await s3.putObject({ Bucket, Key, Body: BODY, ...sse })
        report.states++
        onState?.(report, puts)
      })
    // Whoever is first asks; the others of the same moment do not wait for him.
    await write(requesters[0], 'first', 1, true)
    await write(requesters[0], 'one', puts - 1, true)
    report.calls.push((await asked()).GenerateDataKey)
    report.saved = 1 - report.calls[0] / puts
    if (report.saved < SAVED_MIN) report.findings.push({ saved: report.saved })
    await write(requesters[1], 'two', 1, true)
    report.calls.push((await asked()).GenerateDataKey)
    if (report.calls[1] !== 1) report.findings.push({ 'the second requester asked': report.calls })
    await write(requesters[0], 'direct', 10, false)
    report.direct = (await asked()).GenerateDataKey
    if (report.direct !== 10) report.findings.push({ 'ten puts without one asked': report.direct })
    const read = async (i) => {
      const { Body } = await requesters[0].s3.getObject({ Bucket, Key: `one/${i}` })
      if (!BODY.equals(Body)) report.findings.push({ 'not as it was put': i })
    }
    await read(0)
    await manyTimes(puts - 1, read)
    report.reads = (await asked()).Decrypt
    if (report.reads > puts * (1 - SAVED_MIN)) report.findings.push({ reads: report.reads })
    return report
  } finally {
    await house.close()
  }
}

/** What KMS recorded since the last time, by event. */
function countsOf(house) {
  let afterSeq = 0
  return async () => {
    const counts = { GenerateDataKey: 0, Decrypt: 0 }
    for (;;) {
      const page = await house.records({ afterSeq, limit: 1000 })
      if (page.length === 0) return counts
      for (const { record } of page) counts[JSON.parse(record).eventName]++
      afterSeq = page.at(-1).seq
    }
  }
}

async function manyTimes(count, work) {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
