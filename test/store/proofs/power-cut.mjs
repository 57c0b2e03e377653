/**
 * Power cuts: at every moment of a run, with whatever no sync had covered left out, what was acknowledged is there.
 *
 * A child works on the disk of test/support/disk-faults/shim.c, which traces it. The trace is then played back
 * (disk.mjs), and cut before every effect and before the end of every sync. What a cut leaves is written to a
 * directory and opened (look.mjs): as it was, and again and again with pending effects left out by chance.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Disk, filesOf, isChange, readTrace } from '../../support/disk-faults/disk.mjs'
import { shimEnvironment } from '../../support/disk-faults/shim.mjs'
import { programOf } from '../../support/program/program.mjs'
import { chanceOf } from './clients.mjs'
import { runCrew } from './crew.mjs'
import { runFiles } from './run-files.mjs'

const CHILD = fileURLToPath(new URL('./clients-child.mjs', import.meta.url))
const TRIES = 5
const WORKER = fileURLToPath(new URL('./cut-worker.mjs', import.meta.url))

/**
 * @param wanted { folder: an empty directory, best in memory; calls: of all clients together; clients; variants: states by
 * chance for each cut; states: how many of all to look at (all, unless said); seed; parallel; onState; lies:
 * a disk whose syncs do nothing, which must be found out }
 * @returns { cuts, states, results: result → count, findings: array of { at, variant, result, findings } }
 */
export async function cutPower({
  folder,
  calls,
  clients = 3,
  variants,
  states,
  seed,
  parallel,
  onState,
  lies = 0,
}) {
  const trace = recordTrace({ folder, calls, clients, seed })
  const cuts = cutsOf(trace)
  const all = cuts.flatMap(({ at, isPrefix }) =>
    Array.from({ length: variants + (isPrefix ? 1 : 0) }, (_, i) => ({
      at,
      variant: isPrefix ? i : i + 1,
    })),
  )
  const chance = chanceOf(seed)
  const share = states === undefined ? 1 : states / all.length
  const jobs = all.filter(() => share >= 1 || chance() < share)
  const report = { cuts: cuts.length, states: 0, results: {}, findings: [] }
  await runCrew({
    script: await programOf(WORKER, { sameThread: true }),
    args: [folder, String(seed), String(lies)],
    jobs,
    parallel,
    onAnswer(job, { result, findings }) {
      if (result !== 'same') report.states++
      report.results[result] = (report.results[result] ?? 0) + 1
      if (result !== 'right' && result !== 'same')
        report.findings.push({ ...job, result, findings })
      onState?.(report, jobs.length)
    },
  })
  return report
}

/**
 * Runs two children, of which the first kills itself: what the second finds and mends is a part of the trace. Gives the
 * trace, when that tells all that was done; the kill may come between an effect and its entry, and then it is done again.
 */
function recordTrace({ folder, calls, clients, seed }) {
  const { root, trace, lines, counts } = runFiles(folder)
  const each = Math.ceil(calls / clients / 2)
  for (let tries = TRIES; ; tries--) {
    for (const path of [root, trace, lines]) rmSync(path, { recursive: true, force: true })
    mkdirSync(root)
    const env = shimEnvironment({ directory: root, trace, counts, marks: lines })
    for (const [firstCall, dies] of [
      [0, true],
      [each, false],
    ]) {
      const options = JSON.stringify({ clients, calls: each, seed, firstCall, dies })
      const child = spawnSync(process.execPath, [CHILD, root, lines, options], { env })
      const isDone = dies ? child.signal === 'SIGKILL' : child.status === 0
      if (!isDone) throw new Error(`the child: ${child.stdout}${child.stderr}`)
    }
    // Clients ask for nothing that must be refused.
    const refused = /.*"code":.*/.exec(readFileSync(lines, 'utf8'))
    if (refused !== null) throw new Error(`the child was refused: ${refused[0]}`)
    try {
      const entries = readTrace(trace)
      checkWhole(entries, root)
      return entries
    } catch (error) {
      if (tries === 1) throw error
    }
  }
}

/** @throws when something happened to the directory that the trace does not tell */
export function checkWhole(entries, root) {
  const disk = new Disk()
  for (const entry of entries) disk.play(entry)
  const played = filesOf(disk.state())
  const there = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath ?? item.path, item.name).slice(root.length + 1))
  const differ = [...new Set([...played.keys(), ...there])].filter(
    (name) => !there.includes(name) || !played.get(name)?.equals(readFileSync(join(root, name))),
  )
  if (differ.length > 0) throw new Error(`the trace does not tell all that was done to ${differ}`)
}

/** Before each change everything up to there may be kept; before the end of a sync something new can be missing. */
function cutsOf(entries) {
  const cuts = entries.flatMap((entry, at) =>
    isChange(entry) ? [{ at, isPrefix: true }] : entry.effect === 'sync-done' ? [{ at }] : [],
  )
  return [...cuts, { at: entries.length, isPrefix: true }]
}
