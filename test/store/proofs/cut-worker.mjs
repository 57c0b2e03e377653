/**
 * Opens what power cuts leave, for power-cut.mjs: one after the other, as its jobs say.
 *
 *     node cut-worker.mjs <folder> <seed> <lies>      jobs: { at, variant }; variant 0 has everything, the others are by chance
 *
 * Cuts come in order, so that the trace is played once.
 */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Disk, readTrace, someOf, writeState } from '../../support/disk-faults/disk.mjs'
import { chanceOf } from './clients.mjs'
import { answerJobs } from './crew.mjs'
import { lookInto } from './look.mjs'
import { Oracle } from './oracle.mjs'
import { runFiles } from './run-files.mjs'

const [folder, seed, lies] = process.argv.slice(2)
const entries = readTrace(runFiles(folder).trace)
const scratch = join(folder, `state-${process.pid}`)
const disk = new Disk({ lies: lies === '1' })
const oracle = new Oracle()
let played = 0

void answerJobs(async ({ at, variant }) => {
  for (; played < at; played++) {
    const entry = entries[played]
    if (entry.effect === 'mark') oracle.tell(JSON.parse(entry.data.toString()))
    else disk.play(entry)
  }
  // With nothing pending there is nothing that chance could leave out.
  if (variant > 0 && disk.pendingCount === 0) return { result: 'same', findings: [] }
  const keep = variant === 0 ? undefined : someOf(chanceOf(seedOf(at, variant)))
  writeState(disk.state(keep), scratch)
  const answer = await lookInto(scratch, oracle)
  rmSync(scratch, { recursive: true, force: true })
  return answer
})

/** The same state comes again for the same seed, whoever looks at it. */
function seedOf(at, variant) {
  return createHash('sha256').update(`${seed} ${at} ${variant}`).digest().readInt32LE()
}
