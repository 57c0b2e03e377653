/**
 * A house with clients that call it, as a process that can be killed and whose disk can fail.
 *
 *     node clients-child.mjs <root> <lines> <options as JSON>
 *
 * Lines for the oracle are appended to the file `lines`. Options: `clients`, `calls` (of each), `seed`, `firstCall` (the
 * number of it, when the house has had clients before) and `dies`: it kills itself instead of closing. Prints, as JSON,
 * whether the house opened, and whether it said that it is broken.
 */
import { openSync, writeSync } from 'node:fs'
import { openSealtrail } from '../../../dist/index.js'
import { chanceOf, runClient } from './clients.mjs'
import { houseIn } from './look.mjs'

const RETRIES = 40
const [root, lines, options] = process.argv.slice(2)
const { clients, calls, seed, firstCall = 0, dies = false } = JSON.parse(options)
const file = openSync(lines, 'a')

void main()

async function main() {
  const house = await openSealtrail(houseIn(root)).catch((error) => {
    report({ opened: false, code: error.code, message: error.message })
  })
  if (house === undefined) return
  let broken
  void house.broken.then((cause) => {
    broken = String(cause)
  })
  await Promise.all(Array.from({ length: clients }, (_, client) => run(house, client)))
  if (dies) process.kill(process.pid, 'SIGKILL')
  // What broke has been told by now.
  await new Promise(setImmediate)
  const closed = await house.close().then(
    () => 'closed',
    (error) => `not closed: ${error.message}`,
  )
  report({ opened: true, broken, closed })
}

async function run(house, client) {
  const chance = chanceOf(seed + client + firstCall)
  let isRefused = false
  const tell = (line) => {
    writeSync(file, `${JSON.stringify(line)}\n`)
    isRefused = line.code !== undefined || (isRefused && line.operation !== undefined)
  }
  const end = firstCall + calls
  // One that is refused at the end tries again: the disk may be good again.
  const goOn = (call) => call < end || (isRefused && call < end + RETRIES)
  await runClient({ house, client, firstCall, chance, tell, goOn })
}

function report(outcome) {
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
}
