/**
 * kill -9 while a trail delivers: every record that was acknowledged is delivered, and delivered once.
 *
 * Clients use a key and are refused another; the server is killed at random moments, also while it puts files. More rounds:
 * TEST_KILLS=100 npx vitest run test/trail/kill
 */

import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import {
  CreateAliasCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { afterAll, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { seededChance } from '../support/seed.js'
import { type ServerProcess, startServer, temporaryFolder } from '../support/serve.js'

const ROUNDS = Number(process.env.TEST_KILLS ?? 5)
const CLIENTS = 3
const [ACCOUNT, BUCKET] = ['111122223333', 'audit-logs']
const chance = seededChance()
const folder = temporaryFolder('trail-kill')
const dataDir = `${folder.path}/data`
const options = { dataDir, account: ACCOUNT, trailSlotSeconds: 1 }
afterAll(() => folder.remove())

/** Request ids of calls that were answered, refused ones too. */
const answered = new Map<string, string>()
let names = 0

async function setUp(house: Sealtrail): Promise<string> {
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

/** Works until the server is gone. */
async function work({ url, credentials }: ServerProcess, KeyId: string): Promise<void> {
  const kms = new KMSClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 })
  const note = async (name: string, call: Promise<{ $metadata: { requestId?: string } }>) => {
    const { $metadata } = await call.catch((error) => {
      if (error.$metadata?.requestId === undefined) throw error
      return error
    })
    answered.set($metadata.requestId!, name)
  }
  try {
    for (;;) {
      const data = { KeyId, KeySpec: 'AES_256' } as const
      await note('GenerateDataKey', kms.send(new GenerateDataKeyCommand(data)))
      const alias = { AliasName: `alias/kill-${++names}`, TargetKeyId: KeyId }
      await note('CreateAlias', kms.send(new CreateAliasCommand(alias)))
      await note('DescribeKey', kms.send(new DescribeKeyCommand({ KeyId: 'alias/no-such-key' })))
    }
  } catch {
    // The kill shows as a broken connection.
  } finally {
    kms.destroy()
  }
}

interface Event {
  readonly eventID: string
  readonly requestID: string
  readonly eventName: string
}

async function deliveredBy(house: Sealtrail): Promise<Event[]> {
  const events: Event[] = []
  let ContinuationToken: string | undefined
  do {
    const page = (await house.s3.listObjectsV2({
      ...{ Bucket: BUCKET, Prefix: `AWSLogs/${ACCOUNT}/CloudTrail/` },
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    })) as { Contents: Array<{ Key: string }>; NextContinuationToken?: string }
    for (const { Key } of page.Contents) {
      const { Body } = (await house.s3.getObject({ Bucket: BUCKET, Key })) as { Body: Uint8Array }
      const bytes = Body instanceof Uint8Array ? Body : await buffer(Body)
      events.push(...JSON.parse(gunzipSync(bytes).toString()).Records)
    }
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  return events
}

it(`a trail delivers each record once, over ${ROUNDS} times kill -9`, async () => {
  const first = await openSealtrail(options)
  const keyId = await setUp(first)
  await first.close()
  const args = ['--account', ACCOUNT, '--trail-slot-seconds', '1']
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startServer(dataDir, { args })
    const working = Array.from({ length: CLIENTS }, () => work(server, keyId))
    await sleep(800 + chance() * 1500)
    await server.stop('SIGKILL')
    await Promise.all(working)
  }
  const house = await openSealtrail(options)
  try {
    await house.cloudtrail.stopLogging({ Name: 'audit' })
    const status = () => house.cloudtrail.getTrailStatus({ Name: 'audit' }) as Promise<object>
    await expect.poll(status, { timeout: 30_000 }).toHaveProperty('LatestDigestDeliveryTime')
    const events = await deliveredBy(house)
    const ids = events.map(({ eventID }) => eventID)
    expect(new Set(ids).size).toBe(ids.length)
    const byRequest = new Map(events.map(({ requestID, eventName }) => [requestID, eventName]))
    expect(answered.size).toBeGreaterThan(50)
    for (const [id, name] of answered) expect([id, byRequest.get(id)]).toEqual([id, name])
    expect(await house.cloudtrail.validateTrail('audit')).toMatchObject({
      uncovered: 0,
      findings: [],
    })
  } finally {
    await house.close()
  }
}, 180_000)
