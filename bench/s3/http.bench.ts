/**
 * How many signed puts and gets of objects a second does one core serve, encrypted and not, beside a peer that does not encrypt?
 *
 * Each server on one core, the client on the other; rounds in turns, medians. A contender is timed once it gives back what
 * was put. Every put is acknowledged when it is on the disk: by ours, with encryption and without, after a sync; versitygw and
 * moto do not sync. The split is of ours, main thread, from a run of its own.
 *
 *     npm run bench -- s3/http                          3 rounds of 3 seconds
 *     npm run bench -- s3/http --rounds 5 --seconds 10
 *     npm run bench -- s3/http --short                  1 round of 1 second
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call as callKms } from '../peers/calls.js'
import { CLIENT_CORE, pinned, type Running, start } from '../peers/contenders.js'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'
import { bytesOf, call, keyOf } from './calls.js'
import { contenders, type S3Contender } from './contenders.js'
import type { Outcome, Plan } from './load-client.js'
import { timeSplit } from './split.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = Number(process.env.SEALTRAIL_BENCH_ROUNDS ?? (IS_SHORT ? 1 : 3))
const SECONDS = Number(process.env.SEALTRAIL_BENCH_SECONDS ?? (IS_SHORT ? 1 : 3))
const CLIENT = fileURLToPath(new URL('load-client.js', import.meta.url))
/** Of puts: as many as the fastest may do in a round, so that few are put twice. */
const SIZES = [
  { bytes: 1500, connections: 64, puts: 4000 * SECONDS, gets: 64 },
  { bytes: 5_000_000, connections: 8, puts: 16, gets: 8 },
]
const BASELINES = ['plain bytes', 'versitygw', 'moto']
/** Of `utime` and `stime` in /proc. */
const TICK_MICROSECONDS = 10_000

interface Ready {
  readonly name: string
  readonly running: Running
  readonly headers: Readonly<Record<string, string>>
  readonly bucket: string
}

interface Round extends Outcome {
  readonly cpuMicroseconds: number
}

const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-s3-'))
const alive: Running[] = []
const absent: string[] = []
try {
  showMachine()
  const ready: Ready[] = []
  for (const contender of contenders()) {
    if (contender.lacks === undefined) ready.push(...(await prepare(contender, 'race')))
    else absent.push(`  ${contender.name} does not take part: ${contender.lacks}`)
  }
  for (const size of SIZES) {
    for (const method of ['PUT', 'GET'] as const) await race(ready, method, size)
  }
  if (absent.length > 0) console.log(`\n${absent.join('\n')}`)
  for (const running of alive.splice(0)) await running.stop('SIGKILL')
  await split()
} finally {
  for (const running of alive) await running.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** An entry for each of its kinds. @throws when what was put does not come back. */
async function prepare(contender: S3Contender, purpose: string): Promise<Ready[]> {
  const place = join(folder, `${purpose}-${contender.name}`.replace(/\W/g, '-'))
  const running = await start(contender, place)
  alive.push(running)
  const isOurs = Object.keys(contender.kinds).some((kind) => kind.startsWith('SSE'))
  const keyArn = isOurs ? await makeKey(running) : ''
  const entries: Ready[] = []
  for (const [kind, headersOf] of Object.entries(contender.kinds)) {
    const bucket = `bench-${kind.toLowerCase().replace(/\W+/g, '-')}`
    const headers = headersOf(keyArn)
    await must(call(running, { method: 'PUT', path: `/${bucket}`, body: Buffer.alloc(0) }))
    for (const { bytes, gets } of SIZES) {
      for (let i = 0; i < gets; i++) {
        const path = `/${bucket}/${bytes}/${keyOf(i)}`
        const body = bytesOf(bytes)
        await must(call(running, { method: 'PUT', path, headers, body }))
        const got = await must(call(running, { method: 'GET', path, body: Buffer.alloc(0) }))
        if (!got.body.equals(body))
          throw new Error(`${contender.name} does not give back what was put`)
      }
    }
    entries.push({
      name: isOurs ? `${contender.name}, ${kind}` : contender.name,
      running,
      headers,
      bucket,
    })
  }
  return entries
}

async function makeKey(running: Running): Promise<string> {
  const { json } = await callKms(running, 'CreateKey', {})
  return (json.KeyMetadata as { Arn: string }).Arn
}

async function must<Answer extends { status: number; body: Buffer }>(pending: Promise<Answer>) {
  const answer = await pending
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body.subarray(0, 500)}`)
  return answer
}

async function race(
  ready: readonly Ready[],
  method: 'GET' | 'PUT',
  size: (typeof SIZES)[number],
): Promise<void> {
  const rounds = new Map<Ready, Round[]>(ready.map((one) => [one, []]))
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (let i = 0; i < ready.length; i++) {
      const one = ready[(i + turn) % ready.length]!
      // The first of all is for the compiler.
      if (turn === 0) await round(one, method, size, 1)
      rounds.get(one)!.push(await round(one, method, size, SECONDS))
    }
  }
  const rateOf = ({ good, seconds }: Round) => good / seconds
  const bases = BASELINES.flatMap((name) => {
    const found = [...rounds].find(([one]) => one.name.includes(name))
    return found === undefined ? [] : [{ name, own: found[1] }]
  })
  const { bytes, connections } = size
  console.log(
    `\n${method} of ${bytes} bytes, ${connections} connections, ${ROUNDS} x ${SECONDS} s, medians`,
  )
  console.log(
    table([
      ['', 'per second', 'MB/s', 'p50 ms', 'p99 ms', 'CPU us', 'per core', 'bad'].concat(
        bases.map(({ name }) => `vs ${name}`),
      ),
      ...[...rounds].map(([one, own]) => {
        const rate = median(own.map(rateOf))
        const cpu = median(own.map(({ cpuMicroseconds }) => cpuMicroseconds))
        return [
          ...[one.name, rate.toFixed(0), ((rate * bytes) / 1e6).toFixed(1)],
          ...[own.map(({ p50 }) => p50), own.map(({ p99 }) => p99)].map((of) =>
            median(of).toFixed(1),
          ),
          ...[
            cpu.toFixed(0),
            (1e6 / cpu).toFixed(0),
            `${own.reduce((sum, { bad }) => sum + bad, 0)}`,
          ],
          ...bases.map(
            (base) =>
              `${median(own.map((of, i) => rateOf(of) / rateOf(base.own[i]!))).toFixed(2)}x`,
          ),
        ]
      }),
    ]),
  )
}

async function round(
  { running, headers, bucket }: Ready,
  method: 'GET' | 'PUT',
  { bytes, connections, puts, gets }: (typeof SIZES)[number],
  seconds: number,
): Promise<Round> {
  const isPut = method === 'PUT'
  const plan: Plan = {
    target: { ...running },
    ...{ method, bytes, connections, seconds },
    bucket: isPut ? `${bucket}/${process.hrtime.bigint()}` : `${bucket}/${bytes}`,
    headers: isPut ? headers : {},
    keys: isPut ? puts : gets,
  }
  const file = join(folder, 'plan.json')
  const { url, accessKeyId, secretAccessKey } = running
  writeFileSync(file, JSON.stringify({ ...plan, target: { url, accessKeyId, secretAccessKey } }))
  const before = cpuTicks(running.pid)
  const outcome = JSON.parse(await printed(file)) as Outcome
  const ticks = cpuTicks(running.pid) - before
  return { ...outcome, cpuMicroseconds: (ticks * TICK_MICROSECONDS) / Math.max(1, outcome.good) }
}

function printed(file: string): Promise<string> {
  const [command, ...args] = pinned(CLIENT_CORE, [process.execPath, CLIENT, file])
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(text)
      else reject(new Error(`the load client ended with ${code}`))
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

/** Each kind of call in a life of its own, whose profile is written when it ends. */
async function split(): Promise<void> {
  for (const { bytes, ...size } of SIZES) {
    for (const method of ['PUT', 'GET'] as const) {
      const profiles = join(folder, `profile-${method}-${bytes}`)
      mkdirSync(profiles)
      const [ours] = contenders(profiles)
      const entries = await prepare(ours!, `profile-${method}-${bytes}`)
      await round(entries[0]!, method, { bytes, ...size }, SECONDS)
      await alive.pop()!.stop('SIGTERM')
      console.log(`\n${entries[0]!.name}, ${method} of ${bytes} bytes: its main thread, while busy`)
      console.log(
        table([
          ['', 'share'],
          ...timeSplit(profiles).map(([stage, share]) => [stage, `${(share * 100).toFixed(1)} %`]),
        ]),
      )
    }
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
