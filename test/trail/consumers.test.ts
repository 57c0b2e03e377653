/**
 * What a trail delivers, read by those who know nothing of it: DuckDB and jq, on files as S3 clients get them. They count
 * what the client counted when he did it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { sealtrail } from '../support/command.js'
import { findJq, runJq } from '../support/jq.js'
import { temporaryFolder } from '../support/serve.js'

const [account, region, Bucket] = ['111122223333', 'eu-west-1', 'logs-of-ours'] as const
/** A day takes four seconds. */
const trailClock = 'scaled:20000'
const folder = temporaryFolder('consumers')
const dataDir = `${folder.path}/data`
const COUNT = `SELECT r.eventName AS name, coalesce(r.errorCode, '') AS error, count(*)::INT AS count
  FROM (SELECT unnest(Records) AS r FROM read_json($1))
  WHERE r.userIdentity.type = 'Root' AND r.eventSource = 'kms.amazonaws.com' GROUP BY ALL`

let house: Sealtrail
let s3: S3Client
let duckdb: DuckDBConnection
/** By operation and error. */
const done: Record<string, number> = {}

beforeAll(async () => {
  await findJq()
  duckdb = await DuckDBConnection.create()
  house = await openSealtrail({ dataDir, account, region, trailClock })
  const { url: endpoint, created } = await house.listen({ port: 0 })
  const { accessKeyId, secretAccessKey } = created!
  const credentials = { accessKeyId, secretAccessKey }
  const given = { endpoint, region, credentials, maxAttempts: 1 }
  s3 = new S3Client({ ...given, forcePathStyle: true })
  await work(new KMSClient(given), new CloudTrailClient(given))
  for (const kind of ['CloudTrail', 'CloudTrail-Compacted']) mkdirSync(`${folder.path}/${kind}`)
})
afterAll(async () => {
  s3.destroy()
  duckdb.closeSync()
  await house.close()
  folder.remove()
})

/** Some hours of a client's work, delivered. */
async function work(kms: KMSClient, trails: CloudTrailClient): Promise<void> {
  const count = async <T>(name: string, doing: Promise<T>): Promise<T> => {
    const outcome = await doing.then(
      () => '',
      (error: Error) => error.name,
    )
    const entry = `${name} ${outcome}`
    done[entry] = (done[entry] ?? 0) + 1
    return await doing
  }
  const { bucketPolicy, keyPolicy } = house.cloudtrail.trailPolicies('Default', Bucket)
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Policy: JSON.stringify(keyPolicy) }),
  )
  const KeyId = KeyMetadata!.Arn!
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
  )
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(bucketPolicy) }))
  const trail = { Name: 'Default', S3BucketName: Bucket, KmsKeyId: KeyId }
  await trails.send(new CreateTrailCommand(trail))
  await trails.send(new StartLoggingCommand({ Name: 'Default' }))
  const Plaintext = Buffer.from('"]}, and the like')
  for (let i = 0; i < 25; i++) {
    const EncryptionContext = { 'a "quoted" {key}': `[${i}] }, ü 🙂` }
    const encrypted = await count(
      'Encrypt',
      kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext })),
    )
    await count(
      'GenerateDataKey',
      kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    )
    const { CiphertextBlob } = encrypted
    if (i % 3 === 0)
      await count('Decrypt', kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })))
    if (i % 4 === 0)
      await count('Decrypt', kms.send(new DecryptCommand({ CiphertextBlob }))).catch(() => 0)
    if (i % 5 === 0) await count('ListKeys', kms.send(new ListKeysCommand({})))
  }
  await trails.send(new StopLoggingCommand({ Name: 'Default' }))
  kms.destroy()
  trails.destroy()
}

async function keysOf(kind: string): Promise<string[]> {
  const Prefix = `AWSLogs/${account}/${kind}/`
  const keys: string[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    keys.push(...Contents.map(({ Key }) => Key!).filter((key) => key.endsWith('.json.gz')))
  }
  return keys
}

/** Got by S3 GetObject, as they are. */
async function files(kind: string): Promise<string[]> {
  const paths: string[] = []
  for (const Key of await keysOf(kind)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    const path = `${folder.path}/${kind}/${basename(Key)}`
    writeFileSync(path, await Body!.transformToByteArray())
    paths.push(path)
  }
  return paths
}

async function countedByDuckdb(kind: string): Promise<Record<string, number>> {
  const rows = await duckdb.runAndReadAll(COUNT, [`${folder.path}/${kind}/*.json.gz`])
  return Object.fromEntries(
    rows.getRowObjects().map(({ name, error, count }) => [`${name} ${error}`, Number(count)]),
  )
}

async function countedByJq(paths: readonly string[]): Promise<unknown> {
  const texts = paths.map((path) => gunzipSync(readFileSync(path)).toString())
  const entry = '"\\(.eventName) \\(.errorCode // "")"'
  const mine = 'select(.userIdentity.type == "Root" and .eventSource == "kms.amazonaws.com")'
  return await runJq(
    `reduce (inputs | .Records[] | ${mine} | ${entry}) as $e ({}; .[$e] += 1)`,
    texts,
  )
}

describe('delivered log files', () => {
  it('are all there', async () => {
    const status = async () =>
      (await house.cloudtrail.getTrailStatus({ Name: 'Default' })) as object
    await expect.poll(status).toHaveProperty('LatestDeliveryTime')
    const events = async () => {
      let found = 0
      for (const path of await files('CloudTrail')) {
        const { Records } = JSON.parse(gunzipSync(readFileSync(path)).toString())
        found += Records.filter(
          (event: { eventName: string }) => event.eventName === 'StopLogging',
        ).length
      }
      return found
    }
    await expect.poll(events, { interval: 500 }).toBe(1)
  })

  it('hold what the client did, by DuckDB', async () => {
    expect((await files('CloudTrail')).length).toBeGreaterThan(1)
    expect(await countedByDuckdb('CloudTrail')).toEqual(done)
  })

  it('hold what the client did, by jq', async () => {
    expect(await countedByJq(await files('CloudTrail'))).toEqual(done)
  })
})

describe('compacted files', () => {
  it('are fewer, and hold the same, by DuckDB and by jq', async () => {
    const compacted = async () => {
      await house.cloudtrail.compact('Default')
      const made = await files('CloudTrail-Compacted')
      return made.length === 0 ? {} : await countedByDuckdb('CloudTrail-Compacted')
    }
    // Once the day is over.
    await expect.poll(compacted, { interval: 1000 }).toEqual(done)
    const paths = await files('CloudTrail-Compacted')
    expect(await countedByJq(paths)).toEqual(done)
    expect(paths.length).toBeLessThan((await keysOf('CloudTrail')).length)
  })
})

describe('objects get', () => {
  it('writes the same files', async () => {
    const keys = [...(await keysOf('CloudTrail')), ...(await keysOf('CloudTrail-Compacted'))]
    const got = await Promise.all(
      keys.map(async (Key) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        return Buffer.from(await Body!.transformToByteArray())
      }),
    )
    await house.close()
    for (const [i, key] of keys.entries()) {
      const path = `${folder.path}/${i}.json.gz`
      const place = ['--data-dir', dataDir, '--account', account, '--region', region]
      const { code } = await sealtrail(['objects', 'get', `${Bucket}/${key}`, path, ...place])
      expect([code, readFileSync(path).equals(got[i]!)]).toEqual([0, true])
    }
  })
})
