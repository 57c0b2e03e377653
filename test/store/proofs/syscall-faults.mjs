/**
 * Every call that changes the disk fails once, in every way: what was acknowledged is there all the same.
 *
 * A child makes a fixed row of calls on the disk of test/support/disk-faults/shim.c, of which one call to the system
 * fails. It must end by itself; it goes on afterwards, or has said that it is broken. Then the directory is opened on a
 * good disk; and so is what a power cut would have left, on a disk that forgets what a failed sync should have covered.
 * Each case is done in fault-worker.mjs.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programOf } from '../../support/program/program.mjs'
import { chanceOf } from './clients.mjs'
import { runCrew } from './crew.mjs'
import { runFaulty } from './faulty-child.mjs'

const CHILD = fileURLToPath(new URL('./clients-child.mjs', import.meta.url))
const WORKER = fileURLToPath(new URL('./fault-worker.mjs', import.meta.url))
/** `full`: there is no room for a while, and then there is again. */
const FAULTS = {
  EIO: { with: 'EIO' },
  ENOSPC: { with: 'ENOSPC' },
  EINTR: { with: 'EINTR' },
  short: { with: 'short', kind: 'write' },
  full: { with: 'ENOSPC', times: 20 },
}

/**
 * @param wanted { folder: an empty directory, best in memory; calls: of the child's one client; states: how many of all cases
 * to look at (all, unless said); seed; parallel; onState }
 * @returns { counts: calls to the system without a fault, by kind; states, results: fault → result → count, findings }
 */
export async function failCalls({ folder, calls, states, seed, parallel, onState }) {
  const program = await faultyProgram(folder)
  const reference = join(folder, 'reference')
  mkdirSync(reference)
  const { outcome, counts } = await runFaulty({ program, folder: reference, calls, seed })
  if (outcome.closed !== 'closed') throw new Error(`without a fault: ${JSON.stringify(outcome)}`)
  const all = Object.keys(FAULTS).flatMap((fault) =>
    Array.from({ length: counts[FAULTS[fault].kind ?? 'any'] }, (_, i) => ({
      fault,
      fail: { kind: 'any', ...FAULTS[fault], at: i + 1 },
    })),
  )
  const chance = chanceOf(seed)
  const share = states === undefined ? 1 : states / all.length
  const jobs = all.filter(() => share >= 1 || chance() < share)
  const report = { counts, states: 0, results: {}, findings: [] }
  await runCrew({
    script: await programOf(WORKER, { sameThread: true }),
    args: [program, folder, String(calls), String(seed)],
    jobs,
    parallel,
    onAnswer({ fault, fail }, { result, findings }) {
      report.states++
      report.results[fault] ??= {}
      report.results[fault][result] = (report.results[fault][result] ?? 0) + 1
      if (findings.length > 0) report.findings.push({ fault, at: fail.at, result, findings })
      onState?.(report, jobs.length)
    },
  })
  return report
}

/** Of the child, which knows what it is to work on a good disk. */
async function faultyProgram(folder) {
  const place = join(folder, 'lessons')
  mkdirSync(place)
  const endless = JSON.stringify({ clients: 8, calls: Number.MAX_SAFE_INTEGER, seed: 1 })
  const teaching = { args: [place, join(place, 'lines'), endless] }
  const program = await programOf(CHILD, { teaching })
  rmSync(place, { recursive: true })
  return program
}
