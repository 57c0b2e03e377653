/**
 * The kill -9 loop: a house with clients is killed at some moment, and has everything that was acknowledged afterwards.
 *
 * Each round is a process (killed-child.mjs): it opens what the one before left, looks at all of it, and lets its clients
 * go on until it is killed. Each client syncs what it was told to a file of its own. Most kills come while the clients
 * work; some come at any moment since the start of the process, of which some hit the opening. A directory has many
 * rounds, until it makes way for a new one.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chanceOf } from './clients.mjs'

const CHILD = fileURLToPath(new URL('./killed-child.mjs', import.meta.url))
const CLIENTS = 8
const WORK_MS_MAX = 100
/** One in so many kills may hit the start. */
const EARLY_EVERY = 8
const TIMEOUT_MS = 30_000

/**
 * @param wanted { folder: an empty directory; rounds; roundsPerHouse; seed; parallel; onState;
 * invents: each house's oracle is told of a call that was never made, which must be found out }
 * @returns { states: rounds; early: of those, killed before all was looked at; acknowledged: calls; startMs: to the first
 * call that was answered, from the opening, ascending; processMs: the same from the start of the process; findings }
 */
export async function killRounds({
  folder,
  rounds,
  roundsPerHouse = 50,
  seed,
  parallel,
  onState,
  invents = 0,
}) {
  const report = { states: 0, early: 0, acknowledged: 0, startMs: [], processMs: [], findings: [] }
  const lane = async (number) => {
    const chance = chanceOf(seed + number)
    let round = 0
    let typicalMs = 400
    while (report.states < rounds) {
      const place = join(folder, `lane-${number}`)
      rmSync(place, { recursive: true, force: true })
      mkdirSync(join(place, 'root'), { recursive: true })
      let told = 0
      for (let i = 0; i < roundsPerHouse && report.states < rounds; i++) {
        report.states++
        round++
        const early = chance() < 1 / EARLY_EVERY ? chance() * typicalMs * 1.5 : undefined
        const ended = await runRound(place, seed + round, early, chance() * WORK_MS_MAX)
        if (ended.startMs !== undefined) report.startMs.push(ended.startMs)
        if (ended.processMs !== undefined) {
          report.processMs.push(ended.processMs)
          typicalMs = ended.processMs
        }
        if (ended.acknowledged === undefined) report.early++
        else told = ended.acknowledged
        if (invents) invent(place)
        onState?.(report, rounds)
        if (ended.findings.length > 0) {
          report.findings.push({ lane: number, round, findings: ended.findings.slice(0, 5) })
          break
        }
      }
      report.acknowledged += told
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, number) => lane(number)))
  report.startMs.sort((a, b) => a - b)
  report.processMs.sort((a, b) => a - b)
  return report
}

/** As a client that had never called would tell it. */
function invent(place) {
  const call = { client: CLIENTS, call: 0 }
  const lines = [
    { ...call, operation: 'CreateKey', input: { description: `proof-${CLIENTS}-0`, tags: {} } },
    { ...call, output: { keyId: 'none' } },
  ]
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(join(place, `client-${CLIENTS}`), text)
}

/** Of numbers in ascending order. */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

async function runRound(place, seed, earlyMs, workMs) {
  const begun = performance.now()
  const child = spawn(
    process.execPath,
    [CHILD, place, JSON.stringify({ clients: CLIENTS, seed })],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = { findings: [] }
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const kill = () => child.kill('SIGKILL')
  const timers = [
    setTimeout(() => {
      ended.findings.push('the process did not get as far as its clients')
      kill()
    }, TIMEOUT_MS),
  ]
  if (earlyMs !== undefined) timers.push(setTimeout(kill, earlyMs))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line)
    if (told.startMs !== undefined) {
      ended.startMs = told.startMs
      ended.processMs = performance.now() - begun
    }
    if (told.findings === undefined) return
    ended.acknowledged ??= told.acknowledged
    ended.findings.push(...told.findings)
    clearTimeout(timers[0])
    timers.push(setTimeout(kill, workMs))
  })
  const [code, signal] = await new Promise((resolve) => {
    child.once('close', (...how) => resolve(how))
  })
  for (const timer of timers) clearTimeout(timer)
  if (signal !== 'SIGKILL') ended.findings.push(`the process ended with ${signal ?? code}: ${said}`)
  return ended
}
