/**
 * kill -9 while events are ingested: all that was acknowledged is there, and what is sent again from the start is there once.
 *
 * More rounds: TEST_KILLS=50 npx vitest run test/trail/ingest-kill
 */
import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { seededChance } from '../support/seed.js'
import { temporaryFolder } from '../support/serve.js'

const ROUNDS = Number(process.env.TEST_KILLS ?? 4)
const EVENTS = 6000
const [ACCOUNT, BUCKET] = ['111122223333', 'audit-logs']
const chance = seededChance()
const folder = temporaryFolder('ingest-kill')
const dataDir = `${folder.path}/data`
afterAll(() => folder.remove())

async function setUp(): Promise<void> {
  const house = await openSealtrail({ dataDir, account: ACCOUNT })
  const policies = house.cloudtrail.trailPolicies('audit', BUCKET)
  await house.s3.createBucket({ Bucket: BUCKET })
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(policies.bucketPolicy) })
  const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(policies.keyPolicy) })
  await house.cloudtrail.createTrail({
    ...{ Name: 'audit', S3BucketName: BUCKET, KmsKeyId: KeyMetadata.Arn },
    EnableLogFileValidation: true,
  })
  await house.cloudtrail.startLogging({ Name: 'audit' })
  await house.close()
}

/** How many events were safe when it ended, by itself or killed. */
async function ingest(killAfterBatches: number | undefined): Promise<number> {
  const args = ['test/trail/ingest-source.mjs', dataDir, ACCOUNT, String(EVENTS)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
    const batches = told.split('\n').length - 1
    if (killAfterBatches !== undefined && batches >= killAfterBatches && !child.killed) {
      void sleep(chance() * 20).then(() => child.kill('SIGKILL'))
    }
  })
  await new Promise((resolve) => child.once('close', resolve))
  return Number(told.trimEnd().split('\n').at(-1)?.split(' ')[0] ?? 0)
}

async function ingested(house: Sealtrail): Promise<number[]> {
  const numbers: number[] = []
  const { Contents = [] } = (await house.s3.listObjectsV2({
    ...{ Bucket: BUCKET, Prefix: `AWSLogs/${ACCOUNT}/CloudTrail/` },
  })) as { Contents?: Array<{ Key: string }> }
  for (const { Key } of Contents) {
    const { Body } = (await house.s3.getObject({ Bucket: BUCKET, Key })) as { Body: Uint8Array }
    const bytes = Body instanceof Uint8Array ? Body : await buffer(Body)
    const events: Array<{ eventID: string }> = JSON.parse(gunzipSync(bytes).toString()).Records
    const own = events
      .filter(({ eventID }) => eventID.startsWith('event-'))
      .map(({ eventID }) => Number(eventID.slice('event-'.length)))
    expect(own).toEqual([...own].sort((a, b) => a - b))
    numbers.push(...own)
  }
  return numbers
}

it(`events that were acknowledged are there, and there once, over ${ROUNDS} times kill -9`, async () => {
  await setUp()
  let most = 0
  for (let round = 0; round < ROUNDS; round++) {
    const safe = await ingest(1 + Math.floor(chance() * 8))
    most = Math.max(most, safe)
    const house = await openSealtrail({ dataDir, account: ACCOUNT })
    const numbers = await ingested(house)
    const { findings } = await house.cloudtrail.validateTrail('audit')
    await house.close()
    const there = new Set(numbers)
    expect(there.size).toBe(numbers.length)
    for (let i = 0; i < most; i++) expect(there.has(i)).toBe(true)
    expect(findings).toEqual([])
  }
  expect(await ingest(undefined)).toBe(EVENTS)
  const house = await openSealtrail({ dataDir, account: ACCOUNT })
  const numbers = await ingested(house)
  await house.close()
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: EVENTS }, (_, i) => i))
})
