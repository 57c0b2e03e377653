/**
 * One round of load on one contender: requests a second, times, and what a call cost the server.
 *
 * By wrk where it is there, else by support/load-client.ts; on the client's core.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outcome, Plan } from '../support/load-client.js'
import { CLIENT_CORE, pinned } from './contenders.js'

export interface Round {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Of the server's process with all its threads, for one good answer. */
  readonly cpuMicroseconds: number
  readonly bad: number
}

const CLIENT = fileURLToPath(new URL('../support/load-client.js', import.meta.url))
/** Of `utime` and `stime` in /proc. */
const TICK_MICROSECONDS = 10_000

export const hasWrk = spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined

export async function round(pid: number, plan: Plan): Promise<Round> {
  const before = cpuTicks(pid)
  const { good, seconds, p50, p99, bad } = await (hasWrk ? byWrk(plan) : runLoadClient(plan))
  const ticks = cpuTicks(pid) - before
  const cpuMicroseconds = (ticks * TICK_MICROSECONDS) / Math.max(1, good)
  return { perSecond: good / seconds, p50, p99, cpuMicroseconds, bad }
}

export async function runLoadClient(plan: Plan): Promise<Outcome> {
  return await inFile(JSON.stringify(plan), async (file) => {
    return JSON.parse(await printed([process.execPath, CLIENT, file])) as Outcome
  })
}

type Measured = Pick<Outcome, 'good' | 'seconds' | 'p50' | 'p99' | 'bad'>

async function byWrk({ port, connections, seconds, requests }: Plan): Promise<Measured> {
  const script = `
local requests = { ${requests.map((text) => luaText(text)).join(',\n')} }
local at = 0
request = function() at = at % #requests + 1; return requests[at] end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('JSON {"all":%d,"us":%d,"p50":%f,"p99":%f,"bad":%d}', summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
end`
  return await inFile(script, async (file) => {
    const args = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, '-s', file]
    const out = await printed(['wrk', ...args, `http://127.0.0.1:${port}/`])
    const { all, us, p50, p99, bad } = JSON.parse(/^JSON (.*)$/m.exec(out)?.[1] ?? '{}')
    return { good: all - bad, seconds: us / 1e6, p50, p99, bad }
  })
}

function luaText(text: string): string {
  return JSON.stringify(text)
}

async function inFile<T>(text: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-load-'))
  const file = join(folder, 'plan')
  writeFileSync(file, text)
  try {
    return await work(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function printed(argv: readonly string[]): Promise<string> {
  const [command, ...args] = pinned(CLIENT_CORE, argv)
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(text)
      else reject(new Error(`${argv[0]} ended with ${code}`))
    })
  })
}

/** All threads'; 0 where there is no /proc. */
function cpuTicks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return 0
  }
}
