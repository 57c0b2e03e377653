/**
 * Who sends: each as a process on the client's core, measured by its own CPU time while it is under way.
 *
 * Ours sends at a planned rate, wrk as fast as it is answered; the call is the same, GenerateDataKey under one context. What wrk
 * sends is signed once, as it signs nothing.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '../../src/load/report/run.js'
import { RequestSigner } from '../../src/sigv4/sign-request.js'
import { CLIENT_CORE, pinned, SERVER_CORE } from '../peers/contenders.js'

export interface Sending {
  readonly url: string
  readonly connections: number
  /** Answers a second; of who takes one. */
  readonly rate: number
  readonly seconds: number
  /** A place for files. */
  readonly folder: string
}

export interface Cost {
  /** Of the sender's process with all its threads, for each answer that the server gave meanwhile. */
  readonly cpuMicroseconds: number
  readonly perSecond: number
}

export interface Server {
  readonly url: string
  answered(): Promise<number>
  stop(): void
}

const OURS = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url))
const SERVER = fileURLToPath(new URL('fixed-server.js', import.meta.url))
const ACCESS_KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const CONTEXT = { tenant: 'acme' }
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000'
const BODY = JSON.stringify({ KeyId: KEY, KeySpec: 'AES_256', EncryptionContext: CONTEXT })
const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'TrentService.GenerateDataKey',
  'x-amz-content-sha256': createHash('sha256').update(BODY).digest('hex'),
}
/** From its first answers on, until a sender is warm. */
const WARMUP_MS = 1500
const LOOK_MS = 20
/** What is sent is more than what is measured: before it, and behind it. */
const MORE_SECONDS = 3
const SIGNATURES = 50_000
/** Of `utime` and `stime` in /proc. */
const TICK_MICROSECONDS = 10_000

export async function startServer(): Promise<Server> {
  const [command, ...args] = pinned(SERVER_CORE, [process.execPath, SERVER])
  const child = spawn(command!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}`,
    async answered() {
      const told = once(child, 'message')
      child.send('how many?')
      return Number((await told)[0])
    },
    stop: () => child.disconnect(),
  }
}

export const hasWrk = spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined

/** As fast as it is answered: it has no rate. */
export async function wrk(server: Server, sending: Sending): Promise<Cost> {
  const { url, connections, seconds, folder } = sending
  const script = join(folder, 'wrk.lua')
  const headers = Object.entries(signed(url)).map(([name, value]) => {
    return `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`
  })
  const body = `wrk.body = ${JSON.stringify(BODY)}`
  writeFileSync(script, ['wrk.method = "POST"', body, ...headers].join('\n'))
  const whole = `${seconds + MORE_SECONDS}s`
  const args = ['-t', '1', '-c', `${connections}`, '-d', whole, '-s', script]
  const { child, ended } = started(['wrk', ...args, url])
  const [cost] = await Promise.all([costOf(child, server, sending), ended])
  return cost
}

export interface Kept extends Cost {
  /** Of the arrivals that were planned, those that were answered. */
  readonly share: number
  /** Milliseconds behind the plan. */
  readonly p50: number
  readonly p99: number
}

export async function sealtrailLoad(server: Server, sending: Sending): Promise<Kept> {
  const { url, connections, rate, seconds, folder } = sending
  const scenario = join(folder, 'scenario.yaml')
  const given = {
    target: { kind: 'server', url, key: KEY },
    work: [{ kind: 'kms.GenerateDataKey', context: CONTEXT }],
    shape: { kind: 'constant', rate },
    ...{ warmup: '1s', duration: `${seconds + MORE_SECONDS - 1}s` },
    ...{ inFlight: connections, check: 0 },
  }
  writeFileSync(scenario, JSON.stringify(given))
  const { child, ended } = started([process.execPath, OURS, '--json', 'load', scenario])
  const [cost, told] = await Promise.all([costOf(child, server, sending), ended])
  const { totals } = JSON.parse(told) as RunReport
  const { planned, ok, corrected } = totals
  return { ...cost, share: ok / planned, p50: corrected.p50 / 1e6, p99: corrected.p99 / 1e6 }
}

/** Microseconds of CPU for a signature of the call, as our sender makes it: with the day's key, over a body whose hash is known. */
export function signing(url: string): number {
  const signer = signerOf()
  const request = requestTo(url)
  const now = Date.now()
  for (let i = 0; i < SIGNATURES; i++) signer.sign(request, now)
  const before = process.cpuUsage()
  for (let i = 0; i < SIGNATURES; i++) signer.sign(request, now)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / SIGNATURES
}

function signed(url: string): Record<string, string> {
  return signerOf().sign(requestTo(url), Date.now())
}

function signerOf(): RequestSigner {
  return new RequestSigner({ ...ACCESS_KEY, region: 'us-east-1', service: 'kms' })
}

function requestTo(url: string) {
  return { method: 'POST', path: '/', headers: { ...HEADERS, host: new URL(url).host } }
}

function started(argv: readonly string[]) {
  const [command, ...args] = pinned(CLIENT_CORE, argv)
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = ACCESS_KEY
  const child = spawn(command!, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: '' },
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(text)
      else reject(new Error(`${argv.join(' ')} ended with ${code}`))
    })
  })
  return { child, ended }
}

async function costOf(
  child: ChildProcess,
  server: Server,
  { seconds, connections }: Sending,
): Promise<Cost> {
  const before = await server.answered()
  while ((await server.answered()) < before + connections) {
    if (child.exitCode !== null) throw new Error(`nothing was sent: ended with ${child.exitCode}`)
    await wait(LOOK_MS)
  }
  await wait(WARMUP_MS)
  const [ticks, answered, begun] = [ticksOf(child), await server.answered(), performance.now()]
  await wait(seconds * 1000)
  const count = (await server.answered()) - answered
  const cpu = (ticksOf(child) - ticks) * TICK_MICROSECONDS
  return { cpuMicroseconds: cpu / count, perSecond: (count / (performance.now() - begun)) * 1000 }
}

function ticksOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}
