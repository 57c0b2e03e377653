/**
 * What does it cost a served call that it leaves a record, and that a trail delivers the records?
 *
 * Two pairs, of which each differs in one thing. JavaScript answers: with a commit of the record before each answer, and
 * without. As it is served (a call that repeats another is answered and recorded natively): with a trail that puts what was
 * recorded into a bucket under a KMS key each second, in the same process on the same core, and without. The server on one
 * core, the client on another; rounds in turns, medians; a ratio is one of the same turn. The trail is behind when the
 * load ends: what it had delivered by then is told.
 *
 *     npm run bench -- trail/audit
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { S3 } from '@aws-sdk/client-s3'
import { policiesFor } from '../../src/trail/delivery/policies.js'
import { call, requestText } from '../peers/calls.js'
import {
  type Contender,
  fronts,
  type Running,
  sealtrail,
  start,
  unrecorded,
} from '../peers/contenders.js'
import { type Round, round } from '../peers/load.js'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = Number(process.env.SEALTRAIL_BENCH_ROUNDS ?? (IS_SHORT ? 1 : 3))
const SECONDS = Number(process.env.SEALTRAIL_BENCH_SECONDS ?? (IS_SHORT ? 1 : 3))
const CONNECTIONS = 64
const OPERATIONS = ['Decrypt', 'Encrypt'] as const
/** Different requests, in turns. */
const REQUESTS = 64
const CONTEXT = { tenant: 'acme' }
const [ACCOUNT, REGION, BUCKET, TRAIL] = ['000000000000', 'us-east-1', 'audit-logs', 'audit']

interface Part {
  readonly name: string
  readonly contender: Contender
  readonly hasTrail?: boolean
  readonly hasRecords: boolean
  /** The name of the one that it is held against. */
  readonly against: string | undefined
}

interface Ready extends Part {
  readonly running: Running
  readonly keyId: string
  readonly blobs: readonly string[]
}

const front = fronts().at(-1)
const PARTS: readonly Part[] = [
  { name: 'JavaScript, no record', contender: unrecorded(), hasRecords: false, against: undefined },
  {
    ...{ name: 'JavaScript, a record of each', contender: unrecorded('recorded') },
    ...{ hasRecords: true, against: 'JavaScript, no record' },
  },
  { name: 'as served', contender: sealtrail(front), hasRecords: true, against: undefined },
  {
    name: 'as served, a trail delivers',
    contender: sealtrail(front, ['--trail-slot-seconds', '1']),
    ...{ hasTrail: true, hasRecords: true, against: 'as served' },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-audit-'))
const ready: Ready[] = []
try {
  showMachine()
  for (const part of PARTS) ready.push(await prepare(part))
  for (const operation of OPERATIONS) await race(operation)
  for (const one of ready) if (one.hasTrail) await tellDeliveries(one)
} finally {
  for (const { running } of ready) await running.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

async function prepare(part: Part): Promise<Ready> {
  const running = await start(part.contender, join(folder, part.name.replace(/\W/g, '-')))
  const created = await call(running, 'CreateKey', {})
  const { KeyId: keyId } = created.json.KeyMetadata as { KeyId: string }
  const blobs: string[] = []
  for (let i = 0; i < REQUESTS; i++) {
    const input = { KeyId: keyId, Plaintext: plaintextOf(i), EncryptionContext: CONTEXT }
    const { CiphertextBlob } = (await call(running, 'Encrypt', input)).json
    const opened = await call(running, 'Decrypt', { CiphertextBlob, EncryptionContext: CONTEXT })
    if (opened.json.Plaintext !== input.Plaintext) {
      throw new Error(`${part.name} does not give back what it wrapped`)
    }
    blobs.push(CiphertextBlob as string)
  }
  if (part.hasTrail) await startTrail(running)
  return { ...part, running, keyId, blobs }
}

function plaintextOf(i: number): string {
  return Buffer.alloc(32, i).toString('base64')
}

async function startTrail(running: Running): Promise<void> {
  const { s3, cloudtrail } = clientsOf(running)
  const asked = { account: ACCOUNT, region: REGION, name: TRAIL, bucket: BUCKET, prefix: undefined }
  const { bucketPolicy, keyPolicy } = policiesFor(asked)
  const { json } = await call(running, 'CreateKey', { Policy: JSON.stringify(keyPolicy) })
  const { Arn: KmsKeyId } = json.KeyMetadata as { Arn: string }
  await s3.createBucket({ Bucket: BUCKET })
  await s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(bucketPolicy) })
  const settings = { Name: TRAIL, S3BucketName: BUCKET, KmsKeyId, EnableLogFileValidation: true }
  await cloudtrail.createTrail(settings)
  await cloudtrail.startLogging({ Name: TRAIL })
}

function clientsOf({ url: endpoint, accessKeyId, secretAccessKey }: Running) {
  const credentials = { accessKeyId, secretAccessKey }
  const shared = { endpoint, region: REGION, credentials }
  return { s3: new S3({ ...shared, forcePathStyle: true }), cloudtrail: new CloudTrail(shared) }
}

async function race(operation: (typeof OPERATIONS)[number]): Promise<void> {
  const rounds = new Map<string, Round[]>(ready.map(({ name }) => [name, []]))
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (let i = 0; i < ready.length; i++) {
      const one = ready[(i + turn) % ready.length]!
      const port = Number(new URL(one.running.url).port)
      const requests = requestsOf(one, operation)
      const plan = { port, connections: CONNECTIONS, requests, seconds: SECONDS }
      // The first of all is for the compiler.
      if (turn === 0) await round(one.running.pid, { ...plan, seconds: 1 })
      rounds.get(one.name)!.push(await round(one.running.pid, plan))
    }
  }
  const line = ({ name, hasRecords, against }: Ready) => {
    const own = rounds.get(name)!
    const perSecond = median(own.map((round) => round.perSecond)).toFixed(0)
    const base = against === undefined ? [] : rounds.get(against)!
    const ratio = (of: (round: Round) => number) =>
      base.length === 0 ? '' : `${median(own.map((one, i) => of(one) / of(base[i]!))).toFixed(2)}x`
    const cpu = (round: Round) => round.cpuMicroseconds
    return [
      ...[name, perSecond, hasRecords ? perSecond : '0'],
      ...[ratio((round) => round.perSecond), median(own.map(cpu)).toFixed(1), ratio(cpu)],
      ...[against ?? '', `${own.reduce((sum, { bad }) => sum + bad, 0)}`],
    ]
  }
  const what = `${CONNECTIONS} connections, ${ROUNDS} x ${SECONDS} s, medians`
  console.log(`\n${operation}, ${what} (CPU: all threads of the server)`)
  const head = ['', 'per second', 'records/s', 'ratio', 'CPU us a call', 'ratio', 'against', 'bad']
  console.log(table([head, ...ready.map(line)]))
}

async function tellDeliveries({ name, running }: Ready): Promise<void> {
  const { s3, cloudtrail } = clientsOf(running)
  const { LatestDeliveryTime, LatestDeliveryError } = await cloudtrail.getTrailStatus({
    Name: TRAIL,
  })
  const Prefix = `AWSLogs/${ACCOUNT}/CloudTrail/`
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: BUCKET, Prefix })
  const bytes = Contents.reduce((sum, { Size = 0 }) => sum + Size, 0)
  const when = LatestDeliveryTime?.toISOString() ?? 'never'
  const trouble = LatestDeliveryError === undefined ? '' : `, ${LatestDeliveryError}`
  console.log(
    `\n${name}: ${Contents.length} log files of ${bytes} bytes by ${new Date().toISOString()}, the last of them at ${when}${trouble}`,
  )
}

function requestsOf({ running, keyId, blobs }: Ready, operation: string): string[] {
  return blobs.map((CiphertextBlob, i) => {
    const input =
      operation === 'Decrypt' ? { CiphertextBlob } : { KeyId: keyId, Plaintext: plaintextOf(i) }
    return requestText(running, operation, { ...input, EncryptionContext: CONTEXT })
  })
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
