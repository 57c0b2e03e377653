/**
 * Runs a child on a disk that fails once, and opens what it leaves, for syscall-faults.mjs: one after the other.
 *
 *     node fault-worker.mjs <program of the child> <folder> <calls> <seed>      jobs: { fail }, as the shim has it
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Disk, readTrace, writeState } from '../../support/disk-faults/disk.mjs'
import { answerJobs } from './crew.mjs'
import { runFaulty } from './faulty-child.mjs'
import { lookInto } from './look.mjs'
import { Oracle } from './oracle.mjs'
import { runFiles } from './run-files.mjs'

const [program, above, calls, seed] = process.argv.slice(2)
const folder = join(above, `faults-${process.pid}`)

void answerJobs(async ({ fail }) => {
  mkdirSync(folder)
  const { outcome, counts, lines } = await runFaulty({
    program,
    folder,
    calls: Number(calls),
    seed: Number(seed),
    fail,
  })
  const oracle = new Oracle()
  for (const line of lines) oracle.tell(line)
  const { root, trace } = runFiles(folder)
  // First what a power cut leaves: a look changes the directory.
  const disk = new Disk({ forgets: true })
  for (const entry of readTrace(trace)) disk.play(entry)
  const cut = join(folder, 'cut')
  writeState(
    disk.state((effects) => effects.map(() => false)),
    cut,
  )
  const findings = [
    ...behaviour(outcome, lines),
    ...found('after the run', await lookInto(root, oracle)),
    ...found('after a power cut', await lookInto(cut, oracle)),
  ]
  rmSync(folder, { recursive: true, force: true })
  if (findings.length > 0) return { result: 'wrong', findings }
  if (counts.faults === 0) return { result: 'no fault', findings }
  return { result: resultOf(outcome, lines), findings }
})

function found(when, { result, findings }) {
  return result === 'right' ? [] : [`${when}: ${result}: ${findings.slice(0, 3).join('; ')}`]
}

/** What the process itself must not do. */
function behaviour({ opened, broken, closed, code, signal, said }, lines) {
  if (opened === undefined) return [`the process ended with ${signal ?? code}: ${said}`]
  if (!opened || broken !== undefined) return []
  const findings =
    closed === 'closed' ? [] : [`it was not closed and did not say that it is broken: ${closed}`]
  const refused = lines.findIndex((line) => line.code !== undefined)
  const later =
    refused < 0 ? [] : lines.slice(refused + 1).filter((line) => line.operation === undefined)
  if (later.length > 0 && later.every((line) => line.code !== undefined)) {
    findings.push('it neither goes on nor says that it is broken')
  }
  return findings
}

function resultOf({ opened, broken }, lines) {
  if (!opened) return 'not opened'
  if (broken !== undefined) return 'broken'
  return lines.some((line) => line.code !== undefined) ? 'refused once' : 'unharmed'
}
