/**
 * Power cuts under blobs: at every moment of a run, with whatever no sync had covered left out, each blob that was safe is
 * there and whole, and what is put afterwards takes nothing of it away.
 *
 * A child (blob-writing-child.mjs) works on the disk of test/support/disk-faults/shim.c, twice; its trace is played back and
 * cut before every effect and before the end of every sync, as power-cut.mjs does for a whole house.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBlobs } from '../../../dist/store/blobs/open-blobs.js'
import { Disk, isChange, readTrace, someOf, writeState } from '../../support/disk-faults/disk.mjs'
import { shimEnvironment } from '../../support/disk-faults/shim.mjs'
import { bytesOf } from './blob-writing-child.mjs'
import { chanceOf } from './clients.mjs'
import { checkWhole } from './power-cut.mjs'
import { runFiles } from './run-files.mjs'

const CHILD = fileURLToPath(new URL('./blob-writing-child.mjs', import.meta.url))

/**
 * @param wanted { folder: an empty directory, best in memory; puts: of each of two lives; states: how many to look at;
 * seed; onState; lies: a disk whose syncs do nothing, which must be found out }
 * @returns { states, looked: blobs that were read back; findings }
 */
export async function cutBlobPower({ folder, puts, states, seed, onState, lies = 0 }) {
  const entries = record(folder, puts, seed)
  const cuts = entries.flatMap((entry, at) =>
    isChange(entry) || entry.effect === 'sync-done' ? [at] : [],
  )
  const chance = chanceOf(seed)
  const share = states / cuts.length
  const disk = new Disk({ lies: lies === 1 })
  const rows = new Map()
  const report = { states: 0, looked: 0, findings: [] }
  const scratch = join(folder, 'state')
  let played = 0
  for (const at of [...cuts, entries.length]) {
    for (; played < at; played++) {
      const entry = entries[played]
      if (entry.effect === 'mark') tell(rows, JSON.parse(entry.data.toString()))
      else disk.play(entry)
    }
    if (chance() >= share) continue
    for (const keep of [undefined, someOf(chanceOf(seed + at)), (all) => all.map(() => false)]) {
      writeState(disk.state(keep), scratch)
      const findings = await lookInto(scratch, rows, report)
      if (findings.length > 0) report.findings.push({ at, findings: findings.slice(0, 5) })
      rmSync(scratch, { recursive: true, force: true })
      report.states++
    }
    onState?.(report, states * 3)
  }
  return report
}

function record(folder, puts, seed) {
  const { root, trace, lines, counts } = runFiles(folder)
  mkdirSync(root)
  const env = shimEnvironment({ directory: root, trace, counts, marks: lines })
  for (const life of [1, 2]) {
    const args = [CHILD, root, lines, String(puts), String(seed + life)]
    const child = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    if (child.status !== 0) throw new Error(`the child: ${child.stdout}${child.stderr}`)
  }
  const entries = readTrace(trace)
  checkWhole(entries, root)
  return entries
}

function tell(rows, row) {
  if (row.ref === undefined) rows.delete(row.name)
  else rows.set(row.name, row)
}

async function lookInto(dataDir, rows, report) {
  const findings = []
  mkdirSync(dataDir, { recursive: true })
  const blobs = await openBlobs(dataDir)
  const check = async ({ name, ref, size, text }, when) => {
    try {
      const reader = await blobs.open(ref)
      const bytes = await reader.read(0, reader.bytes)
      await reader.close()
      if (!bytesOf(size, text).equals(bytes)) throw new Error('other bytes')
      report.looked++
    } catch (error) {
      findings.push(`${when}: ${name}: ${ref}: ${error.message}`)
    }
  }
  for (const row of rows.values()) await check(row, 'after the cut')
  const text = createHash('md5').update(dataDir).digest('hex')
  const later = { name: 'later', ref: await blobs.put(bytesOf(999, text)), size: 999, text }
  for (const row of [later, ...rows.values()]) await check(row, 'after a put')
  await blobs.close()
  return findings
}
