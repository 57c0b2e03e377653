/**
 * Where and when a bench ran; printed once, above everything else.
 *
 * @module
 */
import { loadavg } from 'node:os'
import { stayOnOneCore as keepOnOneCore, machineLines, stateLine } from '../../src/bench/machine.js'
import { environment } from '../../src/load/recording/machine.js'

let isShown = false

export function showMachine(): void {
  if (isShown) return
  isShown = true
  const about = environment(null)
  for (const line of machineLines(about)) console.log(line)
  console.log(stateLine(loadavg()[0] ?? 0, undefined))
  console.log(`commit  ${about.commit ?? 'unknown'}`)
  console.log(`date    ${new Date().toISOString().slice(0, 10)}`)
}

export function stayOnOneCore(): void {
  showMachine()
  const core = keepOnOneCore()
  console.log(core === undefined ? 'pinned  no: there is no taskset' : `pinned  to CPU ${core}`)
}
