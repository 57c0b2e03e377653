/**
 * The kill -9 loop over blobs: whoever was told that a blob is safe reads it back whole, however often its process is
 * killed; and what no row names does not pile up.
 *
 * Each round is a process (blob-killed-child.mjs): it looks at everything that the ones before were told, then works until
 * it is killed. What it was told it appends to a file that it syncs, which are its rows, too.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chanceOf } from './clients.mjs'

const CHILD = fileURLToPath(new URL('./blob-killed-child.mjs', import.meta.url))
const ROUNDS_PER_DIRECTORY = 40
const WORK_MS_MAX = 150
/** One in so many kills may come before all has been looked at. */
const EARLY_EVERY = 8
const EARLY_MS_MAX = 300
const TIMEOUT_MS = 60_000

/**
 * @param wanted { folder: an empty directory; rounds; seed; parallel; onState; invents: rows are told of a blob that was
 * never put, which must be found out }
 * @returns { states: rounds; early: of those, killed before all was looked at; looked: blobs that were read back; findings }
 */
export async function killBlobRounds({ folder, rounds, seed, parallel, onState, invents = 0 }) {
  const report = { states: 0, early: 0, looked: 0, findings: [] }
  const lane = async (number) => {
    const place = join(folder, `lane-${number}`)
    const chance = chanceOf(seed + number)
    while (report.states < rounds) {
      rmSync(place, { recursive: true, force: true })
      mkdirSync(join(place, 'data'), { recursive: true })
      // One more looks at what the last kill has left.
      for (let left = ROUNDS_PER_DIRECTORY; left >= 0; left--) {
        const isLast = left === 0 || report.states >= rounds
        const earlyMs = !isLast && chance() < 1 / EARLY_EVERY ? chance() * EARLY_MS_MAX : undefined
        const workMs = isLast ? 0 : chance() * WORK_MS_MAX
        const ended = await runRound(place, Math.floor(chance() * 2 ** 31), earlyMs, workMs)
        report.looked += ended.looked
        if (ended.findings.length > 0) {
          report.findings.push({ round: report.states, findings: ended.findings.slice(0, 5) })
        }
        if (isLast || ended.findings.length > 0) break
        if (invents) appendFileSync(join(place, 'lines'), inventedLine())
        report.states++
        if (!ended.isLooked) report.early++
        onState?.(report, rounds)
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, number) => lane(number)))
  return report
}

function inventedLine() {
  return `${JSON.stringify({ name: 'invented', ref: 'p-1-aaaaaa-1s-1', size: 1, text: 'a' })}\n`
}

async function runRound(place, seed, earlyMs, workMs) {
  const child = spawn(process.execPath, [CHILD, place, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = { findings: [], looked: 0, isLooked: false }
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const kill = () => child.kill('SIGKILL')
  const timers = [
    setTimeout(() => {
      ended.findings.push('the process did not get as far as its work')
      kill()
    }, TIMEOUT_MS),
  ]
  if (earlyMs !== undefined) timers.push(setTimeout(kill, earlyMs))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { findings, looked } = JSON.parse(line)
    ended.findings.push(...findings)
    if (looked === undefined) return
    ended.isLooked = true
    ended.looked = looked
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
