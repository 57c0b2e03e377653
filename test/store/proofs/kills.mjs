/**
 * The kill -9 loop: a house with clients is killed at some moment, and has everything that was acknowledged afterwards.
 *
 * Each round is a process (killed-child.mjs): it opens what the one before left, looks at all of it, and lets its clients
 * go on until it is killed. Each client syncs what it was told to a file of its own. With `served` the process is
 * `sealtrail serve`; its clients are here, and so is the look, between two of its lives. Most kills come while the
 * clients work; some come at any moment since the start of the process, of which some hit the opening. A directory has
 * many rounds, until it makes way for a new one.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openSealtrail } from '../../../dist/index.js'
import { programOf } from '../../support/program/program.mjs'
import { CLIENTS, inventedLines, linesOf, readClients, runClients } from './client-files.mjs'
import { chanceOf } from './clients.mjs'
import { findingsIn, houseIn, lookAround } from './look.mjs'
import { Gone, houseAt, serveCommand, startServe } from './served.mjs'

const [CHILD, SERVING] = ['./killed-child.mjs', './serving-child.mjs'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)
const ROUNDS_PER_HOUSE = 25
const WORK_MS_MAX = 100
/** One in so many kills may hit the start. */
const EARLY_EVERY = 8
const TIMEOUT_MS = 30_000

/**
 * @param wanted { folder: an empty directory; rounds; roundsPerHouse; seed; parallel; onState; served: `sealtrail serve` is
 * killed; invents: each house's oracle is told of a call that was never made, which must be found out }
 * @returns { states: rounds; early: of those, killed before all was looked at; acknowledged: calls; startMs: to the first
 * call that was answered, from the opening, ascending; processMs: the same from the start of the process; findings }
 */
export async function killRounds(wanted) {
  const { folder, seed, parallel, rounds } = wanted
  const program = await killedProgram(wanted)
  const report = { states: 0, early: 0, acknowledged: 0, startMs: [], processMs: [], findings: [] }
  const lane = async (number) => {
    const place = join(folder, `lane-${number}`)
    const chance = chanceOf(seed + number)
    while (report.states < rounds) {
      rmSync(place, { recursive: true, force: true })
      mkdirSync(join(place, 'root'), { recursive: true })
      await killOneHouse({
        roundsPerHouse: ROUNDS_PER_HOUSE,
        ...wanted,
        program,
        place,
        chance,
        report,
      })
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, number) => lane(number)))
  report.startMs.sort((a, b) => a - b)
  report.processMs.sort((a, b) => a - b)
  return report
}

async function killedProgram({ folder, served = 0 }) {
  const place = join(folder, 'lessons')
  mkdirSync(join(place, 'root'), { recursive: true })
  const teaching = served ? serveCommand(join(place, 'root')) : { args: [place, '1'] }
  const program = await programOf(served ? SERVING : CHILD, { teaching })
  rmSync(place, { recursive: true })
  return program
}

/** Until it has had its rounds, or one finds something. */
async function killOneHouse({
  program,
  place,
  rounds,
  roundsPerHouse,
  chance,
  report,
  onState,
  invents = 0,
  served = 0,
}) {
  const runRound = served ? servedRound : embeddedRound
  let typicalMs = 400
  let told = 0
  // One more looks at what the last kill has left.
  for (let left = roundsPerHouse; left >= 0; left--) {
    const isLast = left === 0 || report.states >= rounds
    const isEarly = chance() < 1 / EARLY_EVERY && !isLast
    const earlyMs = isEarly ? chance() * typicalMs * 1.5 : undefined
    const ended = await runRound(
      program,
      place,
      Math.floor(chance() * 2 ** 31),
      earlyMs,
      chance() * WORK_MS_MAX,
    )
    if (ended.findings.length > 0)
      report.findings.push({ round: report.states, findings: ended.findings.slice(0, 5) })
    told = ended.acknowledged ?? told
    if (isLast || ended.findings.length > 0) break
    if (invents) writeFileSync(linesOf(place, CLIENTS), inventedLines())
    report.states++
    if (ended.startMs !== undefined) report.startMs.push(ended.startMs)
    if (ended.processMs !== undefined) report.processMs.push(ended.processMs)
    if (ended.acknowledged === undefined) report.early++
    typicalMs = ended.processMs ?? typicalMs
    onState?.(report, rounds)
  }
  report.acknowledged += told
}

/** Of numbers in ascending order. */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

async function embeddedRound(program, place, seed, earlyMs, workMs) {
  const begun = performance.now()
  const child = spawn(process.execPath, [program, place, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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

async function servedRound(program, place, seed, earlyMs, workMs) {
  const ended = { findings: [] }
  const root = join(place, 'root')
  const oracle = readClients(place)
  const opened = performance.now()
  const house = await openSealtrail(houseIn(root)).catch((error) => {
    ended.findings.push(`it does not open: ${error.message}`)
  })
  if (house === undefined) return ended
  await house.kms.listKeys({ Limit: 1 })
  ended.startMs = performance.now() - opened
  const found = await lookAround(house)
  ended.findings.push(...(await findingsIn(house, oracle, {}, found)))
  ended.acknowledged = oracle.acknowledged.length
  await house.close()
  if (ended.findings.length > 0) return ended

  const begun = performance.now()
  const { child, url, gone } = startServe(program, root)
  const kill = () => child.kill('SIGKILL')
  const timers = [setTimeout(kill, earlyMs ?? TIMEOUT_MS)]
  const at = await url
  if (at !== undefined) {
    const served = houseAt(at)
    const first = served.as({ identity: { invokedBy: 'first' } }).kms.listKeys({ Limit: 1 })
    await first.then(
      () => {
        ended.processMs = performance.now() - begun
      },
      () => undefined,
    )
    // A call by HTTP takes longer.
    timers.push(setTimeout(kill, workMs * 2))
    const onRefused = (code) => ended.findings.push(`a call was refused: ${code}`)
    const work = { house: served, place, oracle, found, seed, onRefused }
    await runClients(work).catch((error) => {
      if (!(error instanceof Gone)) ended.findings.push(String(error.stack))
    })
  }
  const { code, signal, said } = await gone
  for (const timer of timers) clearTimeout(timer)
  if (signal !== 'SIGKILL') ended.findings.push(`the process ended with ${signal ?? code}: ${said}`)
  return ended
}
