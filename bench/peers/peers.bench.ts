/**
 * How many signed calls a second does one core serve: ours, a plain server, and what others offer?
 *
 * Each server on one core, the client on another; rounds in turns, medians. A contender is timed on an operation once
 * its answers are right: a data key comes back from Decrypt as it was given. Ours writes an audit record for every
 * call before it answers; the last table says who else does what.
 *
 *     npm run bench -- peers                          3 rounds of 3 seconds
 *     npm run bench -- peers --rounds 5 --seconds 10
 *     npm run bench -- peers --short                  1 round of 1 second, Decrypt at 64 connections only
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'
import { call, requestText } from './calls.js'
import { type Contender, contenders, type Running, start } from './contenders.js'
import { hasWrk, type Round, round } from './load.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = Number(process.env.SEALTRAIL_BENCH_ROUNDS ?? (IS_SHORT ? 1 : 3))
const SECONDS = Number(process.env.SEALTRAIL_BENCH_SECONDS ?? (IS_SHORT ? 1 : 3))
const CONNECTIONS = IS_SHORT ? [64] : [64, 512]
const OPERATIONS = IS_SHORT ? (['Decrypt'] as const) : (['Decrypt', 'GenerateDataKey'] as const)
/** Different requests, in turns. */
const REQUESTS = 64
const CONTEXT = { tenant: 'acme', 'aws:s3:arn': 'arn:aws:s3:::sealtrail-bench-logs/AWSLogs/1' }
const BASELINE = 'plain'

interface Ready {
  readonly contender: Contender
  readonly running: Running
  readonly keyId: string
  readonly blobs: readonly string[]
}

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-peers-'))
const absent: string[] = []
const ready: Ready[] = []
try {
  showMachine()
  console.log(`client  ${hasWrk ? 'wrk' : 'support/load-client.ts: there is no wrk on the PATH'}`)
  for (const contender of contenders()) {
    if (contender.lacks === undefined) ready.push(await prepare(contender))
    else absent.push(`  ${contender.name} does not take part: ${contender.lacks}`)
  }
  for (const operation of OPERATIONS) {
    for (const connections of CONNECTIONS) await race(operation, connections)
  }
  if (absent.length > 0) console.log(`\n${absent.join('\n')}`)
  await tellProperties()
} finally {
  for (const { running } of ready) await running.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** @throws when what it wrapped does not come back. */
async function prepare(contender: Contender): Promise<Ready> {
  const running = await start(contender, join(folder, contender.name.replace(/\W/g, '-')))
  const created = await call(running, 'CreateKey', {})
  const { KeyId: keyId } = created.json.KeyMetadata as { KeyId: string }
  const blobs: string[] = []
  for (let i = 0; i < REQUESTS; i++) {
    const input = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT }
    const { json } = await call(running, 'GenerateDataKey', input)
    const blob = json.CiphertextBlob as string
    const opened = await call(running, 'Decrypt', {
      CiphertextBlob: blob,
      EncryptionContext: CONTEXT,
    })
    if (typeof json.Plaintext !== 'string' || opened.json.Plaintext !== json.Plaintext) {
      throw new Error(`${contender.name} does not give back what it wrapped`)
    }
    blobs.push(blob)
  }
  return { contender, running, keyId, blobs }
}

async function race(operation: (typeof OPERATIONS)[number], connections: number): Promise<void> {
  const rounds = new Map<Ready, Round[]>(ready.map((one) => [one, []]))
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (let i = 0; i < ready.length; i++) {
      const one = ready[(i + turn) % ready.length]!
      const requests = requestsOf(one, operation)
      const port = Number(new URL(one.running.url).port)
      const plan = { port, connections, requests, seconds: SECONDS }
      // The first of all is for the compiler.
      if (turn === 0) await round(one.running.pid, { ...plan, seconds: 1 })
      rounds.get(one)!.push(await round(one.running.pid, plan))
    }
  }
  const base = [...rounds].find(([{ contender }]) => contender.name === BASELINE)![1]
  console.log(
    `\n${operation}, ${connections} connections, ${ROUNDS} x ${SECONDS} s, medians (CPU: all threads of the server)`,
  )
  console.log(
    table([
      ['', 'per second', 'p50 ms', 'p99 ms', 'CPU us', `vs ${BASELINE}`, 'bad'],
      ...[...rounds].map(([{ contender }, own]) => [
        contender.name,
        median(own.map(({ perSecond }) => perSecond)).toFixed(0),
        median(own.map(({ p50 }) => p50)).toFixed(1),
        median(own.map(({ p99 }) => p99)).toFixed(1),
        median(own.map(({ cpuMicroseconds }) => cpuMicroseconds)).toFixed(0),
        `${median(own.map(({ perSecond }, i) => perSecond / base[i]!.perSecond)).toFixed(2)}x`,
        `${own.reduce((sum, { bad }) => sum + bad, 0)}`,
      ]),
    ]),
  )
}

function requestsOf({ running, keyId, blobs }: Ready, operation: string): string[] {
  return blobs.map((CiphertextBlob) => {
    const input =
      operation === 'Decrypt' ? { CiphertextBlob } : { KeyId: keyId, KeySpec: 'AES_256' }
    return requestText(running, operation, { ...input, EncryptionContext: CONTEXT })
  })
}

async function tellProperties(): Promise<void> {
  const rows = [['', 'verifies signatures', 'keeps keys after kill -9', 'record of a use']]
  for (const one of ready) {
    const { contender, running, keyId } = one
    const verifies = await refusesWrongSignature(running, keyId)
    const survives = await survivesKill(one)
    const record = contender.name.startsWith('sealtrail') ? 'before the answer' : 'none'
    rows.push([contender.name, verifies ? 'yes' : 'no', survives ? 'yes' : 'no', record])
  }
  console.log('\nwhat they do (the first two tried here, the third as their sources say)')
  console.log(table(rows))
}

async function refusesWrongSignature(running: Running, keyId: string): Promise<boolean> {
  const forged = { ...running, secretAccessKey: `${running.secretAccessKey.slice(1)}x` }
  return (await call(forged, 'DescribeKey', { KeyId: keyId })).status >= 400
}

async function survivesKill({ contender, running, keyId }: Ready): Promise<boolean> {
  await running.stop('SIGKILL')
  const again = await start(contender, join(folder, contender.name.replace(/\W/g, '-')))
  try {
    const { status, json } = await call(again, 'DescribeKey', { KeyId: keyId })
    return status === 200 && (json.KeyMetadata as { KeyId?: string } | undefined)?.KeyId === keyId
  } finally {
    await again.stop('SIGKILL')
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
