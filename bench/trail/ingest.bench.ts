/**
 * How fast do events of CloudTrail become sealed log files with digests, beside what Node has for it?
 *
 * 500 MB of lines in a file (100 MB when short), read as a stream, cut into batches of 8 MiB. `ingest`: checked, compressed,
 * hashed, sealed under KMS, put, and told of in the journal for the next digest. `node streams`: zlib at its level 6,
 * node:crypto's AES-256-GCM, a file, synced; no check, no hash, no key service; one batch after the other, and two at once.
 * Each run is a process of its own, on all cores; the order turns from round to round. CPU is what all threads used, memory the
 * most that was resident.
 */
import { spawnSync } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { openSealtrail } from '../../src/index.js'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'
import { eventLines } from './event-lines.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const INPUT_BYTES = IS_SHORT ? 100e6 : 500e6
const ROUNDS = Number(process.env.SEALTRAIL_BENCH_ROUNDS ?? (IS_SHORT ? 2 : 5))
const BATCH_BYTES = 8 * 1024 * 1024
const READ_BYTES = 1024 * 1024
const ACCOUNT = '111122223333'

interface Outcome {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssBytes: number
  readonly files: number
  readonly storedBytes: number
}

type Run = (input: string, folder: string) => Promise<Outcome>

const CONTENDERS: Readonly<Record<string, Run>> = {
  ingest,
  'node streams': (input, folder) => nodeStreams(input, folder, 1),
  'node streams, two at once': (input, folder) => nodeStreams(input, folder, 2),
}
const BASELINE = 'node streams'

const [name, input = '', folder = ''] = process.argv.slice(2)
if (name === undefined) await contest()
else await runHere(CONTENDERS[name]!)

async function contest(): Promise<void> {
  const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-ingest-'))
  try {
    const input = join(folder, 'events.ndjson')
    const made = { bytes: 0, events: 0 }
    const lines = function* () {
      for (const line of eventLines(INPUT_BYTES)) {
        made.bytes += line.length
        made.events++
        yield line
      }
    }
    await pipeline(Readable.from(lines()), createWriteStream(input))
    const outcomes = new Map<string, Outcome[]>()
    const names = Object.keys(CONTENDERS)
    for (let round = 0; round < ROUNDS; round++) {
      const first = round % names.length
      for (const name of [...names.slice(first), ...names.slice(0, first)]) {
        outcomes.set(name, [...(outcomes.get(name) ?? []), runApart(name, input, folder)])
      }
    }
    showMachine()
    const title = `${made.events} events, ${(made.bytes / 1e6).toFixed(0)} MB of JSON into sealed log files`
    console.log(`\n${title}, batches of ${BATCH_BYTES / 1024 / 1024} MiB, medians of ${ROUNDS}`)
    console.log(table(rowsOf(made, outcomes)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runApart(name: string, input: string, folder: string): Outcome {
  const place = mkdtempSync(join(folder, 'run-'))
  const args = ['--expose-gc', fileURLToPath(import.meta.url), name, input, place]
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  rmSync(place, { recursive: true })
  if (status !== 0) throw new Error(`${name} ended with ${status}`)
  return JSON.parse(stdout)
}

async function runHere(run: Run): Promise<void> {
  process.stdout.write(JSON.stringify(await run(input, folder)))
}

/** Of a run, without what goes before and comes behind. */
async function timing(work: () => Promise<unknown>) {
  const [begun, used] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(used)
  return {
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.resourceUsage().maxRSS * 1024,
  }
}

async function ingest(input: string, folder: string) {
  const house = await openSealtrail({ dataDir: join(folder, 'data'), account: ACCOUNT })
  try {
    const { s3, kms, cloudtrail } = house
    const [Name, Bucket] = ['bench', 'bench-logs']
    await s3.createBucket({ Bucket })
    const { bucketPolicy, keyPolicy } = cloudtrail.trailPolicies(Name, Bucket)
    // Also of the accounts whose events they are.
    const Policy = JSON.stringify(bucketPolicy).replaceAll(`/AWSLogs/${ACCOUNT}/`, '/AWSLogs/')
    await s3.putBucketPolicy({ Bucket, Policy })
    const { KeyMetadata } = await kms.createKey({ Policy: JSON.stringify(keyPolicy) })
    await cloudtrail.createTrail({
      ...{ Name, S3BucketName: Bucket, KmsKeyId: KeyMetadata.Arn, EnableLogFileValidation: true },
    })
    await cloudtrail.startLogging({ Name })
    const source = createReadStream(input, { highWaterMark: READ_BYTES })
    const timed = await timing(() => cloudtrail.ingest(Name, source, { batchBytes: BATCH_BYTES }))
    let [files, storedBytes] = [0, 0]
    for await (const bytes of sizesIn(house.s3, Bucket)) {
      files++
      storedBytes += bytes
    }
    return { ...timed, files, storedBytes }
  } finally {
    await house.close()
  }
}

async function* sizesIn(s3: Awaited<ReturnType<typeof openSealtrail>>['s3'], Bucket: string) {
  let ContinuationToken: string | undefined
  do {
    const page = (await s3.listObjectsV2({
      ...{ Bucket, Prefix: 'AWSLogs/', ...(ContinuationToken ? { ContinuationToken } : {}) },
    })) as { Contents?: Array<{ Size: number }>; NextContinuationToken?: string }
    for (const { Size } of page.Contents ?? []) yield Size
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}

async function nodeStreams(input: string, folder: string, atOnce: number) {
  await mkdir(join(folder, 'logs'))
  const underWay: Array<Promise<void>> = []
  let files = 0
  const timed = await timing(async () => {
    for await (const batch of batchesOf(input)) {
      const path = join(folder, 'logs', String(files++))
      const done = sealed(batch, path).finally(() => underWay.splice(underWay.indexOf(done), 1))
      underWay.push(done)
      while (underWay.length >= atOnce) await Promise.race(underWay)
    }
    await Promise.all(underWay)
  })
  let storedBytes = 0
  for (const name of await readdir(join(folder, 'logs'))) {
    storedBytes += (await readFile(join(folder, 'logs', name))).length
  }
  return { ...timed, files, storedBytes }
}

/** Lines, as pieces of a log file. */
async function* batchesOf(input: string): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = []
  let bytes = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of createReadStream(input, { highWaterMark: READ_BYTES })) {
    const joined = Buffer.concat([rest, piece as Buffer])
    const end = joined.lastIndexOf(10) + 1
    const lines = joined.subarray(0, end)
    rest = joined.subarray(end)
    for (let at = lines.indexOf(10); at >= 0; at = lines.indexOf(10, at + 1)) lines[at] = 0x2c
    batch.push(lines)
    bytes += lines.length
    if (bytes >= BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
  }
  if (bytes > 0) yield batch
}

async function sealed(batch: readonly Buffer[], path: string): Promise<void> {
  const pieces = [...batch]
  const last = pieces.pop()!
  const content = [Buffer.from('{"Records":['), ...pieces, last.subarray(0, -1), Buffer.from(']}')]
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12))
  const file = createWriteStream(path, { flush: true })
  await pipeline(Readable.from(content), createGzip({ level: 6 }), cipher, file)
  const handle = await open(path, 'a')
  await handle.appendFile(cipher.getAuthTag())
  await handle.datasync()
  await handle.close()
}

function rowsOf(
  made: { readonly bytes: number; readonly events: number },
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
): string[][] {
  const baseline = outcomes.get(BASELINE)!
  const head = ['', 'seconds', 'MB/s', 'events/s', 'CPU s', 'RSS MB', 'files', 'ratio']
  const rows = [...outcomes].map(([name, runs]) => {
    const seconds = median(runs.map((run) => run.seconds))
    const ratio = median(runs.map((run, round) => baseline[round]!.seconds / run.seconds))
    return [
      ...[name, seconds.toFixed(2), (made.bytes / 1e6 / seconds).toFixed(0)],
      (made.events / seconds).toFixed(0),
      median(runs.map((run) => run.cpuSeconds)).toFixed(2),
      (median(runs.map((run) => run.rssBytes)) / 1e6).toFixed(0),
      String(runs[0]!.files),
      (made.bytes / median(runs.map((run) => run.storedBytes))).toFixed(2),
      `${ratio.toFixed(2)}x`,
    ]
  })
  return [[...head, `vs ${BASELINE}`], ...rows]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
