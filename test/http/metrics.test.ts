/** /_sealtrail/metrics: what is told, and to whom. */

import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Tally } from '../../src/audit/tally.js'
import { Metrics } from '../../src/http/metrics.js'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { readCredentials, temporaryFolder } from '../support/serve.js'

const PATH = '/_sealtrail/metrics'
const BUCKET = 'measured-logs'
const folder = temporaryFolder('metrics')

let house: Sealtrail
let server: Listening
let kms: KMSClient
let s3: S3Client
beforeAll(async () => {
  const dataDir = `${folder.path}/data`
  house = await openSealtrail({ dataDir, trailSlotSeconds: 1 })
  server = await house.listen({ port: 0 })
  const credentials = readCredentials(dataDir)
  const options = { endpoint: server.url, region: 'us-east-1', credentials }
  kms = new KMSClient({ ...options, maxAttempts: 1 })
  s3 = new S3Client({ ...options, forcePathStyle: true })
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

const scrape = async (init?: RequestInit) => await fetch(`${server.url}${PATH}`, init)

/** The value of a sample; undefined when it is not there. */
async function value(sample: string): Promise<number | undefined> {
  const text = await (await scrape()).text()
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length + 1))
}

/** The text format of Prometheus, line by line: names, labels, numbers; each series once, under its type. */
function seriesIn(text: string): string[] {
  expect(text.endsWith('\n')).toBe(true)
  const [types, series] = [new Map<string, string>(), [] as string[]]
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('# HELP ')) continue
    const type = /^# TYPE (\w+) (counter|gauge)$/.exec(line)
    if (type !== null) types.set(type[1]!, type[2]!)
    else {
      const sample = /^(\w+)((?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (\d+(?:\.\d+)?)$/.exec(
        line,
      )
      expect([line, sample]).toEqual([line, expect.anything()])
      expect(types.has(sample![1]!)).toBe(true)
      series.push(`${sample![1]}${sample![2]}`)
    }
  }
  expect(new Set(series).size).toBe(series.length)
  return series
}

describe('metrics', () => {
  it('are Prometheus’s text, each series once', async () => {
    const answer = await scrape()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const names = seriesIn(await answer.text())
    expect(names).toContain('sealtrail_requests_waiting')
    expect(names).toContain('process_resident_memory_bytes')
    expect(await value('process_resident_memory_bytes')).toBeGreaterThan(1 << 20)
    expect((await scrape({ method: 'HEAD' })).status).toBe(200)
    expect((await scrape({ method: 'POST' })).status).not.toBe(200)
  })

  it('count calls by how they ended, and uses of keys, whoever answered', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const { KeyId, Arn } = KeyMetadata!
    const Plaintext = Buffer.from('x')
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }))
    for (let i = 0; i < 30; i++) await kms.send(new DecryptCommand({ CiphertextBlob }))
    const missing = kms.send(new DescribeKeyCommand({ KeyId: 'alias/nobody' }))
    await expect(missing).rejects.toMatchObject({ name: 'NotFoundException' })
    const calls = (operation: string, result: string) =>
      value(
        `sealtrail_recorded_calls_total{service="kms.amazonaws.com",operation="${operation}",result="${result}"}`,
      )
    await expect.poll(() => calls('Decrypt', 'ok')).toBe(30)
    expect(await calls('DescribeKey', 'NotFoundException')).toBe(1)
    const use = `sealtrail_key_uses_total{key="${Arn}",operation="Decrypt",charge="billed"}`
    expect(await value(use)).toBe(30)
  })

  it('say how deliveries are, and what CloudTrail used for them', async () => {
    const { bucketPolicy, keyPolicy } = house.cloudtrail.trailPolicies('Default', BUCKET)
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
    const Policy = JSON.stringify(bucketPolicy)
    await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }))
    const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(keyPolicy) })
    const trail = await house.cloudtrail.createTrail({
      ...{ Name: 'Default', S3BucketName: BUCKET, KmsKeyId: KeyMetadata.Arn },
    })
    const name = `trail="${(trail as { TrailARN: string }).TrailARN}"`
    expect(await value(`sealtrail_trail_logging{${name}}`)).toBe(0)
    await house.cloudtrail.startLogging({ Name: 'Default' })
    expect(await value(`sealtrail_trail_logging{${name}}`)).toBe(1)
    const delivered = () =>
      value(`sealtrail_trail_last_delivery_timestamp_seconds{${name},of="logs"}`)
    await expect.poll(delivered).toBeGreaterThan(Date.now() / 1000 - 60)
    expect(await value(`sealtrail_trail_failing{${name},of="logs"}`)).toBe(0)
    const free = `sealtrail_key_uses_total{key="${KeyMetadata.Arn}",operation="GenerateDataKey",charge="free"}`
    await expect.poll(() => value(free)).toBeGreaterThan(0)

    await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
    const failing = () => value(`sealtrail_trail_failing{${name},of="logs"}`)
    await expect.poll(failing).toBe(1)
    seriesIn(await (await scrape()).text())
  })

  it('count each time that the disk was waited for, as soon as it was', async () => {
    const syncs = async () => (await value('sealtrail_store_syncs_total'))!
    const before = await syncs()
    for (let i = 0; i < 20; i++) await kms.send(new CreateKeyCommand({}))
    // One for each record at least; what tends the store and the trail has some of its own.
    const made = (await syncs()) - before
    expect(made).toBeGreaterThanOrEqual(20)
    expect(made).toBeLessThan(400)
  })

  it('do not wait for a store that does not answer', async () => {
    const counts = { commits: 1, batches: 1, queuedBytes: 0 }
    const answers = [Promise.resolve(7), new Promise<number>(() => undefined)]
    const store = { counts, syncs: () => answers.shift()! }
    const measured = { tally: new Tally(), store, deliveries: () => [] }
    const metrics = new Metrics(measured, { inflight: 0, waiting: 0 })
    const headers = new Map([['host', 'localhost']])
    const asked = { method: 'GET', path: PATH, headers, sourceIpAddress: '::1' }
    for (let i = 0; i < 2; i++) {
      const text = String((await metrics.answer(asked))!.body)
      expect(text).toContain('sealtrail_store_syncs_total 7\n')
    }
  })

  it('are not there for whoever comes through a proxy', async () => {
    const says = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']
    for (const name of [...says, 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port']) {
      const answer = await scrape({ headers: { [name]: '192.0.2.1' } })
      expect([name, answer.status]).toEqual([name, expect.any(Number)])
      expect(answer.ok).toBe(false)
      expect(await answer.text()).not.toContain('sealtrail_')
    }
  })

  it('are not there for other machines, and name no more keys and calls than so many', async () => {
    const tally = new Tally()
    for (let i = 0; i < 1500; i++) {
      const call = { eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' } as never
      const use = { operation: 'Decrypt', keys: [`"key\\${i}\n`], principal: 'p', isFree: false }
      tally.add(call, use, 2)
    }
    for (let i = 0; i < 3000; i++) {
      const call = { eventSource: 'kms.amazonaws.com', eventName: `Made up ${i}` } as never
      tally.add(call, undefined, 1)
    }
    const counts = { commits: 1, batches: 1, queuedBytes: 0 }
    const measured = { tally, store: { counts, syncs: async () => 5 }, deliveries: () => [] }
    const metrics = new Metrics(measured, { inflight: 0, waiting: 3 })
    const headers = new Map([['host', 'localhost:4599']])
    const asked = { method: 'GET', path: PATH, headers }
    for (const host of ['metrics.example.com', '192.0.2.1:4599', '127.0.0.1.example.com', '']) {
      const elsewhere = { ...asked, headers: new Map([['host', host]]) }
      expect(metrics.answer({ ...elsewhere, sourceIpAddress: '127.0.0.1' })).toBeUndefined()
    }
    for (const sourceIpAddress of ['192.0.2.1', '10.0.0.1', '::2', '127.0.0.1.example.com']) {
      expect(metrics.answer({ ...asked, sourceIpAddress })).toBeUndefined()
    }
    for (const sourceIpAddress of ['127.0.0.1', '127.8.9.10', '::1']) {
      const text = String((await metrics.answer({ ...asked, sourceIpAddress }))!.body)
      const uses = seriesIn(text).filter((name) => name.startsWith('sealtrail_key_uses_total'))
      expect(uses).toHaveLength(1001)
      expect(text).toContain('{service="other",operation="other",result="other"} 1001\n')
      expect(text).toContain('{key="other",operation="Decrypt",charge="billed"} 1000\n')
      expect(text).toContain('{key="\\"key\\\\7\\n",')
      expect(text).toContain('sealtrail_requests_waiting 3\n')
      expect(text).toContain('sealtrail_store_syncs_total 5\n')
    }
  })
})
