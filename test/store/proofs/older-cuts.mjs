/**
 * A start that takes over an older version's tables, cut off at every step, with whatever no sync had covered left out:
 * what was there is there at the next start, whichever copy that begins with.
 *
 *     node older-cuts.mjs <folder> <stored> <base> <states> <seed> <without>
 *
 * older-child.mjs works on the disk of test/support/disk-faults/shim.c; its trace is played back and cut, as power-cut.mjs
 * does for a whole house. `without` is a file that is taken out of each state, which must be found out. Prints
 * { states, findings }.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseEngines } from '../../../dist/engine/choose.js'
import { openRoot } from '../../../dist/root/root.js'
import { openStore } from '../../../dist/store/store.js'
import { Disk, isChange, readTrace, someOf, writeState } from '../../support/disk-faults/disk.mjs'
import { shimEnvironment } from '../../support/disk-faults/shim.mjs'
import { chanceOf } from './clients.mjs'
import { rowsIn } from './directories.mjs'
import { checkWhole } from './power-cut.mjs'
import { runFiles } from './run-files.mjs'

const CHILD = fileURLToPath(new URL('./older-child.mjs', import.meta.url))
/** What is pending is there, by chance, or not. */
const VARIANTS = 3
/** Names change seldom, and matter most. */
const NAMES = ['created', 'renamed', 'removed']

const [folder, stored, base, states, seed, without] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await cutStart()))

async function cutStart() {
  const { entries, wanted } = record()
  const chance = chanceOf(Number(seed))
  const laidOut = entries.findIndex(({ effect }) => effect === 'mark') + 1
  const cuts = entries.flatMap((entry, at) =>
    at >= laidOut && (isChange(entry) || entry.effect === 'sync-done') ? [at] : [],
  )
  const isName = (at) => NAMES.includes(entries[at - 1].effect)
  const others = cuts.filter((at) => !isName(at))
  const share = Number(states) / VARIANTS / others.length
  const disk = new Disk()
  const report = { states: 0, findings: [] }
  let [played, isLater] = [0, false]
  for (const at of [...cuts, entries.length]) {
    for (; played < at; played++) {
      const entry = entries[played]
      if (entry.effect !== 'mark') disk.play(entry)
      else isLater ||= JSON.parse(entry.data.toString()) === 'later'
    }
    if (!isName(at) && chance() >= share) continue
    for (const keep of [undefined, someOf(chance), (all) => all.map(() => false)]) {
      const scratch = join(folder, 'state')
      writeState(disk.state(keep), scratch)
      if (without !== undefined) rmSync(join(scratch, without), { force: true })
      const finding = await findingIn(scratch, wanted, isLater)
      if (finding !== undefined) report.findings.push({ at, finding })
      rmSync(scratch, { recursive: true })
      report.states++
    }
  }
  return report
}

/** The trace, and the rows that it comes to. */
function record() {
  mkdirSync(folder)
  const { root, trace, lines, counts } = runFiles(folder)
  mkdirSync(root)
  const env = shimEnvironment({ directory: root, trace, counts, marks: lines })
  const child = spawnSync(process.execPath, [CHILD, root, lines, stored, base], { env })
  if (child.status !== 0) throw new Error(`the child: ${child.stdout}${child.stderr}`)
  const entries = readTrace(trace)
  checkWhole(entries, root)
  return { entries, wanted: rowsIn(join(root, 'data/sealtrail.sqlite')) }
}

async function findingIn(root, wanted, isLater) {
  const path = join(root, 'root-key')
  const rootKey = await openRoot({ kind: 'file', path }, chooseEngines('node').small)
  try {
    const store = await openStore({ dataDir: join(root, 'data'), scribe: false })
    await store.seal(rootKey.markKey)
    await store.close()
  } catch (error) {
    return error.message
  } finally {
    rootKey.release()
  }
  const rows = rowsIn(join(root, 'data/sealtrail.sqlite'))
  const differ = Object.keys(wanted).filter((table) => {
    // The fact, and how far it reaches, may be there before anybody was told.
    if (table === 'meta') return isLater && rows.meta.length !== wanted.meta.length
    return table !== 'applied' && JSON.stringify(rows[table]) !== JSON.stringify(wanted[table])
  })
  return differ.length === 0 ? undefined : `rows of ${differ} are others`
}
