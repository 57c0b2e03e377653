/**
 * One round of kills.mjs: opens the house, looks at all of it, and lets its clients work until somebody kills it.
 *
 *     node killed-child.mjs <place> <seed>
 *
 * Below `place` are `root`, and what its clients were told (client-files.mjs). Prints { startMs } after the first call that
 * was answered, { findings, acknowledged } after the look.
 */
import { join } from 'node:path'
import { openSealtrail } from '../../../dist/index.js'
import { readClients, runClients } from './client-files.mjs'
import { findingsIn, houseIn, lookAround } from './look.mjs'

const [place, seed] = process.argv.slice(2)
void main()

async function main() {
  const oracle = readClients(place)
  const begun = performance.now()
  const house = await openSealtrail(houseIn(join(place, 'root')))
  await house.kms.listKeys({ Limit: 1 })
  say({ startMs: performance.now() - begun })
  const found = await lookAround(house)
  const findings = await findingsIn(house, oracle, {}, found)
  say({ findings, acknowledged: oracle.acknowledged.length })
  const onRefused = (code) => say({ findings: [`a call was refused: ${code}`] })
  if (findings.length === 0) {
    await runClients({ house, place, oracle, found, seed: Number(seed), onRefused })
  }
  // Whoever reads this kills us.
  setInterval(() => undefined, 1000)
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
