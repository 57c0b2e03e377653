/**
 * Where and when a bench ran; printed once, above everything else.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { stayOnOneCore as keepOnOneCore, machine, machineLines } from '../../src/bench/machine.js'

let isShown = false

export function showMachine(): void {
  if (isShown) return
  isShown = true
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  for (const line of machineLines(machine())) console.log(line)
  console.log(`commit  ${commit.status === 0 ? commit.stdout.trim() : 'unknown'}`)
  console.log(`date    ${new Date().toISOString().slice(0, 10)}`)
}

export function stayOnOneCore(): void {
  showMachine()
  const core = keepOnOneCore()
  console.log(core === undefined ? 'pinned  no: there is no taskset' : `pinned  to CPU ${core}`)
}
